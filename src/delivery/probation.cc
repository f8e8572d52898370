#include "delivery/probation.h"

namespace fanfare::delivery {

using queue::OutcomeKind;

base::Duration probation_of(OutcomeKind kind) {
  switch (kind) {
    case OutcomeKind::SocketError:
      return base::seconds(30);
    case OutcomeKind::NotFound:
    case OutcomeKind::ResolutionError:
    case OutcomeKind::Disabled:
    case OutcomeKind::Full:
    case OutcomeKind::Unauthorized:
    case OutcomeKind::Forbidden:
      return base::minutes(5);
    default:  // Busy, TimedOut; the table names no others
      return base::seconds(10);
  }
}

bool endpoint_failed(const Outcome& outcome) {
  switch (outcome.kind) {
    case OutcomeKind::Delivered:
    case OutcomeKind::BadRequest:
    case OutcomeKind::PayloadTooLarge:
    case OutcomeKind::Canceled:
      return false;
    default:
      return true;
  }
}

Probation::State Probation::state(base::TimePoint now) const {
  if (!on_probation_) return State::Open;
  return now < until_ ? State::Held : State::Probing;
}

Probation::Change Probation::on_outcome(State begun, const Outcome& outcome, base::TimePoint now) {
  if (outcome.kind == OutcomeKind::Canceled) return Change::None;
  if (!endpoint_failed(outcome)) {
    failures_ = 0;
    if (!on_probation_) return Change::None;
    on_probation_ = false;
    until_ = now;
    return Change::Recovered;
  }
  ++failures_;
  const auto stray = on_probation_ && begun == State::Open;  // was under way when holding began
  if (after_failures_ <= 0 || failures_ < after_failures_ || stray) return Change::None;
  on_probation_ = held_ever_ = true;
  until_ = now + probation_of(outcome.kind);
  return Change::Held;
}

}  // namespace fanfare::delivery
