#pragma once
/// What a lane hands to a worker, and the coroutines that carry it out.
#include <functional>
#include <memory>
#include <vector>

#include "base/async.h"
#include "base/task_group.h"
#include "delivery/outcome.h"
#include "delivery/probation.h"
#include "grid/subscription.h"
#include "queue/task.h"

namespace fanfare::delivery {

class Lane;

struct Work {
  enum class Kind {
    Deliver,  ///< one request with these tasks
    Bury,     ///< given up: write the dead letters
  };
  Kind kind = Kind::Deliver;
  std::shared_ptr<Lane> lane;
  std::shared_ptr<const grid::EventSubscription> subscription;
  std::vector<queue::Task> tasks;
  Probation::State begun = Probation::State::Open;
  base::TimePoint started{};
  Outcome outcome;  ///< of the request; None while there was none
};

/// Parks coroutines that have nothing to do, so that a delivery need not make one.
/// Bound to one executor.
class Workers {
 public:
  /// `serve` is the body of a worker: carries out work until park() says that it is over.
  using Serve = std::function<base::Async<void>(Work first)>;
  Workers(base::Executor executor, Serve serve);

  /// Hands the work to a parked worker, or to a new one.
  void start(Work work);

  /// For a worker that has nothing to do: waits for the next work and puts it into `slot`.
  /// False: the worker shall end.
  base::Async<bool> park(Work& slot);

  /// Parked workers end; the others when they park next.
  void close();

 private:
  struct Parked {
    Work* slot;
    std::move_only_function<void()> resume;
  };

  base::Executor executor_;
  Serve serve_;
  base::TaskGroup tasks_;
  std::vector<Parked> parked_;
  bool closed_ = false;
};

}  // namespace fanfare::delivery
