#include "delivery/retry.h"

#include <gtest/gtest.h>

#include <string>

namespace fanfare::delivery {
namespace {

using namespace std::chrono_literals;
using base::Duration;
using base::TimePoint;
using queue::DeadLetterReason;
using queue::OutcomeKind;

const TimePoint kStart = TimePoint(std::chrono::hours(500'000));

std::string describe(const NextStep& step, TimePoint now) {
  if (std::holds_alternative<Done>(step)) return "done";
  if (const auto* retry = std::get_if<RetryAt>(&step)) {
    const auto wait = std::chrono::duration_cast<std::chrono::milliseconds>(retry->when - now);
    return "retry+" + std::to_string(wait.count()) + "ms";
  }
  switch (std::get<GiveUp>(step).reason) {
    case DeadLetterReason::MaxDeliveryAttemptsExceeded:
      return "give up: attempts";
    case DeadLetterReason::TimeToLiveExceeded:
      return "give up: time to live";
    case DeadLetterReason::UndeliverableDueToHttpStatus:
      return "give up: status";
    default:
      return "give up: other";
  }
}

Outcome answered(int status, std::optional<Duration> retry_after = std::nullopt) {
  Outcome outcome;
  outcome.kind = outcome_of_status(status);
  outcome.status = status;
  outcome.retry_after = retry_after;
  return outcome;
}

queue::AttemptState after(std::uint32_t attempts, Duration last_attempt) {
  queue::AttemptState state;
  state.attempts = attempts;
  state.first_attempt = kStart;
  state.last_attempt = kStart + last_attempt;
  return state;
}

struct Case {
  const char* name;
  std::uint32_t attempts;
  Duration elapsed;  ///< since the first attempt, when the answer came
  int status;
  std::optional<Duration> retry_after;
  const char* expected;
};
void PrintTo(const Case& c, std::ostream* out) { *out << c.name; }

std::string name_of(const testing::TestParamInfo<Case>& info) { return info.param.name; }

class NextStepTest : public testing::TestWithParam<Case> {};

TEST_P(NextStepTest, follows_the_rules) {
  const auto& c = GetParam();
  const auto now = kStart + c.elapsed;
  const auto step =
      next_step(default_retry_rules(), grid::RetryPolicy{}, after(c.attempts, c.elapsed), now,
                answered(c.status, c.retry_after), 0.0);
  EXPECT_EQ(describe(step, now), c.expected);
}

INSTANTIATE_TEST_SUITE_P(
    Retry, NextStepTest,
    testing::Values(
        Case{"ok_is_done", 1, 0s, 200, {}, "done"}, Case{"created_is_done", 1, 0s, 201, {}, "done"},
        Case{"accepted_is_done", 1, 0s, 202, {}, "done"},
        Case{"non_authoritative_is_done", 1, 0s, 203, {}, "done"},
        Case{"no_content_is_done", 1, 0s, 204, {}, "done"},
        Case{"reset_content_is_a_failure", 1, 0s, 205, {}, "retry+10000ms"},
        Case{"redirect_is_a_failure", 1, 0s, 302, {}, "retry+10000ms"},
        Case{"no_answer_is_a_failure", 1, 0s, 0, {}, "retry+10000ms"},
        Case{"bad_request_is_final", 1, 0s, 400, {}, "give up: status"},
        Case{"unauthorized_is_final", 1, 0s, 401, {}, "give up: status"},
        Case{"forbidden_is_final", 1, 0s, 403, {}, "give up: status"},
        Case{"too_large_is_final", 1, 0s, 413, {}, "give up: status"},
        Case{"not_found_is_retried", 1, 0s, 404, {}, "retry+10000ms"},
        Case{"gone_is_retried", 1, 0s, 410, {}, "retry+10000ms"},
        Case{"second_at_30_s", 2, 10s, 500, {}, "retry+20000ms"},
        Case{"third_at_1_min", 3, 30s, 500, {}, "retry+30000ms"},
        Case{"fourth_at_5_min", 4, 1min, 500, {}, "retry+240000ms"},
        Case{"fifth_at_10_min", 5, 5min, 500, {}, "retry+300000ms"},
        Case{"sixth_at_30_min", 6, 10min, 500, {}, "retry+1200000ms"},
        Case{"seventh_at_1_h", 7, 30min, 500, {}, "retry+1800000ms"},
        Case{"eighth_at_3_h", 8, 1h, 500, {}, "retry+7200000ms"},
        Case{"ninth_at_6_h", 9, 3h, 500, {}, "retry+10800000ms"},
        Case{"tenth_at_12_h", 10, 6h, 500, {}, "retry+21600000ms"},
        Case{"eleventh_at_24_h", 11, 12h, 500, {}, "retry+43200000ms"},
        Case{"twelfth_at_36_h", 12, 24h, 500, {}, "retry+43200000ms"},
        Case{"steps_that_passed_are_skipped", 1, 30s, 0, {}, "retry+30000ms"},
        Case{"long_holds_skip_to_the_next_step", 2, 4h, 500, {}, "retry+7200000ms"},
        Case{"never_sooner_than_10_s", 1, 5s, 500, {}, "retry+10000ms"},
        Case{"request_timeout_waits_2_min", 1, 0s, 408, {}, "retry+120000ms"},
        Case{"unavailable_waits_30_s", 1, 0s, 503, {}, "retry+30000ms"},
        Case{"retry_after_is_a_lower_bound_on_429", 1, 0s, 429, 45s, "retry+45000ms"},
        Case{"retry_after_is_a_lower_bound_on_503", 1, 0s, 503, 45s, "retry+45000ms"},
        Case{"retry_after_does_not_shorten", 4, 1min, 429, 5s, "retry+240000ms"},
        Case{"retry_after_of_zero_changes_nothing", 1, 0s, 429, 0s, "retry+10000ms"},
        Case{"retry_after_below_nothing_changes_nothing", 1, 0s, 429, -5s, "retry+10000ms"},
        Case{"retry_after_is_capped", 1, 0s, 503, 48h, "retry+3600000ms"},
        Case{"retry_after_counts_only_on_429_and_503", 1, 0s, 500, 45s, "retry+10000ms"},
        Case{"attempts_end_at_30", 30, 12h, 500, {}, "give up: attempts"},
        Case{"the_29th_failure_is_still_retried", 29, 13h, 500, {}, "retry+39600000ms"}),
    name_of);

TEST(Retry, maximum_of_attempts_is_exact) {
  const auto rules = default_retry_rules();
  for (int attempts_max = 1; attempts_max <= 30; ++attempts_max) {
    const grid::RetryPolicy policy{.max_delivery_attempts = attempts_max};
    std::uint32_t attempts = 1;
    while (std::holds_alternative<RetryAt>(
        next_step(rules, policy, after(attempts, 0s), kStart, answered(500), 0.5))) {
      ++attempts;
    }
    EXPECT_EQ(attempts, static_cast<std::uint32_t>(attempts_max));
  }
}

TEST(Retry, success_on_the_last_attempt_is_done) {
  const grid::RetryPolicy policy{.max_delivery_attempts = 1};
  const auto step =
      next_step(default_retry_rules(), policy, after(1, 0s), kStart, answered(200), 0);
  EXPECT_TRUE(std::holds_alternative<Done>(step));
}

TEST(Retry, final_statuses_can_be_chosen) {
  auto rules = default_retry_rules();
  rules.final_statuses = {404};
  const grid::RetryPolicy policy;
  EXPECT_EQ(describe(next_step(rules, policy, after(1, 0s), kStart, answered(404), 0), kStart),
            "give up: status");
  EXPECT_EQ(describe(next_step(rules, policy, after(1, 0s), kStart, answered(401), 0), kStart),
            "retry+10000ms");
}

TEST(Retry, schedule_can_be_read_as_gaps) {
  auto rules = default_retry_rules();
  rules.reading = ScheduleReading::Gaps;
  const grid::RetryPolicy policy;
  const struct {
    std::uint32_t attempts;
    Duration last_attempt;
    const char* expected;
  } cases[] = {{1, 0s, "retry+10000ms"},      {2, 10s, "retry+30000ms"},
               {3, 40s, "retry+60000ms"},     {9, 5h, "retry+21600000ms"},
               {10, 11h, "retry+43200000ms"}, {11, 23h, "retry+43200000ms"}};
  for (const auto& c : cases) {
    const auto now = kStart + c.last_attempt;
    const auto step =
        next_step(rules, policy, after(c.attempts, c.last_attempt), now, answered(500), 0);
    EXPECT_EQ(describe(step, now), c.expected) << c.attempts;
  }
}

TEST(Retry, a_gap_counts_from_the_start_of_the_attempt_that_failed) {
  auto rules = default_retry_rules();
  rules.reading = ScheduleReading::Gaps;
  const auto now = kStart + 30s;  // a timeout
  const auto step = next_step(rules, grid::RetryPolicy{}, after(3, 0s), now, answered(0), 0);
  EXPECT_EQ(describe(step, now), "retry+30000ms");
}

TEST(Retry, jitter_adds_a_share_of_the_wait) {
  const auto rules = default_retry_rules();
  const grid::RetryPolicy policy;
  const struct {
    double unit;
    const char* expected;
  } cases[] = {{0.0, "retry+10000ms"}, {0.5, "retry+10500ms"}, {0.999, "retry+10999ms"}};
  for (const auto& c : cases) {
    const auto step = next_step(rules, policy, after(1, 0s), kStart, answered(500), c.unit);
    EXPECT_EQ(describe(step, kStart), c.expected);
  }
}

TEST(Retry, retry_after_stays_a_lower_bound_under_jitter) {
  for (double unit = 0; unit < 1; unit += 0.1) {
    const auto step = next_step(default_retry_rules(), grid::RetryPolicy{}, after(1, 0s), kStart,
                                answered(429, 60s), unit);
    EXPECT_GE(std::get<RetryAt>(step).when, kStart + 60s);
  }
}

TEST(Retry, without_a_tail_the_schedule_ends) {
  auto rules = default_retry_rules();
  rules.every_after = {};
  const auto now = kStart + 6h;
  for (const auto reading : {ScheduleReading::Elapsed, ScheduleReading::Gaps}) {
    rules.reading = reading;
    const auto step = next_step(rules, grid::RetryPolicy{}, after(10, 6h), now, answered(500), 0);
    EXPECT_EQ(describe(step, now), "give up: attempts");
  }
}

TEST(Retry, an_empty_schedule_has_only_its_tail) {
  RetryRules rules;
  const auto step = next_step(rules, grid::RetryPolicy{}, after(1, 0s), kStart, answered(500), 0);
  EXPECT_EQ(describe(step, kStart), "retry+43200000ms");
}

TEST(Retry, a_retry_is_always_later_than_now) {
  auto rules = default_retry_rules();
  rules.minimum_wait = {};
  rules.jitter = 0;
  for (const auto reading : {ScheduleReading::Elapsed, ScheduleReading::Gaps}) {
    rules.reading = reading;
    for (std::uint32_t attempts = 1; attempts < 30; ++attempts) {
      for (const Duration elapsed :
           {Duration(0s), Duration(10s), Duration(6h), Duration(12h), Duration(100h)}) {
        const auto step = next_step(rules, grid::RetryPolicy{}, after(attempts, 0s),
                                    kStart + elapsed, answered(500), 0);
        EXPECT_GT(std::get<RetryAt>(step).when, kStart + elapsed);
      }
    }
  }
}

struct Walk {
  std::vector<Duration> attempts;
  std::string end;
};

/// Fails every attempt after `latency` until the event is given up.
Walk walk(const RetryRules& rules, const grid::RetryPolicy& policy, Duration latency) {
  Walk result;
  queue::AttemptState state;
  auto now = kStart;
  for (;;) {
    const auto check = before_attempt(policy, kStart, state, now);
    if (std::holds_alternative<GiveUp>(check)) return {result.attempts, describe(check, now)};
    if (state.attempts++ == 0) state.first_attempt = now;
    state.last_attempt = now;
    result.attempts.push_back(now - kStart);
    now += latency;
    const auto step = next_step(rules, policy, state, now, answered(500), 0);
    if (std::holds_alternative<GiveUp>(step)) return {result.attempts, describe(step, now)};
    now = std::get<RetryAt>(step).when;
  }
}

TEST(Retry, a_day_of_failures_is_eleven_attempts) {
  auto rules = default_retry_rules();
  const auto result = walk(rules, grid::RetryPolicy{}, 0s);
  const std::vector<Duration> expected = {0s, 10s, 30s, 1min, 5min, 10min, 30min, 1h, 3h, 6h, 12h};
  EXPECT_EQ(result.attempts, expected);
  EXPECT_EQ(result.end, "give up: time to live");
}

TEST(Retry, timeouts_keep_to_the_schedule) {
  const auto result = walk(default_retry_rules(), grid::RetryPolicy{}, 30s);
  const std::vector<Duration> expected = {0s, 1min, 5min, 10min, 30min, 1h, 3h, 6h, 12h};
  EXPECT_EQ(result.attempts, expected);
}

TEST(Retry, six_attempts_fall_into_the_first_half_hour) {
  for (const auto reading : {ScheduleReading::Elapsed, ScheduleReading::Gaps}) {
    auto rules = default_retry_rules();
    rules.reading = reading;
    const auto result = walk(rules, grid::RetryPolicy{}, 0s);
    std::size_t early = 0;
    for (const auto at : result.attempts) early += at < Duration(30min) ? 1 : 0;
    EXPECT_EQ(early, 6u);
  }
}

TEST(Retry, the_first_limit_reached_wins) {
  const auto by_attempts =
      walk(default_retry_rules(),
           {.max_delivery_attempts = 3, .event_time_to_live_in_minutes = 1440}, 0s);
  EXPECT_EQ(by_attempts.attempts.size(), 3u);
  EXPECT_EQ(by_attempts.end, "give up: attempts");
  const auto by_time = walk(default_retry_rules(),
                            {.max_delivery_attempts = 30, .event_time_to_live_in_minutes = 7}, 0s);
  EXPECT_EQ(by_time.attempts.size(), 5u);
  EXPECT_EQ(by_time.end, "give up: time to live");
}

TEST(Retry, time_to_live_ends_exactly) {
  const grid::RetryPolicy policy{.event_time_to_live_in_minutes = 1};
  const queue::AttemptState state;
  EXPECT_TRUE(
      std::holds_alternative<RetryAt>(before_attempt(policy, kStart, state, kStart + 1min - 1ns)));
  EXPECT_EQ(describe(before_attempt(policy, kStart, state, kStart + 1min), kStart),
            "give up: time to live");
}

TEST(Retry, what_was_given_up_before_stays_so) {
  queue::AttemptState state;
  state.giving_up = DeadLetterReason::MaxDeliveryAttemptsExceeded;
  EXPECT_EQ(describe(before_attempt({}, kStart, state, kStart), kStart), "give up: attempts");
}

TEST(Retry, statuses_have_the_outcomes_of_the_reference) {
  const struct {
    int status;
    OutcomeKind kind;
  } cases[] = {{200, OutcomeKind::Delivered},
               {204, OutcomeKind::Delivered},
               {205, OutcomeKind::GenericError},
               {206, OutcomeKind::GenericError},
               {301, OutcomeKind::GenericError},
               {304, OutcomeKind::GenericError},
               {400, OutcomeKind::BadRequest},
               {401, OutcomeKind::Unauthorized},
               {403, OutcomeKind::Forbidden},
               {404, OutcomeKind::NotFound},
               {408, OutcomeKind::TimedOut},
               {410, OutcomeKind::NotFound},
               {413, OutcomeKind::PayloadTooLarge},
               {429, OutcomeKind::Busy},
               {500, OutcomeKind::GenericError},
               {502, OutcomeKind::GenericError},
               {503, OutcomeKind::Busy},
               {504, OutcomeKind::GenericError}};
  for (const auto& c : cases) EXPECT_EQ(outcome_of_status(c.status), c.kind) << c.status;
}

}  // namespace
}  // namespace fanfare::delivery
