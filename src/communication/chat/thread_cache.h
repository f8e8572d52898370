#pragma once
/// The threads that were used last, so that an operation on a busy thread reads nothing from the
/// view. Holds what was committed, never what is on its way. Thread-safe.
#include <cstddef>
#include <list>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "communication/chat/thread.h"
#include "communication/resource.h"

namespace fanfare::communication::chat {

class ThreadCache {
 public:
  /// At most `threads_max` threads and kRosterMax participants in all are kept.
  explicit ThreadCache(std::size_t threads_max) : threads_max_(threads_max) {}

  std::optional<Thread> find(ResourceId resource, std::string_view thread);
  void put(ResourceId resource, Thread thread);
  void drop(ResourceId resource, std::string_view thread);

  static constexpr std::size_t kRosterMax = 500'000;

 private:
  struct Entry {
    std::string key;
    Thread thread;
  };
  using Order = std::list<Entry>;
  void trim();
  void erase(Order::iterator entry);

  std::size_t threads_max_;
  std::mutex mutex_;
  Order order_;  // last used first
  std::unordered_map<std::string_view, Order::iterator> entries_;
  std::size_t participants_ = 0;
};

}  // namespace fanfare::communication::chat
