/// What paces a lane: batching, concurrency, the allowed rate, probation; and what paces
/// handshakes.
#include <gtest/gtest.h>

#include "delivery/batching.h"
#include "delivery/concurrency.h"
#include "delivery/handshake_pace.h"
#include "delivery/probation.h"
#include "delivery/rate_limit.h"
#include "samples.h"

namespace fanfare::delivery {
namespace {

using namespace std::chrono_literals;
using queue::OutcomeKind;

// Batching.

struct LimitsCase {
  const char* name;
  std::optional<int> count;
  std::optional<int> kilobytes;
  std::size_t events;
  std::size_t bytes;
};
void PrintTo(const LimitsCase& c, std::ostream* out) { *out << c.name; }

class BatchLimitsTest : public testing::TestWithParam<LimitsCase> {};

TEST_P(BatchLimitsTest, come_from_the_destination) {
  const auto& c = GetParam();
  const auto limits = batch_limits(grid::WebHookDestination{
      .max_events_per_batch = c.count, .preferred_batch_size_in_kilobytes = c.kilobytes});
  EXPECT_EQ(limits.events, c.events);
  EXPECT_EQ(limits.bytes, c.bytes);
}

INSTANTIATE_TEST_SUITE_P(Batching, BatchLimitsTest,
                         testing::Values(LimitsCase{"none", {}, {}, 1, 65536},
                                         LimitsCase{"count_alone", 100, {}, 100, 65536},
                                         LimitsCase{"size_alone_means_many", {}, 128, 5000, 131072},
                                         LimitsCase{"both", 20, 1024, 20, 1048576},
                                         LimitsCase{"a_count_of_one_caps", 1, 64, 1, 65536}),
                         [](const auto& info) { return std::string(info.param.name); });

std::vector<queue::Task> tasks_of(std::size_t count, std::string_view data) {
  std::vector<queue::Task> tasks;
  for (std::size_t i = 0; i < count; ++i) {
    auto event = sample_event();
    event.data = data;
    tasks.push_back(sample_task(event, static_cast<std::uint32_t>(i)));
  }
  return tasks;
}

TEST(Batching, never_exceeds_the_count) {
  const auto tasks = tasks_of(10, "1");
  EXPECT_EQ(next_batch(tasks, {.events = 4}), 4u);
  EXPECT_EQ(next_batch(std::span(tasks).first(3), {.events = 4}), 3u);
  EXPECT_EQ(next_batch({}, {.events = 4}), 0u);
}

TEST(Batching, size_is_a_target) {
  const std::string data(1000, '1');
  const auto tasks = tasks_of(100, data);
  const auto count = next_batch(tasks, {.events = 5000, .bytes = 10 * 1024});
  std::size_t bytes = 0;
  for (std::size_t i = 0; i < count; ++i) bytes += event_bytes(tasks[i].event);
  EXPECT_LE(bytes, 10u * 1024);
  EXPECT_GT(bytes + event_bytes(tasks[0].event), 10u * 1024);
}

TEST(Batching, a_larger_event_goes_alone) {
  const std::string data(100'000, '1');
  const auto tasks = tasks_of(3, data);
  EXPECT_EQ(next_batch(tasks, {.events = 5000, .bytes = 64 * 1024}), 1u);
}

TEST(Batching, tasks_of_other_attempts_do_not_mix) {
  auto tasks = tasks_of(6, "1");
  tasks[1].state.attempts = tasks[3].state.attempts = 1;
  group_for_batches(tasks);
  EXPECT_EQ(next_batch(tasks, {.events = 10}), 4u);
  EXPECT_EQ(next_batch(std::span(tasks).subspan(4), {.events = 10}), 2u);
  const std::vector<std::uint32_t> order = {0, 2, 4, 5, 1, 3};
  for (std::size_t i = 0; i < order.size(); ++i) EXPECT_EQ(tasks[i].key.index, order[i]);
}

TEST(Batching, tasks_of_other_schedules_do_not_mix) {
  auto tasks = tasks_of(2, "1");
  for (auto& task : tasks) task.state.attempts = 1;
  tasks[1].state.first_attempt = kNoon;
  EXPECT_EQ(next_batch(tasks, {.events = 10}), 1u);
}

// Concurrency.

TEST(ConcurrencyTest, grows_only_while_work_waits) {
  Concurrency concurrency({});
  EXPECT_EQ(concurrency.limit(kNoon), 4u);
  for (int i = 0; i < 100; ++i) concurrency.succeeded(Demand::Met, kNoon);
  EXPECT_EQ(concurrency.limit(kNoon), 4u);
  for (int i = 0; i < 10; ++i) concurrency.succeeded(Demand::Waiting, kNoon);
  EXPECT_EQ(concurrency.limit(kNoon), 14u);
  for (int i = 0; i < 1000; ++i) concurrency.succeeded(Demand::Waiting, kNoon);
  EXPECT_EQ(concurrency.limit(kNoon), 64u);
}

TEST(ConcurrencyTest, one_error_halves_it) {
  Concurrency concurrency({});
  for (int i = 0; i < 100; ++i) concurrency.succeeded(Demand::Waiting, kNoon);
  concurrency.failed(Failing::Error, kNoon);
  EXPECT_EQ(concurrency.limit(kNoon), 32u);
}

TEST(ConcurrencyTest, a_timeout_brings_it_down_at_once) {
  Concurrency concurrency({});
  for (int i = 0; i < 100; ++i) concurrency.succeeded(Demand::Waiting, kNoon);
  concurrency.failed(Failing::Timeout, kNoon);
  EXPECT_LE(concurrency.limit(kNoon), 4u);
}

TEST(ConcurrencyTest, a_bad_endpoint_holds_few_and_never_none) {
  Concurrency concurrency({});
  for (int i = 0; i < 100; ++i) concurrency.succeeded(Demand::Waiting, kNoon);
  for (int i = 0; i < 3; ++i) concurrency.failed(Failing::Error, kNoon);
  EXPECT_LE(concurrency.limit(kNoon), 4u);
  for (int i = 0; i < 100; ++i) concurrency.failed(Failing::Error, kNoon);
  EXPECT_EQ(concurrency.limit(kNoon), 1u);
}

TEST(ConcurrencyTest, grows_slowly_where_it_failed_before) {
  Concurrency concurrency({});
  for (int i = 0; i < 100; ++i) concurrency.succeeded(Demand::Waiting, kNoon);
  concurrency.failed(Failing::Error, kNoon);
  for (int i = 0; i < 32; ++i) concurrency.succeeded(Demand::Waiting, kNoon);
  EXPECT_LE(concurrency.limit(kNoon), 33u);
}

/// A Concurrency that has grown to its most.
Concurrency grown() {
  Concurrency concurrency({});
  for (int i = 0; i < 100; ++i) concurrency.succeeded(Demand::Waiting, kNoon);
  for (std::size_t n = 1; n <= 64; ++n) concurrency.started(n, kNoon);
  return concurrency;
}

TEST(ConcurrencyTest, a_silent_endpoint_gets_no_more_than_a_bad_one) {
  Concurrency concurrency({});
  for (int i = 0; i < 100; ++i) concurrency.succeeded(Demand::Waiting, kNoon);
  concurrency.started(1, kNoon);
  EXPECT_EQ(concurrency.limit(kNoon + 999ms), 64u);
  EXPECT_EQ(concurrency.limit(kNoon + 1s), 4u);
}

TEST(ConcurrencyTest, the_first_answer_ends_the_suspicion) {
  auto concurrency = grown();
  EXPECT_EQ(concurrency.limit(kNoon + 2s), 4u);
  concurrency.succeeded(Demand::Waiting, kNoon + 2s);
  EXPECT_EQ(concurrency.limit(kNoon + 2s), 64u);
}

TEST(ConcurrencyTest, an_endpoint_that_takes_its_time_for_each_answer_is_not_silent) {
  auto concurrency = grown();
  for (int i = 1; i <= 100; ++i) {
    concurrency.succeeded(Demand::Waiting, kNoon + i * 500ms);
    concurrency.started(64, kNoon + i * 500ms);
    EXPECT_EQ(concurrency.limit(kNoon + i * 500ms + 400ms), 64u);
  }
}

TEST(ConcurrencyTest, waiting_for_work_is_no_silence) {
  auto concurrency = grown();
  concurrency.succeeded(Demand::Waiting, kNoon);
  concurrency.started(1, kNoon + 500ms);
  EXPECT_EQ(concurrency.limit(kNoon + 1400ms), 64u);
}

TEST(ConcurrencyTest, keeps_twice_what_it_used_in_the_last_second) {
  auto concurrency = grown();
  const std::vector<std::pair<std::size_t, std::size_t>> used_and_kept = {
      {20, 64}, {10, 40}, {3, 20}, {1, 6}, {1, 4}, {1, 4}};
  for (std::size_t second = 0; second < used_and_kept.size(); ++second) {
    const auto now = kNoon + second * 1s + 1s;
    concurrency.succeeded(Demand::Met, now);
    concurrency.started(used_and_kept[second].first, now);
    EXPECT_EQ(concurrency.limit(now), used_and_kept[second].second) << second;
  }
}

TEST(ConcurrencyTest, a_rest_gives_up_all_that_was_gained) {
  auto concurrency = grown();
  concurrency.succeeded(Demand::Met, kNoon);
  concurrency.started(1, kNoon + 2s);
  EXPECT_EQ(concurrency.limit(kNoon + 2s), 4u);
}

TEST(ConcurrencyTest, stays_within_twice_the_usual_after_a_recovery) {
  Concurrency concurrency({});
  concurrency.started(3, kNoon);
  for (int i = 0; i < 10; ++i) concurrency.failed(Failing::Error, kNoon);
  concurrency.recovered(kNoon);
  for (int i = 0; i < 990; ++i) {
    const auto now = kNoon + i * 10ms;
    concurrency.succeeded(Demand::Waiting, now);
    concurrency.started(concurrency.limit(now), now);
    EXPECT_LE(concurrency.limit(now), 6u);
  }
  EXPECT_GT(concurrency.limit(kNoon + 10s), 6u);
}

TEST(ConcurrencyTest, what_was_in_flight_while_failing_is_not_usual) {
  Concurrency concurrency({});
  concurrency.started(1, kNoon);
  concurrency.failed(Failing::Error, kNoon);
  concurrency.started(50, kNoon);
  concurrency.recovered(kNoon);
  for (int i = 0; i < 1000; ++i) concurrency.succeeded(Demand::Waiting, kNoon);
  EXPECT_EQ(concurrency.limit(kNoon), 2u);
}

// Allowed rate.

TEST(RateLimitTest, without_one_everything_may_go) {
  RateLimit rate;
  for (int i = 0; i < 1000; ++i) {
    EXPECT_LE(rate.next(kNoon), kNoon);
    rate.take(kNoon);
  }
}

/// Takes whenever it may, over `span`; the times of all requests.
std::vector<base::TimePoint> all_requests(int per_minute, base::Duration span) {
  RateLimit rate(per_minute);
  std::vector<base::TimePoint> times;
  for (auto now = kNoon; now < kNoon + span;) {
    const auto next = rate.next(now);
    if (next > now) {
      now = next;
      continue;
    }
    rate.take(now);
    times.push_back(now);
  }
  return times;
}

class RateTest : public testing::TestWithParam<int> {};

TEST_P(RateTest, no_minute_has_more_than_was_allowed) {
  const auto rate = GetParam();
  const auto times = all_requests(rate, 5min);
  for (std::size_t i = 0; i + static_cast<std::size_t>(rate) < times.size(); ++i) {
    ASSERT_GE(times[i + static_cast<std::size_t>(rate)] - times[i], base::Duration(1min)) << i;
  }
}

TEST_P(RateTest, most_of_what_was_allowed_is_used) {
  const auto rate = static_cast<std::size_t>(GetParam());
  EXPECT_GE(all_requests(GetParam(), 10min).size(), rate * 9);
}

INSTANTIATE_TEST_SUITE_P(RateLimit, RateTest,
                         testing::Values(1, 2, 9, 10, 11, 60, 120, 1000, 100'000));

// Probation.

Outcome ended(OutcomeKind kind) {
  Outcome outcome;
  outcome.kind = kind;
  return outcome;
}

Probation failed_ten_times(OutcomeKind kind) {
  Probation probation(10);
  for (int i = 0; i < 10; ++i) probation.on_outcome(Probation::State::Open, ended(kind), kNoon);
  return probation;
}

TEST(ProbationTest, begins_after_ten_failures_in_a_row) {
  Probation probation(10);
  for (int i = 0; i < 9; ++i) {
    EXPECT_EQ(probation.on_outcome(Probation::State::Open, ended(OutcomeKind::TimedOut), kNoon),
              Probation::Change::None);
  }
  EXPECT_EQ(probation.state(kNoon), Probation::State::Open);
  EXPECT_EQ(probation.on_outcome(Probation::State::Open, ended(OutcomeKind::TimedOut), kNoon),
            Probation::Change::Held);
  EXPECT_EQ(probation.state(kNoon), Probation::State::Held);
}

TEST(ProbationTest, a_success_in_between_starts_the_count_anew) {
  Probation probation(10);
  for (int i = 0; i < 100; ++i) {
    const auto kind = i % 10 == 9 ? OutcomeKind::Delivered : OutcomeKind::TimedOut;
    probation.on_outcome(Probation::State::Open, ended(kind), kNoon);
  }
  EXPECT_EQ(probation.state(kNoon), Probation::State::Open);
}

TEST(ProbationTest, lasts_as_long_as_the_table_says) {
  const struct {
    OutcomeKind kind;
    base::Duration expected;
  } cases[] = {{OutcomeKind::Busy, 10s},
               {OutcomeKind::TimedOut, 10s},
               {OutcomeKind::SocketError, 30s},
               {OutcomeKind::NotFound, 5min},
               {OutcomeKind::ResolutionError, 5min},
               {OutcomeKind::Disabled, 5min},
               {OutcomeKind::Full, 5min},
               {OutcomeKind::Unauthorized, 5min},
               {OutcomeKind::Forbidden, 5min},
               {OutcomeKind::GenericError, 10s}};
  for (const auto& c : cases) {
    const auto probation = failed_ten_times(c.kind);
    EXPECT_EQ(probation.until(), kNoon + c.expected);
    EXPECT_EQ(probation.state(kNoon + c.expected - 1ns), Probation::State::Held);
    EXPECT_EQ(probation.state(kNoon + c.expected), Probation::State::Probing);
  }
}

TEST(ProbationTest, a_failed_probe_holds_again_and_a_good_one_ends_it) {
  auto probation = failed_ten_times(OutcomeKind::Busy);
  const auto probe = kNoon + 10s;
  EXPECT_EQ(probation.on_outcome(Probation::State::Probing, ended(OutcomeKind::Busy), probe),
            Probation::Change::Held);
  EXPECT_EQ(probation.until(), probe + 10s);
  EXPECT_EQ(
      probation.on_outcome(Probation::State::Probing, ended(OutcomeKind::Delivered), probe + 10s),
      Probation::Change::Recovered);
  EXPECT_EQ(probation.state(probe + 10s), Probation::State::Open);
}

TEST(ProbationTest, requests_that_were_under_way_do_not_prolong_it) {
  auto probation = failed_ten_times(OutcomeKind::Busy);
  EXPECT_EQ(probation.on_outcome(Probation::State::Open, ended(OutcomeKind::TimedOut), kNoon + 9s),
            Probation::Change::None);
  EXPECT_EQ(probation.until(), kNoon + 10s);
}

TEST(ProbationTest, a_late_success_ends_it_early) {
  auto probation = failed_ten_times(OutcomeKind::NotFound);
  EXPECT_EQ(probation.on_outcome(Probation::State::Open, ended(OutcomeKind::Delivered), kNoon + 1s),
            Probation::Change::Recovered);
}

TEST(ProbationTest, answers_about_one_event_tell_nothing_of_the_endpoint) {
  for (const auto kind :
       {OutcomeKind::BadRequest, OutcomeKind::PayloadTooLarge, OutcomeKind::Canceled}) {
    EXPECT_EQ(failed_ten_times(kind).state(kNoon), Probation::State::Open);
  }
}

TEST(ProbationTest, can_be_switched_off) {
  Probation probation(0);
  for (int i = 0; i < 100; ++i) {
    probation.on_outcome(Probation::State::Open, ended(OutcomeKind::TimedOut), kNoon);
  }
  EXPECT_EQ(probation.state(kNoon), Probation::State::Open);
}

TEST(ProbationTest, knows_which_events_it_may_have_held) {
  const auto probation = failed_ten_times(OutcomeKind::Busy);
  EXPECT_TRUE(probation.held_since(kNoon + 9s));
  EXPECT_FALSE(probation.held_since(kNoon + 10s));
  EXPECT_FALSE(Probation(10).held_since(kNoon));
}

// Handshakes.

TEST(HandshakePaceTest, one_every_five_seconds_a_host) {
  HandshakePace pace;
  for (int i = 0; i < 10; ++i) EXPECT_EQ(pace.take("a.example", kNoon), kNoon + i * 5s);
  EXPECT_EQ(pace.take("b.example", kNoon), kNoon);
  EXPECT_EQ(pace.take("a.example", kNoon + 1min), kNoon + 1min);
}

TEST(HandshakePaceTest, a_flood_is_turned_away_instead_of_waiting_for_ever) {
  HandshakePace pace;
  int waiting = 0;
  while (waiting < 1000 && pace.take("victim.example", kNoon)) ++waiting;
  EXPECT_EQ(waiting, 61);
  EXPECT_EQ(pace.take("victim.example", kNoon), std::nullopt);
  EXPECT_TRUE(pace.take("victim.example", kNoon + 5s)) << "those before have gone out";
}

TEST(HandshakePaceTest, this_machine_waits_for_nothing) {
  HandshakePace pace;
  for (const char* host : {"localhost", "hook.localhost", "127.0.0.1", "127.9.9.9", "::1"}) {
    for (int i = 0; i < 100; ++i) EXPECT_EQ(pace.take(host, kNoon), kNoon) << host;
  }
  for (const char* host : {"127.0.0.1.evil.example", "localhost.example"}) {
    pace.take(host, kNoon);
    EXPECT_EQ(pace.take(host, kNoon), kNoon + 5s) << host;
  }
}

TEST(HandshakePaceTest, forgets_hosts_that_have_been_quiet) {
  HandshakePace pace;
  for (int i = 0; i < 30'000; ++i) {
    EXPECT_TRUE(pace.take("h" + std::to_string(i) + ".example", kNoon + i * 1s));
  }
}

}  // namespace
}  // namespace fanfare::delivery
