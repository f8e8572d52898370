#pragma once
/// Makes the view durable now and then, and lets the log drop what is behind it.
/// A checkpoint is a durable record; when it is applied, every entry that is only in memory gets
/// its row, outdated rows are rewritten, and the view is flushed with the record's position.
#include <atomic>
#include <future>
#include <memory>
#include <mutex>
#include <vector>

#include "base/async.h"
#include "base/clock.h"
#include "base/task_group.h"
#include "queue/applier.h"
#include "queue/history_floor.h"

namespace fanfare::queue {

class Checkpointer {
 public:
  /// Works on `executor`'s thread, which may block. `order` is the lock under which records are
  /// applied.
  Checkpointer(log::Log& log, view::Records& records, base::Clock& clock, Lanes& lanes,
               ViewWriter& writer, HealthBoard& health, std::mutex& order, QueueOptions options,
               base::Executor executor);

  /// Counts what was applied, under the order lock; asks for a checkpoint when it is time.
  void applied(log::Position position, std::uint64_t bytes, Applier::Kind kind);
  /// From now on checkpoints happen by themselves.
  void start() { running_by_itself_ = true; }

  /// Blocks until a checkpoint that begins after the call is done. Not from the executor's thread.
  base::Result<void> run();

  /// None begins after this.
  void stop();

 private:
  using Waiter = std::promise<base::Result<void>>;
  void request(std::shared_ptr<Waiter> waiter);
  base::Async<void> serve();
  base::Async<base::Result<void>> checkpoint();
  base::Result<void> save_and_flush(log::Position position);
  base::Result<void> save_up_to(log::Position position);
  base::Result<void> write_after_flush();
  log::Position oldest_needed() const;
  void trim(log::Position before);
  bool is_due() const;
  void set_alarm(base::Duration wait);

  log::Log& log_;
  view::Records& records_;
  base::Clock& clock_;
  Lanes& lanes_;
  ViewWriter& writer_;
  HealthBoard& health_;
  std::mutex& order_;
  const QueueOptions options_;
  base::Executor executor_;
  base::TaskGroup tasks_;
  std::atomic<bool> running_by_itself_{false};
  std::atomic<bool> stopped_{false};

  // Under the order lock.
  HistoryFloor history_;
  std::uint64_t bytes_since_ = 0;
  std::uint64_t records_since_ = 0;
  log::Position durable_ =
      0;  ///< of the last record that was acknowledged: all before it are durable too
  bool asked_ = false;
  bool alarm_asked_ = false;
  bool hurry_asked_ = false;

  // On the executor's thread.
  bool serving_ = false;
  bool requested_ = false;
  bool failed_ = false;
  std::vector<std::shared_ptr<Waiter>> waiters_;
  std::unique_ptr<base::Alarm> alarm_;
};

}  // namespace fanfare::queue
