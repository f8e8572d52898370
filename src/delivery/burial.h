#pragma once
/// What becomes of a subscription's given-up tasks: a dead letter, or a drop that is counted. A
/// destination that cannot be written to is asked again for a while before anything is dropped.
#include <optional>

#include "delivery/settling.h"

namespace fanfare::delivery {

class Burial {
 public:
  explicit Burial(Surroundings& around) : around_(around), settling_(around) {}

  /// Settles the tasks of `work`, whose states say why they are given up. `counts` is asked after
  /// every wait: false when nobody cares any more.
  base::Async<void> bury(const grid::EventSubscription& subscription, Work& work,
                         std::function<bool()> counts);

  /// Without a destination.
  void drop(const grid::EventSubscription& subscription, const Outcome& outcome,
            std::span<const queue::Task> tasks);

 private:
  bool delay(const grid::EventSubscription& subscription, const Work& work);
  std::vector<DeadLetter> letters_for(const grid::EventSubscription& subscription,
                                      const Work& work) const;
  void keep_for_later(const grid::EventSubscription& subscription, Work& work,
                      const base::Error& why);
  bool patience_is_over(const grid::EventSubscription& subscription, const queue::Task& task,
                        base::TimePoint now) const;

  Surroundings& around_;
  Settling settling_;
  std::optional<base::TimePoint> failing_since_;
};

}  // namespace fanfare::delivery
