#pragma once
/// Writes marks (what was settled or deferred) to the log. Marks that it does not take are kept and
/// tried again, since the tasks that they name wait for them. How many there can be is bounded by
/// the lanes' windows.
#include <atomic>
#include <deque>
#include <memory>
#include <mutex>

#include "base/async.h"
#include "base/clock.h"
#include "log/log.h"

namespace fanfare::queue {

/// Thread-safe, but for stop().
class MarkWriter {
 public:
  /// Tries again on `executor`.
  MarkWriter(log::Log& log, base::Clock& clock, base::Executor executor)
      : log_(log), clock_(clock), executor_(executor) {}

  /// Never blocks.
  void write(log::Payload mark);

  /// Marks that the log has not taken yet.
  std::size_t refused() const;

  /// Nothing is tried after this. Not from the executor's thread.
  void stop();

 private:
  bool try_refused();
  void set_alarm();
  void retry();

  log::Log& log_;
  base::Clock& clock_;
  base::Executor executor_;
  mutable std::mutex mutex_;
  std::deque<log::Payload> refused_;
  bool alarm_asked_ = false;
  bool stopped_ = false;
  std::atomic<bool> has_refused_{false};
  std::unique_ptr<base::Alarm> alarm_;  ///< the executor's
};

}  // namespace fanfare::queue
