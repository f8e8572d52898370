#pragma once
/// How often things may be done, where a server wants Azure's rates: per user, per thread, and per
/// user in a thread, in windows of ten seconds and of a minute. Counted in memory.
/// Source: published service limits.
#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "base/time.h"
#include "communication/chat/rules.h"
#include "communication/resource.h"

namespace fanfare::communication::chat {

class Rates {
 public:
  /// Counts the operation. When it is one too many: how long until the next may come.
  std::optional<base::Duration> refuse(ResourceId resource, Operation operation,
                                       std::string_view user, std::string_view thread,
                                       base::TimePoint now);

 private:
  struct Counter {
    std::uint64_t window = 0;  ///< which ten seconds since 1970
    std::uint32_t count = 0;
  };
  void forget_old(std::uint64_t minute);

  std::mutex mutex_;
  std::unordered_map<std::string, Counter> in_ten_seconds_;
  std::unordered_map<std::string, std::uint32_t> in_minute_;
  std::uint64_t minute_ = 0;  ///< whose counts these are
};

}  // namespace fanfare::communication::chat
