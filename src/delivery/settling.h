#pragma once
/// The end of an attempt, told to the queue and to whoever listens.
#include <span>

#include "delivery/surroundings.h"

namespace fanfare::delivery {

class Settling {
 public:
  explicit Settling(Surroundings& around) : around_(around) {}

  /// All tasks end alike and have the state `state` from now on.
  void end(const grid::EventSubscription& subscription, queue::Verdict verdict,
           const queue::AttemptState& state, const Outcome& outcome,
           std::span<const queue::Task> tasks, base::TimePoint due = {});

  /// Each task keeps the state that it has. The request, if there was one, is told of once.
  void end_each(const grid::EventSubscription& subscription, queue::Verdict verdict,
                Outcome outcome, std::span<const queue::Task> tasks, base::TimePoint due = {});

 private:
  void report(const grid::EventSubscription& subscription, queue::Verdict verdict,
              queue::DeadLetterReason reason, const Outcome& outcome,
              std::span<const queue::Task> tasks);

  Surroundings& around_;
};

}  // namespace fanfare::delivery
