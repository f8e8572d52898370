#pragma once
/// Where producers leave entries for the committer's thread, and how it waits for them: a lock-free
/// stack, and a wake-up only when the thread would sleep through what was left.
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <mutex>

#include "log/store.h"

namespace fanfare::log {

class Inbox {
 public:
  using Steady = std::chrono::steady_clock;

  // Any thread.

  /// False when the inbox is closed. After true the entry belongs to the committer's thread.
  bool push(Entry* entry);

  /// From now on the thread does not wait; the inbox closes once it is empty.
  void begin_closing();
  bool is_closing() const { return closing_; }

  /// Relaxed records that wait for room should be tried again.
  void ask_retry();

  // The committer's thread.

  struct Batch {
    Entry* head = nullptr;  ///< oldest first
    Entry* tail = nullptr;
    bool urgent = false;  ///< an append is among them
  };
  Batch take();

  /// Whether somebody asked since the last call.
  bool retry_asked() { return retry_.exchange(false); }

  /// Until there is something, or the inbox is closing.
  void wait();
  /// Until an append comes, a retry is asked for, the inbox is closing, or `limit`.
  void wait_until(Steady::time_point limit);

  /// Closes the inbox unless something is in it, so that nothing can slip in behind the last group.
  bool close_if_empty();

 private:
  enum class Level : int { Busy = 0, Lingering = 1, Idle = 2 };
  void wake();
  void set_level(Level level) { level_.store(static_cast<int>(level)); }

  std::atomic<Entry*> head_{nullptr};  ///< newest first
  Entry closed_mark_;                  ///< the head once nothing is taken any more
  std::atomic<bool> urgent_{false};    ///< an append waits, not only relaxed records
  std::atomic<int> level_{0};
  std::atomic<bool> closing_{false};
  std::atomic<bool> retry_{false};
  std::mutex mutex_;
  std::condition_variable woken_;
};

}  // namespace fanfare::log
