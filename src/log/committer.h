#pragma once
/// Group commit, shared by the engines of one machine: producers hand records over through a
/// lock-free queue; one thread checks guards, gives positions, lets the store write a whole group
/// at once, applies it and wakes each executor's waiters with one post.
#include <atomic>
#include <chrono>
#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "base/async.h"
#include "base/result.h"
#include "log/guards.h"
#include "log/inbox.h"
#include "log/log.h"
#include "log/store.h"

namespace fanfare::log {

struct CommitLimits {
  std::uint64_t record_bytes_max = 0;
  std::uint64_t queue_bytes_max = 0;
  Sync sync = Sync::Yes;
};

class Committer {
 public:
  Committer(Store& store, CommitLimits limits);
  ~Committer();
  Committer(const Committer&) = delete;
  Committer& operator=(const Committer&) = delete;

  /// Starts the thread; appends are taken from here on.
  void start(Position next, Guards guards, Apply apply);

  base::Async<base::Result<Position>> append(Record record);
  bool append_relaxed(Payload payload);

  Position next() const { return next_.load(std::memory_order_acquire); }
  Health health() const;

  /// Relaxed records that were taken and given up, because the log failed.
  std::uint64_t relaxed_dropped() const { return relaxed_dropped_.load(); }

  /// See Log::close.
  void close();

  /// Has relaxed records that found no room tried again. Thread-safe.
  void retry_held() { inbox_.ask_retry(); }

 private:
  struct Enqueue;
  enum class Admission { Done, GroupFull, NoRoom };
  using Steady = Inbox::Steady;

  std::optional<base::Error> refuse(const Record& record) const;
  bool reserve_queue(std::uint64_t bytes);
  void push_waiting(Entry& entry);
  void note_dropped();

  void run();
  void take();
  bool should_linger();
  bool finish_if_closing();
  void gather_returning();
  void commit_group();
  Admission admit(Entry& entry);
  Admission end_with(Entry& entry, base::Error error);
  void hold_relaxed();
  bool write_group();
  void take_back_relaxed();
  void settle(Entry* entry);
  void wake_waiters();

  Store& store_;
  const CommitLimits limits_;

  // Producers' side.
  Inbox inbox_;
  std::atomic<std::uint64_t> queued_bytes_{0};
  std::atomic<std::uint64_t> relaxed_bytes_{0};
  std::atomic<std::uint64_t> relaxed_dropped_{0};
  std::atomic<bool> started_{false};
  std::atomic<Position> next_{1};
  std::mutex close_mutex_;
  bool finished_ = false;  ///< guarded by close_mutex_
  std::thread thread_;

  // The thread's own.
  struct Waiters {
    base::Executor executor;
    Entry* head = nullptr;
    Entry* tail = nullptr;
  };
  Apply apply_;
  Guards guards_;
  Entry* pending_head_ = nullptr;
  Entry* pending_tail_ = nullptr;
  bool pending_urgent_ = false;
  std::optional<Steady::time_point> wait_until_;  ///< while only relaxed records are pending
  std::vector<Entry*> group_;
  bool group_urgent_ = false;
  std::uint64_t left_ = 0;  ///< of the group's room
  Health health_;
  Steady::duration last_took_{};  ///< of the last group
  std::uint64_t last_bytes_ = 0;  ///< of the appends that waited for it, when there were several
  std::vector<Waiters> waiters_;
};

}  // namespace fanfare::log
