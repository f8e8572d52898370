#include "delivery/dispatcher.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <set>

#include "stage.h"

namespace fanfare::delivery {
namespace {

using namespace std::chrono_literals;
using base::Duration;
using queue::DeadLetterReason;
using queue::OutcomeKind;
using queue::Verdict;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

void with_dead_letters(grid::EventSubscription& subscription) {
  subscription.dead_letter =
      grid::DeadLetterDestination{.resource_id = "/x", .blob_container_name = "dead"};
}

std::vector<Duration> times_of(const std::vector<Attempt>& attempts, base::TimePoint start) {
  std::vector<Duration> times;
  for (const auto& attempt : attempts) times.push_back(attempt.at - start);
  return times;
}

std::set<std::string> ids_of(const std::vector<Attempt>& attempts) {
  std::set<std::string> ids;
  for (const auto& attempt : attempts) ids.insert(attempt.ids.begin(), attempt.ids.end());
  return ids;
}

std::size_t events_with(const std::vector<Report>& reports, Verdict verdict) {
  std::size_t events = 0;
  for (const auto& report : reports) events += report.verdict == verdict ? report.events : 0;
  return events;
}

TEST(Dispatcher, delivers_each_event_once) {
  Stage stage;
  const auto id = stage.subscribe("hook");
  stage.publish(id, 100);
  ASSERT_TRUE(stage.calm());
  EXPECT_EQ(stage.script.count(), 100u);
  EXPECT_THAT(ids_of(stage.script.attempts()), SizeIs(100));
  EXPECT_EQ(stage.pending(id), 0u);
  EXPECT_EQ(events_with(stage.reports(), Verdict::Done), 100u);
}

TEST(Dispatcher, a_day_of_failures_keeps_to_the_schedule) {
  Stage stage;
  const auto id = stage.subscribe("hook");
  stage.script.answer_with([](const Attempt&) { return answers(500); });
  stage.publish(id, 1);
  stage.advance(25h);
  const std::vector<Duration> expected = {0s, 10s, 30s, 1min, 5min, 10min, 30min, 1h, 3h, 6h, 12h};
  EXPECT_EQ(times_of(stage.script.attempts(), kNoon), expected);
  EXPECT_EQ(stage.pending(id), 0u);
  const auto last = stage.reports().back();
  EXPECT_EQ(last.verdict, Verdict::Dropped);
  EXPECT_EQ(last.reason, DeadLetterReason::TimeToLiveExceeded);
  EXPECT_EQ(last.outcome, OutcomeKind::None);
}

TEST(Dispatcher, jitter_keeps_every_attempt_within_a_tenth_of_its_wait) {
  auto options = Stage::no_jitter();
  options.dispatcher.rules.jitter = 0.10;
  Stage stage(options);
  const auto id = stage.subscribe("hook");
  stage.script.answer_with([](const Attempt&) { return answers(500); });
  stage.publish(id, 1);
  stage.advance(25h);
  const std::vector<Duration> steps = {10s, 30s, 1min, 5min, 10min, 30min, 1h, 3h, 6h, 12h};
  const auto times = times_of(stage.script.attempts(), kNoon);
  ASSERT_EQ(times.size(), 11u);
  for (std::size_t i = 0; i < steps.size(); ++i) {
    EXPECT_GE(times[i + 1], steps[i]);
    EXPECT_LT(times[i + 1], steps[i] + steps[i] / 10);
  }
}

TEST(Dispatcher, delivery_count_goes_up_with_every_attempt) {
  Stage stage;
  const auto id = stage.subscribe("hook");
  stage.script.answer_with(
      [](const Attempt& a) { return answers(a.earlier_attempts < 3 ? 503 : 204); });
  stage.publish(id, 1);
  stage.advance(1h);
  std::vector<std::uint32_t> counts;
  for (const auto& attempt : stage.script.attempts()) counts.push_back(attempt.earlier_attempts);
  EXPECT_THAT(counts, ElementsAre(0, 1, 2, 3));
  EXPECT_EQ(stage.pending(id), 0u);
}

TEST(Dispatcher, stops_at_the_maximum_of_attempts) {
  for (const int attempts_max : {1, 2, 5}) {
    Stage stage;
    const auto id = stage.subscribe("hook", [&](auto& s) {
      s.retry.max_delivery_attempts = attempts_max;
      with_dead_letters(s);
    });
    stage.script.answer_with([](const Attempt&) { return answers(500); });
    stage.publish(id, 3);
    stage.advance(24h);
    EXPECT_EQ(stage.script.count(), static_cast<std::size_t>(3 * attempts_max));
    EXPECT_THAT(stage.letters.letters(), SizeIs(3));
    EXPECT_EQ(events_with(stage.reports(), Verdict::DeadLettered), 3u);
    EXPECT_EQ(stage.reports().back().reason, DeadLetterReason::MaxDeliveryAttemptsExceeded);
    EXPECT_EQ(stage.pending(id), 0u);
  }
}

TEST(Dispatcher, looks_at_time_to_live_when_the_next_attempt_is_due) {
  Stage stage;
  const auto id = stage.subscribe("hook", [](auto& s) {
    s.retry.event_time_to_live_in_minutes = 2;
    with_dead_letters(s);
  });
  stage.script.answer_with([](const Attempt&) { return answers(500); });
  stage.publish(id, 1);
  stage.advance(5min - 1s);
  EXPECT_THAT(stage.letters.letters(), IsEmpty());
  EXPECT_EQ(stage.script.count(), 4u);
  stage.advance(1s);
  ASSERT_THAT(stage.letters.letters(), SizeIs(1));
  EXPECT_THAT(stage.letters.letters()[0].content, testing::HasSubstr("TimeToLiveExceeded"));
  EXPECT_EQ(stage.script.count(), 4u);
}

TEST(Dispatcher, a_final_answer_ends_it_at_once) {
  for (const int status : {400, 401, 403, 413}) {
    Stage stage;
    const auto with = stage.subscribe("with", with_dead_letters);
    const auto without = stage.subscribe("without");
    stage.script.answer_with([status](const Attempt&) { return answers(status); });
    stage.publish(with, 1);
    stage.publish(without, 1);
    ASSERT_TRUE(stage.calm());
    EXPECT_EQ(stage.script.count(), 2u);
    EXPECT_THAT(stage.letters.letters(), SizeIs(1));
    EXPECT_EQ(events_with(stage.reports(), Verdict::DeadLettered), 1u);
    EXPECT_EQ(events_with(stage.reports(), Verdict::Dropped), 1u);
    for (const auto& report : stage.reports()) {
      EXPECT_EQ(report.reason, DeadLetterReason::UndeliverableDueToHttpStatus);
    }
  }
}

TEST(Dispatcher, retry_after_moves_the_next_attempt) {
  Stage stage;
  const auto id = stage.subscribe("hook");
  stage.script.answer_with([](const Attempt& a) {
    auto outcome = answers(a.earlier_attempts == 0 ? 429 : 200);
    outcome.retry_after = 45s;
    return outcome;
  });
  stage.publish(id, 1);
  stage.advance(2min);
  EXPECT_THAT(times_of(stage.script.attempts(), kNoon), ElementsAre(Duration(0s), Duration(45s)));
}

// Batches.

TEST(Dispatcher, batches_never_hold_more_than_the_maximum) {
  Stage stage;
  const auto id = stage.subscribe("hook", [](auto& s) { webhook_of(s).max_events_per_batch = 4; });
  stage.publish(id, 10);
  ASSERT_TRUE(stage.calm());
  std::size_t events = 0;
  for (const auto& attempt : stage.script.attempts()) {
    EXPECT_LE(attempt.ids.size(), 4u);
    events += attempt.ids.size();
  }
  EXPECT_EQ(events, 10u);
  EXPECT_LE(stage.script.count(), 4u);
}

TEST(Dispatcher, a_batch_shares_one_fate) {
  Stage stage;
  const auto id = stage.subscribe("hook", [](auto& s) {
    webhook_of(s).max_events_per_batch = 10;
    s.retry.max_delivery_attempts = 2;
    with_dead_letters(s);
  });
  stage.script.answer_with([](const Attempt&) { return answers(500); });
  stage.publish(id, 5);
  stage.advance(10s);
  const auto attempts = stage.script.attempts();
  ASSERT_THAT(attempts, SizeIs(2));
  EXPECT_EQ(attempts[0].ids, attempts[1].ids);
  EXPECT_THAT(attempts[0].ids, SizeIs(5));
  EXPECT_THAT(stage.letters.letters(), SizeIs(5));
}

TEST(Dispatcher, fresh_events_do_not_join_retried_ones) {
  Stage stage;
  const auto id = stage.subscribe("hook", [](auto& s) { webhook_of(s).max_events_per_batch = 10; });
  stage.script.answer_with(
      [](const Attempt& a) { return answers(a.earlier_attempts == 0 ? 500 : 200); });
  stage.publish(id, 2, "old");
  ASSERT_TRUE(stage.calm());
  stage.clock.advance_to(kNoon + 10s);
  stage.publish(id, 2, "new");
  stage.advance(1min);
  for (const auto& attempt : stage.script.attempts()) {
    std::set<char> kinds;
    for (const auto& event_id : attempt.ids) kinds.insert(event_id[0]);
    EXPECT_THAT(kinds, SizeIs(1));
  }
}

// Dead letters.

TEST(Dispatcher, an_unavailable_destination_is_asked_every_minute) {
  Stage stage;
  const auto id = stage.subscribe("hook", with_dead_letters);
  stage.script.answer_with([](const Attempt&) { return answers(400); });
  stage.letters.fail(true);
  stage.publish(id, 1);
  stage.advance(30min);
  EXPECT_EQ(stage.letters.tries(), 31u);
  EXPECT_EQ(stage.pending(id), 1u);
  stage.letters.fail(false);
  stage.advance(1min);
  EXPECT_THAT(stage.letters.letters(), SizeIs(1));
  EXPECT_EQ(stage.script.count(), 1u);
  EXPECT_EQ(stage.pending(id), 0u);
  EXPECT_EQ(events_with(stage.reports(), Verdict::DeadLettered), 1u);
  EXPECT_EQ(stage.reports().back().reason, DeadLetterReason::UndeliverableDueToHttpStatus);
}

TEST(Dispatcher, a_destination_that_stays_away_costs_the_event_and_is_counted) {
  Stage stage;
  const auto id = stage.subscribe("hook", with_dead_letters);
  stage.script.answer_with([](const Attempt&) { return answers(400); });
  stage.letters.fail(true);
  stage.publish(id, 1);
  stage.advance(4h - 1min);
  EXPECT_EQ(stage.pending(id), 1u);
  EXPECT_EQ(events_with(stage.reports(), Verdict::Dropped), 0u);
  stage.advance(1min);
  EXPECT_EQ(stage.pending(id), 0u);
  EXPECT_EQ(stage.reports().back().verdict, Verdict::Dropped);
  EXPECT_EQ(stage.reports().back().reason, DeadLetterReason::DeadLetterDestinationUnavailable);
}

TEST(Dispatcher, the_dead_letter_may_wait_some_minutes) {
  auto options = Stage::no_jitter();
  options.dispatcher.rules.dead_letter_delay = 5min;
  Stage stage(options);
  const auto id = stage.subscribe("hook", [](auto& s) {
    s.retry.max_delivery_attempts = 1;
    with_dead_letters(s);
  });
  stage.script.answer_with(
      [](const Attempt& a) { return answers(a.ids[0] == "final0" ? 400 : 500); });
  stage.publish(id, 1, "tired");
  stage.publish(id, 1, "final");
  ASSERT_TRUE(stage.calm());
  EXPECT_THAT(stage.letters.letters(), SizeIs(1));
  stage.advance(5min);
  EXPECT_THAT(stage.letters.letters(), SizeIs(2));
  EXPECT_EQ(stage.script.count(), 2u);
}

/// Writes for real, then never returns, as if the process had died in between.
class LettersThenNothing final : public DeadLetterStore {
 public:
  explicit LettersThenNothing(std::unique_ptr<DeadLetterStore> inner) : inner_(std::move(inner)) {}
  base::Async<base::Result<void>> write(std::vector<DeadLetter> letters) override {
    const auto executor = co_await asio::this_coro::executor;
    const auto written = co_await inner_->write(std::move(letters));
    ++writes;
    Timer never(executor, Timer::time_point::max());
    never_ = &never;
    co_await never.async_wait(base::as_result);
    co_return written;
  }
  void release(base::Executor executor) {
    base::run_on(executor, [this] { never_->cancel(); });
  }
  std::atomic<int> writes{0};

 private:
  using Timer =
      asio::basic_waitable_timer<std::chrono::steady_clock,
                                 asio::wait_traits<std::chrono::steady_clock>, base::Executor>;
  std::unique_ptr<DeadLetterStore> inner_;
  Timer* never_ = nullptr;
};

std::size_t files_below(const std::filesystem::path& folder) {
  std::size_t files = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
    files += entry.is_regular_file() ? 1 : 0;
  }
  return files;
}

TEST(Dispatcher, a_crash_between_the_dead_letter_and_its_mark_leaves_one_file) {
  namespace fs = std::filesystem;
  const auto folder = fs::temp_directory_path() / ("fanfare-" + base::uuid4(base::system_random()));
  base::IoThreads worker(1);
  auto options = Stage::no_jitter();
  options.folder = folder / "log";
  {
    LettersThenNothing letters(open_folder_store(folder / "dead", worker.executor(0)));
    options.letters = &letters;
    Stage stage(options);
    const auto id = stage.subscribe("hook", with_dead_letters);
    stage.script.answer_with([](const Attempt&) { return answers(400); });
    stage.publish(id, 1);
    ASSERT_TRUE(stage.wait_until([&] { return letters.writes == 1; }));
    stage.stop_dispatcher({});
    letters.release(stage.threads.executor(0));
  }
  EXPECT_EQ(files_below(folder / "dead"), 1u);
  {
    const auto letters = open_folder_store(folder / "dead", worker.executor(0));
    options.letters = letters.get();
    options.dispatch = false;
    options.start = kNoon + 2h;  // in another hour, where the path would be another
    Stage stage(options);
    stage.script.answer_with([](const Attempt&) { return answers(400); });
    stage.make_dispatcher();
    ASSERT_TRUE(stage.calm());
    EXPECT_EQ(stage.script.count(), 1u);
    EXPECT_EQ(events_with(stage.reports(), Verdict::DeadLettered), 1u);
  }
  EXPECT_EQ(files_below(folder / "dead"), 1u);
  worker.stop();
  fs::remove_all(folder);
}

// Probation.

TEST(Dispatcher, ten_failures_in_a_row_hold_back_everything) {
  Stage stage;
  const auto id = stage.subscribe("hook");
  stage.script.answer_with([](const Attempt&) { return fails(OutcomeKind::NotFound); });
  stage.publish(id, 30);
  ASSERT_TRUE(stage.calm());
  const auto tried = stage.script.count();
  EXPECT_GE(tried, 10u);
  EXPECT_LE(tried, 14u);  // what was in flight when the tenth came back
  stage.publish(id, 5, "fresh");
  stage.advance(5min - 1s);
  EXPECT_EQ(stage.script.count(), tried);
  stage.advance(1s);
  EXPECT_EQ(stage.script.count(), tried + 1);  // the probe
  EXPECT_EQ(stage.pending(id), 35u);
}

TEST(Dispatcher, the_first_success_ends_probation_for_all) {
  Stage stage;
  const auto id = stage.subscribe("hook");
  std::atomic<bool> well = false;
  stage.script.answer_with([&well](const Attempt&) { return well ? answers(200) : answers(503); });
  stage.publish(id, 50);
  ASSERT_TRUE(stage.calm());
  well = true;
  stage.advance(10s);
  const auto delivered = events_with(stage.reports(), Verdict::Done);
  EXPECT_GE(delivered, 36u);  // all but those whose own retry is due later
  stage.advance(1min);
  EXPECT_EQ(events_with(stage.reports(), Verdict::Done), 50u);
  EXPECT_EQ(stage.pending(id), 0u);
}

TEST(Dispatcher, after_a_recovery_it_begins_gently) {
  Stage stage;
  const auto id = stage.subscribe("hook");
  stage.script.answer_with([](const Attempt&) { return answers(503); });
  stage.publish(id, 500);
  ASSERT_TRUE(stage.calm());
  stage.script.answer_with({});
  stage.script.hang("hook");
  stage.clock.advance_to(kNoon + 10s);
  ASSERT_TRUE(stage.wait_until([&] { return stage.script.in_flight("hook") == 1; }));
  stage.script.release();
  stage.advance(5s);
  EXPECT_GT(events_with(stage.reports(), Verdict::Done), 400u);
  EXPECT_LE(stage.script.most_in_flight("hook"), 8u);  // twice the usual four
}

TEST(Dispatcher, what_expires_while_held_back_has_the_outcome_probation) {
  Stage stage;
  const auto id = stage.subscribe("hook", [](auto& s) {
    s.retry.event_time_to_live_in_minutes = 1;
    with_dead_letters(s);
  });
  stage.script.answer_with([](const Attempt&) { return fails(OutcomeKind::NotFound); });
  stage.publish(id, 30);
  stage.advance(5min);
  const auto letters = stage.letters.letters();
  ASSERT_THAT(letters, SizeIs(30));
  std::size_t untried = 0;
  for (const auto& letter : letters) {
    const auto never = letter.content.find("\"deliveryAttempts\":0") != std::string::npos;
    const auto expected =
        never ? "\"lastDeliveryOutcome\":\"Probation\"" : "\"lastDeliveryOutcome\":\"NotFound\"";
    EXPECT_THAT(letter.content, testing::HasSubstr(expected));
    untried += never ? 1 : 0;
  }
  EXPECT_GE(untried, 16u);
}

TEST(Dispatcher, one_bad_event_does_not_put_the_endpoint_on_probation) {
  Stage stage;
  const auto id = stage.subscribe("hook");
  stage.script.answer_with([](const Attempt&) { return answers(400); });
  stage.publish(id, 100);
  ASSERT_TRUE(stage.calm());
  EXPECT_EQ(stage.script.count(), 100u);
}

// Rates.

TEST(Dispatcher, keeps_to_the_allowed_rate) {
  Stage stage;
  const auto id = stage.subscribe("hook", [](auto& s) { s.allowed_rate_per_minute = 30; });
  stage.publish(id, 100);
  stage.advance(5min);
  const auto times = times_of(stage.script.attempts(), kNoon);
  ASSERT_EQ(times.size(), 100u);
  for (std::size_t i = 0; i + 30 < times.size(); ++i)
    EXPECT_GE(times[i + 30] - times[i], Duration(1min));
  EXPECT_LE(times.back(), Duration(4min));
  EXPECT_EQ(stage.pending(id), 0u);
}

TEST(Dispatcher, a_new_rate_counts_from_the_next_request) {
  Stage stage;
  const auto id = stage.subscribe("hook", [](auto& s) { s.allowed_rate_per_minute = 1; });
  stage.publish(id, 10);
  ASSERT_TRUE(stage.calm());
  EXPECT_EQ(stage.script.count(), 1u);
  stage.update(id, [](auto& s) { s.allowed_rate_per_minute.reset(); });
  ASSERT_TRUE(stage.calm());
  EXPECT_EQ(stage.script.count(), 10u);
}

// Concurrency and isolation.

TEST(Dispatcher, concurrency_grows_while_work_waits) {
  Stage stage;
  const auto id = stage.subscribe("hook");
  stage.publish(id, 2000);
  ASSERT_TRUE(stage.calm());
  EXPECT_EQ(stage.script.count(), 2000u);
  EXPECT_GT(stage.script.most_in_flight("hook"), 32u);
  EXPECT_LE(stage.script.most_in_flight("hook"), 64u);
}

TEST(Dispatcher, a_hanging_endpoint_holds_few_requests) {
  Stage stage;
  const auto id = stage.subscribe("hook");
  stage.script.hang("hook");
  stage.publish(id, 1000);
  ASSERT_TRUE(stage.wait_until([&] { return stage.script.in_flight("hook") == 4; }));
  stage.publish(id, 1000, "more");
  ASSERT_TRUE(stage.wait_until([&] { return stage.pending(id) == 2000; }));
  EXPECT_EQ(stage.script.in_flight("hook"), 4u);
}

TEST(Dispatcher, timeouts_bring_the_concurrency_down) {
  auto options = Stage::no_jitter();
  options.dispatcher.probation_after_failures = 0;
  Stage stage(options);
  const auto id = stage.subscribe("hook");
  stage.publish(id, 2000);
  ASSERT_TRUE(stage.calm());
  stage.script.answer_with([](const Attempt&) { return fails(OutcomeKind::TimedOut); });
  stage.publish(id, 200, "late");
  ASSERT_TRUE(stage.calm());
  stage.script.hang("hook");
  stage.publish(id, 200, "later");
  ASSERT_TRUE(stage.wait_until([&] { return stage.script.in_flight("hook") > 0; }));
  for (int i = 0; i < 10; ++i) base::run_on(stage.threads.executor(0), [] {});
  EXPECT_LE(stage.script.in_flight("hook"), 4u);
}

TEST(Dispatcher, a_hanging_endpoint_costs_its_neighbours_nothing) {
  Stage stage;
  const auto bad = stage.subscribe("bad");
  const auto good = stage.subscribe("good");
  stage.script.hang("bad");
  stage.publish(bad, 5000);
  ASSERT_TRUE(stage.wait_until([&] { return stage.script.in_flight("bad") == 4; }));
  for (int round = 0; round < 10; ++round) stage.publish(good, 500, "r" + std::to_string(round));
  ASSERT_TRUE(stage.wait_until([&] { return stage.pending(good) == 0; }));
  EXPECT_EQ(stage.script.attempts_of("good").size(), 5000u);
  EXPECT_EQ(stage.script.attempts_of("bad").size(), 4u);
}

// Changes of the subscription.

TEST(Dispatcher, a_changed_subscription_counts_from_the_next_attempt) {
  Stage stage;
  const auto id = stage.subscribe("hook");
  stage.script.answer_with(
      [](const Attempt& a) { return answers(a.earlier_attempts == 0 ? 500 : 200); });
  stage.script.hang("hook");
  stage.publish(id, 1);
  ASSERT_TRUE(stage.wait_until([&] { return stage.script.in_flight("hook") == 1; }));
  stage.update(id, [](auto& s) { webhook_of(s).endpoint_url = "https://new.example.com/"; });
  stage.script.release();
  stage.advance(10s);
  const auto attempts = stage.script.attempts();
  ASSERT_THAT(attempts, SizeIs(2));
  EXPECT_EQ(attempts[0].url, "https://hook.example.com/");
  EXPECT_EQ(attempts[1].url, "https://new.example.com/");
}

TEST(Dispatcher, a_new_endpoint_does_not_pay_for_the_old_one) {
  Stage stage;
  const auto id = stage.subscribe("hook");
  stage.script.answer_with([](const Attempt& a) {
    return a.url == "https://new.example.com/" ? answers(200) : fails(OutcomeKind::NotFound);
  });
  stage.publish(id, 100);
  ASSERT_TRUE(stage.calm());
  const auto tried = stage.script.count();
  ASSERT_LT(tried, 20u);
  stage.update(id, [](auto& s) { webhook_of(s).endpoint_url = "https://new.example.com/"; });
  ASSERT_TRUE(stage.calm());
  EXPECT_EQ(events_with(stage.reports(), Verdict::Done), 100 - tried);
}

TEST(Dispatcher, a_deleted_subscription_is_sent_nothing_more) {
  Stage stage;
  const auto id = stage.subscribe("hook", with_dead_letters);
  stage.script.answer_with([](const Attempt&) { return answers(400); });
  stage.script.hang("hook");
  stage.publish(id, 100);
  ASSERT_TRUE(stage.wait_until([&] { return stage.script.in_flight("hook") == 4; }));
  stage.remove(id);
  stage.script.release();
  stage.advance(1h);
  EXPECT_EQ(stage.script.count(), 4u);
  EXPECT_THAT(stage.reports(), IsEmpty());
  EXPECT_THAT(stage.letters.letters(), IsEmpty());
}

TEST(Dispatcher, an_inactive_subscription_waits_and_goes_on) {
  Stage stage;
  const auto id = stage.subscribe("hook");
  stage.script.hang("hook");
  stage.publish(id, 10);
  ASSERT_TRUE(stage.wait_until([&] { return stage.script.in_flight("hook") == 4; }));
  stage.update(id, [](auto& s) { s.state = grid::ProvisioningState::AwaitingManualAction; });
  stage.script.release();
  ASSERT_TRUE(stage.calm());
  EXPECT_EQ(events_with(stage.reports(), Verdict::Done), 4u);  // what was in flight counts
  EXPECT_TRUE(stage.wait_until([&] { return stage.pending(id) == 6; }));
  stage.update(id, [](auto& s) { s.state = grid::ProvisioningState::Succeeded; });
  ASSERT_TRUE(stage.calm());
  EXPECT_EQ(stage.script.count(), 10u);
  EXPECT_EQ(stage.pending(id), 0u);
}

TEST(Dispatcher, a_policy_that_became_stricter_holds_for_what_waits) {
  Stage stage;
  const auto id = stage.subscribe("hook");
  stage.script.answer_with([](const Attempt&) { return answers(500); });
  stage.publish(id, 1);
  ASSERT_TRUE(stage.calm());
  stage.update(id, [](auto& s) { s.retry.max_delivery_attempts = 2; });
  stage.advance(1h);
  EXPECT_EQ(stage.script.count(), 2u);
  EXPECT_EQ(stage.reports().back().reason, DeadLetterReason::MaxDeliveryAttemptsExceeded);
}

// Stopping.

TEST(Dispatcher, stopping_waits_for_what_is_in_flight) {
  Stage stage;
  const auto id = stage.subscribe("hook");
  stage.publish(id, 500);
  stage.stop_dispatcher(10s);
  const auto delivered = stage.script.count();
  EXPECT_EQ(events_with(stage.reports(), Verdict::Done), delivered);
  EXPECT_EQ(stage.script.in_flight("hook"), 0u);
  ASSERT_TRUE(stage.wait_until([&] { return stage.pending(id) == 500 - delivered; }));
}

TEST(Dispatcher, stopping_gives_back_what_did_not_end_in_time) {
  Stage stage;
  const auto id = stage.subscribe("hook");
  stage.script.hang("hook");
  stage.publish(id, 10);
  ASSERT_TRUE(stage.wait_until([&] { return stage.script.in_flight("hook") == 4; }));
  stage.stop_dispatcher({});
  EXPECT_EQ(stage.queue->stats(id).leased, 0u);
  EXPECT_EQ(stage.pending(id), 10u);
  stage.script.release();  // the old requests end now, and nobody listens
  ASSERT_TRUE(stage.wait_until([&] { return stage.script.in_flight("hook") == 0; }));
  EXPECT_THAT(stage.reports(), IsEmpty());
  stage.make_dispatcher();
  ASSERT_TRUE(stage.calm());
  EXPECT_EQ(stage.script.count(), 14u);
  EXPECT_EQ(stage.pending(id), 0u);
}

TEST(Dispatcher, a_cancelled_request_was_no_attempt) {
  Stage stage;
  const auto id = stage.subscribe("hook");
  std::atomic<int> requests = 0;
  stage.script.answer_with([&requests](const Attempt&) {
    return ++requests == 1 ? fails(OutcomeKind::Canceled) : answers(200);
  });
  stage.publish(id, 1);
  ASSERT_TRUE(stage.calm());
  const auto attempts = stage.script.attempts();
  ASSERT_THAT(attempts, SizeIs(2));
  EXPECT_EQ(attempts[1].earlier_attempts, 0u);
}

TEST(Dispatcher, many_threads_share_the_work_without_sharing_a_lane) {
  auto options = Stage::no_jitter();
  options.threads = 3;
  Stage stage(options);
  std::vector<queue::SubscriptionId> ids;
  for (int i = 0; i < 9; ++i) ids.push_back(stage.subscribe("hook" + std::to_string(i)));
  stage.script.answer_with([](const Attempt& a) {
    return answers(a.ids[0].ends_with('7') && a.earlier_attempts == 0 ? 500 : 200);
  });
  for (int round = 0; round < 5; ++round) {
    for (const auto id : ids) stage.publish(id, 50, "r" + std::to_string(round) + "-");
  }
  ASSERT_TRUE(stage.calm());
  stage.advance(1min);
  EXPECT_EQ(events_with(stage.reports(), Verdict::Done), 9u * 5 * 50);
  for (const auto id : ids) EXPECT_EQ(stage.pending(id), 0u);
}

}  // namespace
}  // namespace fanfare::delivery
