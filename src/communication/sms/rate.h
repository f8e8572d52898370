#pragma once
/// How many messages a sender may send in a while: the count of the last full window, weighed by
/// how much of it still lies within reach, plus that of the present one. Pure but for its counts;
/// not durable: a restart forgives.
#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <utility>

#include "base/time.h"

namespace fanfare::communication::sms {

/// Thread-safe.
class Rates {
 public:
  explicit Rates(base::Duration window) : window_(window) {}

  /// Counts `messages` of `sender` when they fit below `limit`; otherwise nothing is counted, and
  /// it returns after which time to come again. A limit of 0 is none. A request that is larger than
  /// the limit passes when nothing else was sent.
  std::optional<base::Duration> take(const std::string& sender, std::uint32_t messages,
                                     std::uint32_t limit, base::TimePoint now);

 private:
  struct Count {
    base::TimePoint began{};
    double present = 0;
    double before = 0;
  };
  void turn(Count& count, base::TimePoint now) const;
  void forget_old(base::TimePoint now);

  const base::Duration window_;
  std::mutex mutex_;
  std::map<std::string, Count> counts_;
  base::TimePoint swept_{};
};

}  // namespace fanfare::communication::sms
