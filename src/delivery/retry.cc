#include "delivery/retry.h"

#include <algorithm>

namespace fanfare::delivery {

namespace {

using base::Duration;
using base::TimePoint;
using queue::OutcomeKind;

bool contains(const std::vector<int>& statuses, int status) {
  return std::find(statuses.begin(), statuses.end(), status) != statuses.end();
}

/// The first multiple of `step` that is later than both.
Duration next_multiple(Duration step, Duration last_entry, Duration elapsed) {
  const auto reached = std::max(last_entry, elapsed);
  return (reached / step + 1) * step;
}

/// Time since the first attempt at which the schedule has its next step; nullopt behind its end.
std::optional<Duration> next_elapsed(const RetryRules& rules, std::uint32_t attempts,
                                     Duration elapsed) {
  for (std::size_t i = attempts - 1; i < rules.schedule.size(); ++i) {
    if (rules.schedule[i] > elapsed) return rules.schedule[i];
  }
  if (rules.every_after <= Duration::zero()) return std::nullopt;
  const auto last = rules.schedule.empty() ? Duration::zero() : rules.schedule.back();
  return next_multiple(rules.every_after, last, elapsed);
}

std::optional<Duration> gap_after(const RetryRules& rules, std::uint32_t attempts) {
  if (attempts <= rules.schedule.size()) return rules.schedule[attempts - 1];
  if (rules.every_after <= Duration::zero()) return std::nullopt;
  return rules.every_after;
}

std::optional<TimePoint> scheduled(const RetryRules& rules, const queue::AttemptState& state,
                                   TimePoint now) {
  if (rules.reading == ScheduleReading::Gaps) {
    const auto gap = gap_after(rules, state.attempts);
    if (!gap) return std::nullopt;
    return state.last_attempt + *gap;
  }
  const auto elapsed = next_elapsed(rules, state.attempts, now - state.first_attempt);
  if (!elapsed) return std::nullopt;
  return state.first_attempt + *elapsed;
}

/// The least time between the end of the attempt and the next.
Duration minimum_wait(const RetryRules& rules, const Outcome& outcome) {
  auto wait = rules.minimum_wait;
  if (outcome.status == 408) wait = std::max(wait, rules.minimum_on_408);
  if (outcome.status == 503) wait = std::max(wait, rules.minimum_on_503);
  if ((outcome.status == 429 || outcome.status == 503) && outcome.retry_after) {
    wait = std::max(wait, std::min(*outcome.retry_after, rules.retry_after_max));
  }
  return std::max(wait, Duration(1));
}

Duration jitter_of(const RetryRules& rules, Duration wait, double unit) {
  return Duration(
      static_cast<Duration::rep>(static_cast<double>(wait.count()) * rules.jitter * unit));
}

}  // namespace

RetryRules default_retry_rules() {
  using namespace std::chrono_literals;
  RetryRules rules;
  rules.schedule = {10s, 30s, 1min, 5min, 10min, 30min, 1h, 3h, 6h};
  rules.final_statuses = {400, 401, 403, 413};
  return rules;
}

NextStep next_step(const RetryRules& rules, const grid::RetryPolicy& policy,
                   const queue::AttemptState& state, TimePoint now, const Outcome& outcome,
                   double unit) {
  if (outcome.kind == OutcomeKind::Delivered) return Done{};
  if (contains(rules.final_statuses, outcome.status)) {
    return GiveUp{queue::DeadLetterReason::UndeliverableDueToHttpStatus};
  }
  const auto attempts_max = static_cast<std::uint32_t>(std::max(1, policy.max_delivery_attempts));
  const auto step = state.attempts < attempts_max ? scheduled(rules, state, now) : std::nullopt;
  if (!step) return GiveUp{queue::DeadLetterReason::MaxDeliveryAttemptsExceeded};
  const auto wait = std::max(*step - now, minimum_wait(rules, outcome));
  return RetryAt{now + wait + jitter_of(rules, wait, unit)};
}

NextStep before_attempt(const grid::RetryPolicy& policy, TimePoint published,
                        const queue::AttemptState& state, TimePoint now) {
  if (state.giving_up != queue::DeadLetterReason::None) return GiveUp{state.giving_up};
  if (now - published >= base::minutes(policy.event_time_to_live_in_minutes)) {
    return GiveUp{queue::DeadLetterReason::TimeToLiveExceeded};
  }
  return RetryAt{now};
}

OutcomeKind outcome_of_status(int status) {
  switch (status) {
    case 200:
    case 201:
    case 202:
    case 203:
    case 204:
      return OutcomeKind::Delivered;
    case 400:
      return OutcomeKind::BadRequest;
    case 401:
      return OutcomeKind::Unauthorized;
    case 403:
      return OutcomeKind::Forbidden;
    case 404:
    case 410:
      return OutcomeKind::NotFound;
    case 408:
      return OutcomeKind::TimedOut;
    case 413:
      return OutcomeKind::PayloadTooLarge;
    case 429:
    case 503:
      return OutcomeKind::Busy;
    default:
      return OutcomeKind::GenericError;
  }
}

}  // namespace fanfare::delivery
