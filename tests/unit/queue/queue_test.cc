#include <gmock/gmock.h>

#include "unit/queue/queue_fixture.h"

namespace fanfare::queue::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class QueueTest : public QueueFixture {
 protected:
  void SetUp() override { ASSERT_TRUE(open()); }
};

TEST_F(QueueTest, a_committed_event_is_leased_by_each_subscription_it_matched) {
  const auto position = publish({"a", "b"}, {sub(1), sub(2)});
  for (const auto id : {sub(1), sub(2)}) {
    const auto tasks = lease(id);
    ASSERT_THAT(ids_of(tasks), ElementsAre("a", "b"));
    EXPECT_EQ(tasks[1].key, (TaskKey{id, position, 1}));
    EXPECT_EQ(tasks[0].topic, TopicId{7});
    EXPECT_EQ(tasks[0].published, kStart);
    EXPECT_EQ(tasks[0].event.data, "{\"n\":1}");
    EXPECT_EQ(tasks[0].state.attempts, 0u);
  }
}

TEST_F(QueueTest, events_without_a_match_are_owed_to_nobody_and_stay_in_the_history) {
  publish({"a"}, {});
  int seen = 0;
  ASSERT_TRUE(queue_->history(
      1,
      [&](const HistoryEvent& e) {
        EXPECT_THAT(e.subscriptions, IsEmpty());
        EXPECT_EQ(e.event.id, "\"a\"");
        return ++seen > 0;
      },
      nullptr));
  EXPECT_EQ(seen, 1);
  EXPECT_THAT(queue_->all_stats(), IsEmpty());
}

TEST_F(QueueTest, state_is_in_the_view_before_the_listener_hears_of_it_and_the_receipt_comes) {
  Commit commit;
  commit.state.put("key", "value");
  commit.state.erase("gone");
  const auto position = try_commit(std::move(commit));
  ASSERT_TRUE(position);
  EXPECT_THAT(heard_, ElementsAre(std::pair(*position, "key"), std::pair(*position, "gone")));
  EXPECT_EQ(records_->get("key")->value(), "value");
}

TEST_F(QueueTest, a_refused_commit_leaves_nothing) {
  log_->fail_appends = true;
  EXPECT_FALSE(try_commit(events({"a"}, {sub(1)})));
  EXPECT_EQ(pending(sub(1)), 0u);
}

TEST_F(QueueTest, an_event_that_is_delivered_at_once_costs_no_write_to_the_view) {
  publish({"a", "b", "c"}, {sub(1)});
  settle(lease(sub(1)), Verdict::Done);
  EXPECT_EQ(pending(sub(1)), 0u);
  EXPECT_EQ(records_->writes, 0u);
}

TEST_F(QueueTest, lease_keeps_to_its_limits_and_to_the_order_of_commit) {
  publish({"a", "b", "c"}, {sub(1)});
  publish({"d"}, {sub(1)});
  EXPECT_THAT(ids_of(lease(sub(1), 2)), ElementsAre("a", "b"));
  EXPECT_THAT(ids_of(queue_->lease(sub(1), 10, 1)), ElementsAre("c"));
  EXPECT_THAT(ids_of(lease(sub(1))), ElementsAre("d"));
  EXPECT_THAT(lease(sub(1)), IsEmpty());
}

TEST_F(QueueTest, a_retried_task_comes_back_when_it_is_due_with_what_is_known_of_its_attempts) {
  attach(sub(1));
  publish({"a"}, {sub(1)});
  auto end = settlement(lease(sub(1)), Verdict::Retry, kStart + base::seconds(10));
  end.state.last_outcome = OutcomeKind::Busy;
  end.state.last_status = 503;
  end.state.first_attempt = kStart;
  queue_->settle(end);
  EXPECT_EQ(queue_->next_due(), kStart + base::seconds(10));
  ASSERT_TRUE(eventually([&] { return queue_->quiet(); }));
  clock_.advance_to(kStart + base::seconds(9));
  ASSERT_TRUE(eventually([&] { return queue_->quiet(); }));
  EXPECT_THAT(lease(sub(1)), IsEmpty());
  clock_.advance_to(kStart + base::seconds(10));
  const auto tasks = lease_all(sub(1), 1);
  EXPECT_THAT(ids_of(tasks), ElementsAre("a"));
  EXPECT_EQ(tasks[0].state.attempts, 1u);
  EXPECT_EQ(tasks[0].state.last_status, 503);
  EXPECT_EQ(tasks[0].state.last_outcome, OutcomeKind::Busy);
  EXPECT_EQ(tasks[0].state.first_attempt, kStart);
  EXPECT_EQ(tasks[0].published, kStart);
}

TEST_F(QueueTest, retries_come_in_the_order_of_their_due_times) {
  attach(sub(1));
  publish({"a", "b", "c"}, {sub(1)});
  const auto tasks = lease(sub(1));
  settle({tasks[0]}, Verdict::Retry, kStart + base::seconds(30));
  settle({tasks[1]}, Verdict::Retry, kStart + base::seconds(10));
  settle({tasks[2]}, Verdict::DeadLetterLater, kStart + base::seconds(20));
  clock_.advance_to(kStart + base::minutes(1));
  EXPECT_THAT(ids_of(lease_all(sub(1), 3)), ElementsAre("b", "c", "a"));
}

TEST_F(QueueTest, a_due_time_that_has_passed_already_means_at_once) {
  attach(sub(1));
  publish({"a"}, {sub(1)});
  for (std::uint32_t attempt = 0; attempt < 3; ++attempt) {
    const auto tasks = lease_all(sub(1), 1);
    ASSERT_EQ(tasks[0].state.attempts, attempt);
    settle(tasks, Verdict::DeadLetterLater, kStart);
    clock_.advance_to(clock_.now() + base::Duration(1));
  }
  settle(lease_all(sub(1), 1), Verdict::DeadLettered);
  EXPECT_EQ(pending(sub(1)), 0u);
}

TEST_F(QueueTest, tasks_of_one_record_that_wait_for_the_same_moment_stay_apart) {
  attach(sub(1));
  publish({"a", "b", "c", "d"}, {sub(1)});
  const auto due = kStart + base::seconds(10);
  settle(lease(sub(1)), Verdict::Retry, due);
  clock_.advance_to(due);
  const auto tasks = lease_all(sub(1), 4);
  settle({tasks[0]}, Verdict::Retry, due);
  clock_.advance_to(due + base::Duration(1));
  EXPECT_EQ(lease_all(sub(1), 1)[0].state.attempts, 2u);
  settle({tasks[1], tasks[2]}, Verdict::Done);
  ASSERT_TRUE(queue_->checkpoint());
  crash();
  attach(sub(1));
  EXPECT_THAT(ids_of(lease_all(sub(1), 2)), ::testing::UnorderedElementsAre("a", "d"));
  EXPECT_EQ(pending(sub(1)), 2u);
}

TEST_F(QueueTest, a_settled_task_is_not_leased_again_while_its_mark_is_on_the_way) {
  publish({"a"}, {sub(1)});
  log_->hold_relaxed = true;
  const auto tasks = lease(sub(1));
  settle(tasks, Verdict::Done);
  EXPECT_THAT(lease(sub(1)), IsEmpty());
  queue_->give_back(tasks, {});
  settle(tasks, Verdict::Done);
  EXPECT_THAT(lease(sub(1)), IsEmpty());
  EXPECT_EQ(pending(sub(1)), 1u);
  log_->release_held();
  EXPECT_EQ(pending(sub(1)), 0u);
}

TEST_F(QueueTest, a_mark_that_the_log_did_not_take_is_written_when_it_takes_them_again) {
  publish({"a", "b", "c"}, {sub(1)});
  attach(sub(1));
  const auto tasks = lease(sub(1));
  log_->refuse_relaxed = true;
  settle({tasks[0]}, Verdict::Done);
  settle({tasks[1]}, Verdict::Retry, kStart + base::seconds(30));
  EXPECT_EQ(pending(sub(1)), 3u);
  EXPECT_FALSE(queue_->quiet());
  log_->refuse_relaxed = false;
  EXPECT_TRUE(eventually([&] {  // by itself, a second later
    clock_.advance_to(clock_.now() + base::seconds(1));
    return pending(sub(1)) == 2;
  }));

  log_->refuse_relaxed = true;
  settle({tasks[2]}, Verdict::Done);
  log_->refuse_relaxed = false;
  clock_.advance_to(kStart + base::hours(1));
  settle(lease_all(sub(1), 1), Verdict::Done);  // or with the next one
  EXPECT_TRUE(eventually([&] { return pending(sub(1)) == 0; }));
}

TEST_F(QueueTest, settling_a_task_twice_or_one_that_is_not_leased_changes_nothing) {
  publish({"a", "b"}, {sub(1)});
  const auto tasks = lease(sub(1));
  settle(tasks, Verdict::Done);
  settle(tasks, Verdict::Retry, kStart + base::seconds(1));
  queue_->give_back(tasks, {});
  EXPECT_EQ(pending(sub(1)), 0u);
  publish({"c"}, {sub(1)});
  auto next = lease(sub(1));
  queue_->give_back(next, {});
  settle(next, Verdict::Done);
  EXPECT_THAT(ids_of(lease(sub(1))), ElementsAre("c"));
}

TEST_F(QueueTest, what_is_given_back_is_first_in_line_again) {
  publish({"a", "b"}, {sub(1)});
  publish({"c"}, {sub(1)});
  queue_->give_back(lease(sub(1), 2), {});
  EXPECT_THAT(ids_of(lease(sub(1))), ElementsAre("a", "b", "c"));
}

TEST_F(QueueTest, what_is_given_back_until_later_waits_in_the_table_untried) {
  attach(sub(1));
  publish({"a", "b"}, {sub(1)});
  queue_->give_back(lease(sub(1)), kStart + base::minutes(5));
  ASSERT_TRUE(eventually([&] { return queue_->quiet(); }));
  EXPECT_EQ(queue_->next_due(), kStart + base::minutes(5));
  EXPECT_EQ(queue_->stats(sub(1)).leased, 0u);
  crash(kKeepAll);
  attach(sub(1));
  clock_.advance_to(kStart + base::minutes(5));
  const auto tasks = lease_all(sub(1), 2);
  EXPECT_EQ(tasks[0].state.attempts, 0u);
  int settlements = 0;
  ASSERT_TRUE(
      queue_->history(1, nullptr, [&](const HistorySettlement&) { return ++settlements > 0; }));
  EXPECT_EQ(settlements, 0);
}

TEST_F(QueueTest, a_reader_that_goes_leaves_its_leased_tasks_to_the_next) {
  attach(sub(1));
  publish({"a", "b"}, {sub(1)});
  const auto old_tasks = lease(sub(1), 1);
  queue_->detach(sub(1));
  attach(sub(1));
  const auto tasks = lease(sub(1));
  EXPECT_THAT(ids_of(tasks), ElementsAre("a", "b"));
  settle(tasks, Verdict::Done);
  settle(old_tasks, Verdict::Retry, kStart);
  EXPECT_EQ(pending(sub(1)), 0u);
}

TEST_F(QueueTest, ready_is_called_once_between_two_leases) {
  attach(sub(1));
  publish({"a"}, {sub(1)});
  publish({"b"}, {sub(1)});
  EXPECT_EQ(ready_calls(sub(1)), 1);
  EXPECT_THAT(lease(sub(1)), SizeIs(2));
  EXPECT_EQ(ready_calls(sub(1)), 1);
  publish({"c"}, {sub(1)});
  EXPECT_EQ(ready_calls(sub(1)), 2);
}

TEST_F(QueueTest, ready_is_called_again_when_the_bytes_ended_a_lease) {
  attach(sub(1));
  publish({"a", "b"}, {sub(1)});
  EXPECT_THAT(queue_->lease(sub(1), 10, 1), SizeIs(1));
  EXPECT_EQ(ready_calls(sub(1)), 2);
}

TEST_F(QueueTest, a_late_reader_is_told_of_what_waits_and_a_gone_one_of_nothing) {
  publish({"a"}, {sub(1)});
  attach(sub(1));
  EXPECT_EQ(ready_calls(sub(1)), 1);
  queue_->detach(sub(1));
  publish({"b"}, {sub(1)});
  EXPECT_EQ(ready_calls(sub(1)), 1);
}

TEST_F(QueueTest, a_closed_lane_owes_nothing_and_takes_nothing_any_more) {
  attach(sub(1));
  publish({"a", "b"}, {sub(1), sub(2)});
  const auto tasks = lease(sub(1), 1);
  settle(tasks, Verdict::Retry, kStart + base::hours(1));
  const auto second = lease(sub(1), 1);
  Commit close;
  close.closed_lanes = {sub(1)};
  ASSERT_TRUE(try_commit(std::move(close)));
  EXPECT_EQ(queue_->dropped_by_close(), 2u);
  settle(second, Verdict::Retry, kStart);
  publish({"c"}, {sub(1), sub(2)});
  attach(sub(1));
  EXPECT_EQ(pending(sub(1)), 0u);
  EXPECT_EQ(pending(sub(2)), 3u);
  EXPECT_THAT(lease(sub(1)), IsEmpty());
  for (const auto kept : {std::size_t{0}, kKeepAll}) {
    crash(kept);
    EXPECT_EQ(pending(sub(1)), 0u);
    EXPECT_EQ(pending(sub(2)), 3u);
    EXPECT_EQ(queue_->stats(sub(1)).next_due, base::TimePoint::max());
  }
}

TEST_F(QueueTest, stats_tell_what_is_owed_how_much_is_out_and_how_old_it_is) {
  publish({"a"}, {sub(1)});
  clock_.advance_to(kStart + base::seconds(5));
  publish({"b", "c"}, {sub(1)});
  const auto tasks = lease(sub(1), 2);
  auto stats = queue_->stats(sub(1));
  EXPECT_EQ(stats.pending, 3u);
  EXPECT_EQ(stats.leased, 2u);
  EXPECT_LE(stats.oldest_published, kStart);
  EXPECT_EQ(stats.next_due, base::TimePoint::max());
  settle(tasks, Verdict::Done);
  settle(lease(sub(1)), Verdict::Dropped);
  stats = queue_->stats(sub(1));
  EXPECT_EQ(stats.pending, 0u);
  EXPECT_EQ(stats.leased, 0u);
  EXPECT_EQ(stats.oldest_published, base::TimePoint{});
}

TEST_F(QueueTest, history_tells_events_and_every_attempt) {
  attach(sub(1));
  const auto position = publish({"a", "b"}, {sub(1)});
  auto tasks = lease(sub(1));
  auto failed = settlement(tasks, Verdict::Retry, kStart + base::seconds(10));
  failed.latency = base::milliseconds(12);
  failed.state.last_status = 500;
  queue_->settle(failed);
  clock_.advance_to(kStart + base::seconds(10));
  settle(lease_all(sub(1), 2), Verdict::Done);
  std::vector<HistorySettlement> attempts;
  std::vector<std::string> ids;
  ASSERT_TRUE(queue_->history(
      1,
      [&](const HistoryEvent& e) {
        ids.emplace_back(e.event.id);
        return true;
      },
      [&](const HistorySettlement& s) {
        attempts.push_back(s);
        return true;
      }));
  EXPECT_THAT(ids, ElementsAre("\"a\"", "\"b\""));
  ASSERT_THAT(attempts, SizeIs(2));
  EXPECT_EQ(attempts[0].settlement.verdict, Verdict::Retry);
  EXPECT_EQ(attempts[0].settlement.state.last_status, 500);
  EXPECT_EQ(attempts[0].settlement.latency, base::milliseconds(12));
  EXPECT_THAT(attempts[0].settlement.tasks,
              ElementsAre(TaskKey{sub(1), position, 0}, TaskKey{sub(1), position, 1}));
  EXPECT_EQ(attempts[1].at, kStart + base::seconds(10));
}

TEST_F(QueueTest, a_tap_hears_of_commits_and_marks_until_it_is_taken_away) {
  std::vector<log::Position> heard;
  queue_->set_tap([&](log::Position position, const log::Payload&) { heard.push_back(position); });
  publish({"a"}, {sub(1)});
  settle(lease(sub(1)), Verdict::Done);
  queue_->set_tap(nullptr);
  publish({"b"}, {sub(1)});
  EXPECT_THAT(heard, ElementsAre(1, 2));
}

TEST_F(QueueTest, it_is_quiet_only_when_nothing_but_the_clock_can_move_it) {
  EXPECT_TRUE(queue_->quiet());
  publish({"a"}, {sub(1)});
  EXPECT_TRUE(queue_->quiet()) << "nobody reads the lane";
  attach(sub(1));
  EXPECT_FALSE(queue_->quiet()) << "a task is ready";
  const auto tasks = lease(sub(1));
  EXPECT_FALSE(queue_->quiet()) << "a task is leased";
  log_->hold_relaxed = true;
  settle(tasks, Verdict::Retry, kStart + base::seconds(10));
  EXPECT_FALSE(queue_->quiet()) << "a mark is on the way";
  log_->release_held();
  EXPECT_TRUE(eventually([&] { return queue_->quiet(); }));
  clock_.advance_to(kStart + base::seconds(10));
  EXPECT_FALSE(queue_->quiet()) << "a task is due";
}

TEST_F(QueueTest, output_event_ids_are_uuids_that_do_not_change) {
  EXPECT_EQ(output_event_id("store", 1, 0), output_event_id("store", 1, 0));
  const auto id = output_event_id("store", 1, 0);
  EXPECT_THAT(id, ::testing::MatchesRegex(
                      "[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"));
  EXPECT_NE(id, output_event_id("store", 1, 1));
  EXPECT_NE(id, output_event_id("store", 2, 0));
  EXPECT_NE(id, output_event_id("other", 1, 0));
  EXPECT_EQ(output_event_id("fanfare", 42, 7), "83ea2d02-602c-85cc-bd4a-572adb4b3864");
}

}  // namespace
}  // namespace fanfare::queue::testing
