#pragma once
/// Delayed delivery: after a run of failures an endpoint gets nothing for a while, then one
/// request, and everything again once that one succeeds. Pure. Source: Event Grid message delivery
/// and retry, "Delayed event delivery" and its table of times.
#include <optional>

#include "base/time.h"
#include "delivery/outcome.h"

namespace fanfare::delivery {

class Probation {
 public:
  /// `after_failures` in a row hold deliveries back; 0 = never.
  explicit Probation(int after_failures) : after_failures_(after_failures) {}

  enum class State {
    Open,     ///< deliveries flow
    Held,     ///< nothing before until()
    Probing,  ///< one request at a time finds out
  };
  State state(base::TimePoint now) const;
  base::TimePoint until() const { return until_; }

  /// Whether an event that was published then may have been held back.
  bool held_since(base::TimePoint published) const { return held_ever_ && published < until_; }

  enum class Change { None, Held, Recovered };
  /// The end of a request that was begun while in `begun`. An answer that judges the event alone
  /// (400, 413) says that the endpoint is well.
  Change on_outcome(State begun, const Outcome& outcome, base::TimePoint now);

 private:
  int after_failures_;
  int failures_ = 0;
  bool on_probation_ = false;
  bool held_ever_ = false;
  base::TimePoint until_{};
};

/// How long deliveries are held back after an outcome of that kind.
base::Duration probation_of(queue::OutcomeKind kind);

/// Whether the outcome tells of an endpoint in trouble, not of this one event.
bool endpoint_failed(const Outcome& outcome);

}  // namespace fanfare::delivery
