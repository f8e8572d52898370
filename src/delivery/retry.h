#pragma once
/// When a failed delivery is tried again, and when it is given up.
/// Pure: no clock, no store, no socket; the dispatcher supplies `now` and the jitter.
/// Source: Event Grid message delivery and retry (2023-03 and current edition); docs/parity.md.
#include <variant>
#include <vector>

#include "base/time.h"
#include "delivery/outcome.h"
#include "grid/subscription.h"

namespace fanfare::delivery {

/// How the schedule's figures are read: the time since the first attempt, or the gap to the last
/// one.
enum class ScheduleReading { Elapsed, Gaps };

struct RetryRules {
  std::vector<base::Duration> schedule;  ///< 10 s, 30 s, 1 m, 5 m, 10 m, 30 m, 1 h, 3 h, 6 h
  base::Duration every_after =
      base::hours(12);  ///< behind the schedule's end; zero: no more attempts
  ScheduleReading reading = ScheduleReading::Elapsed;
  double jitter = 0.10;  ///< added: a uniform share of the wait, 0 to jitter
  base::Duration retry_after_max = base::hours(1);
  std::vector<int> final_statuses;                  ///< never retried: 400, 401, 403, 413
  base::Duration minimum_wait = base::seconds(10);  ///< from the end of an attempt to the next
  base::Duration minimum_on_408 = base::minutes(2);
  base::Duration minimum_on_503 = base::seconds(30);
  base::Duration dead_letter_delay{};  ///< between the last attempt and the dead letter
};
RetryRules default_retry_rules();

struct Done {};
struct RetryAt {
  base::TimePoint when;
};
struct GiveUp {
  queue::DeadLetterReason reason;
};
using NextStep = std::variant<Done, RetryAt, GiveUp>;

/// Decides what follows an attempt. `state` is the task's state after it (attempts >= 1), `unit` is
/// in [0, 1). A RetryAt is later than `now`; time to live is looked at only when the next attempt
/// is due: see before_attempt(). Read as elapsed times, steps that have passed meanwhile are
/// skipped.
NextStep next_step(const RetryRules& rules, const grid::RetryPolicy& policy,
                   const queue::AttemptState& state, base::TimePoint now, const Outcome& outcome,
                   double unit);

/// Whether a task that is due now may still be tried (RetryAt `now`), or its time to live has
/// passed, or it had been given up before and only its dead letter is still to be written.
NextStep before_attempt(const grid::RetryPolicy& policy, base::TimePoint published,
                        const queue::AttemptState& state, base::TimePoint now);

/// From an HTTP status to the outcome's name: 404 NotFound, 429 and 503 Busy, …
queue::OutcomeKind outcome_of_status(int status);

}  // namespace fanfare::delivery
