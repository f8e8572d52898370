#pragma once
/// Time as a dependency. The schedules of the product follow `now()`, which never jumps;
/// what people and tokens see follows `wall()`.
#include <functional>
#include <memory>
#include <mutex>

#include "base/async.h"
#include "base/time.h"

namespace fanfare::base {

/// A pending wake-up; destroying it cancels. Must be destroyed on the executor it fires on.
class Alarm {
 public:
  virtual ~Alarm() = default;
};

class Clock {
 public:
  virtual ~Clock() = default;

  /// The schedule's time line: where it stood when the process started (the wall clock, unless told
  /// otherwise) plus what a monotonic clock has counted since. It does not follow jumps of the wall
  /// clock.
  virtual TimePoint now() const = 0;

  /// The wall clock, for timestamps on the wire and for the expiry of tokens.
  virtual TimePoint wall() const = 0;

  /// Calls `wake` once on `executor` when now() has reached `when` (at once when it already has).
  virtual std::unique_ptr<Alarm> alarm(TimePoint when, Executor executor,
                                       std::function<void()> wake) = 0;
};

class SystemClock final : public Clock {
 public:
  SystemClock();
  /// The schedule's line begins at `start` instead of the wall clock's time.
  explicit SystemClock(TimePoint start);
  TimePoint now() const override;
  TimePoint wall() const override;
  std::unique_ptr<Alarm> alarm(TimePoint when, Executor executor,
                               std::function<void()> wake) override;

 private:
  TimePoint anchor_;
  std::chrono::steady_clock::time_point anchor_steady_;
};

/// Time that moves only when told to. Thread-safe.
class VirtualClock final : public Clock {
 public:
  explicit VirtualClock(TimePoint start);
  ~VirtualClock() override;
  TimePoint now() const override;
  TimePoint wall() const override { return now(); }
  std::unique_ptr<Alarm> alarm(TimePoint when, Executor executor,
                               std::function<void()> wake) override;

  /// Moves to `when` (never back) and posts every alarm that is due by then, in order of time.
  void advance_to(TimePoint when);

  /// The earliest pending alarm, or TimePoint::max().
  TimePoint next_alarm() const;

  struct State;  ///< shared with the alarms, which may outlive the clock

 private:
  std::shared_ptr<State> state_;
};

}  // namespace fanfare::base
