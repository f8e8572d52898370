#pragma once
/// Moves a virtual clock forward so that everything that would have happened by then has happened.
#include <functional>
#include <vector>

#include "base/async.h"
#include "base/clock.h"
#include "base/result.h"

namespace fanfare::app {

struct Advanced {
  base::TimePoint now;
  std::size_t steps = 0;  ///< moments at which something was due
};

class VirtualTime {
 public:
  /// `busy` tells whether work that needs no further time is under way; `next_due` when something
  /// is owed next, which may be known before its alarm is set; `executors` are those on which
  /// alarms fire.
  VirtualTime(base::VirtualClock& clock, std::vector<base::Executor> executors,
              std::function<bool()> busy, std::function<base::TimePoint()> next_due);

  /// Steps from alarm to alarm, waiting at each until nothing is busy, up to now + `by`.
  /// Errors: TimedOut when work does not end within `patience` of real time at one step.
  base::Async<base::Result<Advanced>> advance(base::Duration by, base::Duration patience);

 private:
  base::Async<base::Result<void>> settle(base::Duration patience);

  base::VirtualClock& clock_;
  std::vector<base::Executor> executors_;
  std::function<bool()> busy_;
  std::function<base::TimePoint()> next_due_;
};

}  // namespace fanfare::app
