#include <gmock/gmock.h>

#include "unit/queue/queue_fixture.h"

namespace fanfare::queue::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::UnorderedElementsAre;

class RestartTest : public QueueFixture {
 protected:
  void SetUp() override {
    options_.history_bytes = 0;
    ASSERT_TRUE(open());
  }
  std::vector<std::string> owed(SubscriptionId id) {
    attach(id);
    return ids_of(lease_all(id, pending(id)));
  }
};

TEST_F(RestartTest, what_was_not_settled_is_owed_again_after_a_crash) {
  publish({"a", "b", "c", "d"}, {sub(1)});
  const auto tasks = lease(sub(1), 3);
  settle({tasks[0]}, Verdict::Done);
  crash();
  EXPECT_EQ(pending(sub(1)), 3u);
  EXPECT_THAT(owed(sub(1)), ElementsAre("b", "c", "d"));
}

TEST_F(RestartTest, a_crash_between_two_checkpoints_loses_and_repeats_nothing_that_is_settled) {
  attach(sub(1));
  publish({"a", "b", "c", "d"}, {sub(1)});
  settle({lease(sub(1), 1)}, Verdict::Done);
  ASSERT_TRUE(queue_->checkpoint());
  const auto tasks = lease(sub(1), 2);
  settle({tasks[0]}, Verdict::Done);
  settle({tasks[1]}, Verdict::Retry, kStart + base::seconds(10));
  for (const auto kept : {std::size_t{0}, std::size_t{1}, kKeepAll}) {
    crash(kept);
    EXPECT_EQ(pending(sub(1)), 2u);
    EXPECT_EQ(queue_->stats(sub(1)).next_due, kStart + base::seconds(10));
  }
  clock_.advance_to(kStart + base::seconds(10));
  EXPECT_THAT(owed(sub(1)), UnorderedElementsAre("c", "d"));
}

TEST_F(RestartTest, a_partly_settled_entry_is_saved_as_it_stands) {
  publish({"a", "b", "c", "d"}, {sub(1)});
  ASSERT_TRUE(queue_->checkpoint());
  const auto tasks = lease(sub(1));
  settle({tasks[0], tasks[2]}, Verdict::Done);
  ASSERT_TRUE(queue_->checkpoint());
  crash();
  EXPECT_THAT(owed(sub(1)), ElementsAre("b", "d"));
}

TEST_F(RestartTest, due_times_survive) {
  publish({"a"}, {sub(1)});
  settle(lease(sub(1)), Verdict::Retry, kStart + base::hours(1));
  restart_cleanly();
  EXPECT_EQ(queue_->stats(sub(1)).next_due, kStart + base::hours(1));
  attach(sub(1));
  EXPECT_TRUE(eventually([&] { return queue_->quiet(); }));
  EXPECT_TRUE(lease(sub(1)).empty());
  clock_.advance_to(kStart + base::hours(1));
  EXPECT_EQ(lease_all(sub(1), 1)[0].state.attempts, 1u);
}

TEST_F(RestartTest, the_order_of_commit_survives) {
  for (const char* id : {"a", "b", "c", "d", "e"}) publish({id}, {sub(1)});
  ASSERT_TRUE(queue_->checkpoint());
  publish({"f"}, {sub(1)});
  crash();
  const auto all = owed(sub(1));
  EXPECT_EQ(all.size(), 6u);
  std::vector<std::string> old_ones;
  for (const auto& id : all) {
    if (id != "f") old_ones.push_back(id);
  }
  EXPECT_THAT(old_ones, ElementsAre("a", "b", "c", "d", "e"));
}

TEST_F(RestartTest, a_row_whose_mark_came_back_from_the_log_is_counted_once) {
  attach(sub(1));
  publish({"a"}, {sub(1)});
  ASSERT_TRUE(queue_->checkpoint());
  auto due = kStart;
  for (int attempt = 0; attempt < 3; ++attempt) {
    due += base::seconds(10);
    settle(lease_all(sub(1), 1), Verdict::Retry, due);
    clock_.advance_to(due);
  }
  for (std::size_t kept = 0; kept < 5; ++kept) {
    crash(kept);
    EXPECT_EQ(pending(sub(1)), 1u) << kept;
  }
  attach(sub(1));
  settle(lease_all(sub(1), 1), Verdict::Done);
  EXPECT_EQ(pending(sub(1)), 0u);
}

TEST_F(RestartTest, listeners_hear_the_tail_again_and_read_the_rest_from_the_view) {
  Commit before;
  before.state.put("old", "1");
  ASSERT_TRUE(try_commit(std::move(before)));
  ASSERT_TRUE(queue_->checkpoint());
  Commit after;
  after.state.put("new", "2");
  const auto position = try_commit(std::move(after));
  heard_.clear();
  crash();
  EXPECT_THAT(heard_, ElementsAre(std::pair(*position, "new")));
  EXPECT_EQ(records_->get("old")->value(), "1");
  EXPECT_EQ(records_->get("new")->value(), "2");
}

TEST_F(RestartTest, a_checkpoint_trims_what_is_settled_and_keeps_the_oldest_that_is_not) {
  publish({"settled"}, {sub(1)});
  settle(lease(sub(1)), Verdict::Done);
  for (int i = 0; i < 300; ++i) publish({"x"}, {});
  const auto owed_at = publish({"owed"}, {sub(1)});
  for (int i = 0; i < 300; ++i) publish({"x"}, {});
  ASSERT_TRUE(queue_->checkpoint());
  EXPECT_GT(queue_->first_kept(), 200u);
  EXPECT_LE(queue_->first_kept(), owed_at);
  settle(lease(sub(1)), Verdict::Done);
  ASSERT_TRUE(queue_->checkpoint());
  EXPECT_GT(queue_->first_kept(), owed_at);
  restart_cleanly();
  EXPECT_EQ(pending(sub(1)), 0u);
}

TEST_F(RestartTest, history_is_kept_up_to_its_size) {
  options_.history_bytes = 10'000;
  crash();
  for (int i = 0; i < 1000; ++i) publish({"x"}, {});
  ASSERT_TRUE(queue_->checkpoint());
  std::size_t bytes = 0;
  for (const auto& [position, stored] : log_disk_->records) bytes += stored.payload->size();
  EXPECT_GE(bytes, 10'000u);
  EXPECT_LE(bytes, 12'000u);
}

TEST_F(RestartTest, a_missing_view_is_rebuilt_from_a_log_that_has_everything) {
  options_.history_bytes = 1u << 30;
  crash();
  publish({"a"}, {sub(1)});
  Commit state;
  state.state.put("key", "value");
  ASSERT_TRUE(try_commit(std::move(state)));
  ASSERT_TRUE(queue_->checkpoint());
  queue_.reset();
  view_disk_ = std::make_shared<ViewDisk>();
  ASSERT_TRUE(open());
  EXPECT_EQ(pending(sub(1)), 1u);
  EXPECT_EQ(records_->get("key")->value(), "value");
}

TEST_F(RestartTest, a_missing_view_is_refused_when_the_log_was_trimmed) {
  for (int i = 0; i < 200; ++i) publish({"x"}, {});
  ASSERT_TRUE(queue_->checkpoint());
  queue_.reset();
  view_disk_ = std::make_shared<ViewDisk>();
  const auto opened = open();
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code, base::Errc::Corrupt);
  EXPECT_THAT(opened.error().message, ::testing::HasSubstr("the log begins at"));
}

TEST_F(RestartTest, a_log_that_ends_before_the_view_is_refused) {
  publish({"x"}, {});
  ASSERT_TRUE(queue_->checkpoint());
  queue_.reset();
  log_disk_->records.erase(std::prev(log_disk_->records.end()));
  --log_disk_->next;
  const auto opened = open();
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code, base::Errc::Corrupt);
  EXPECT_THAT(opened.error().message, ::testing::HasSubstr("records are missing"));
}

TEST_F(RestartTest, a_record_that_cannot_be_read_is_refused) {
  publish({"x"}, {sub(1)});
  queue_.reset();
  log_disk_->records[1].payload = std::make_shared<const std::string>("\x02 from the future");
  const auto opened = open();
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code, base::Errc::Corrupt);
}

TEST_F(RestartTest, a_damaged_row_is_refused) {
  publish({"x"}, {sub(1)});
  ASSERT_TRUE(queue_->checkpoint());
  queue_.reset();
  for (auto& [key, value] : view_disk_->flushed) {
    if (key.starts_with(std::string("\0p", 2))) value.resize(value.size() / 2);
  }
  const auto opened = open();
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code, base::Errc::Corrupt);
}

TEST_F(RestartTest, a_view_that_takes_no_writes_is_told_trims_nothing_and_loses_nothing) {
  options_.window_tasks = 2;
  crash();
  attach(sub(1));
  publish({"a", "b"}, {sub(1)});
  records_->fail_writes = true;
  publish({"c"}, {sub(1)});
  settle(lease(sub(1)), Verdict::Retry, kStart + base::seconds(10));
  EXPECT_FALSE(queue_->health().ok);
  EXPECT_FALSE(queue_->checkpoint());
  EXPECT_EQ(queue_->first_kept(), 1u);
  EXPECT_EQ(pending(sub(1)), 3u);
  records_->fail_writes = false;
  ASSERT_TRUE(queue_->checkpoint());
  EXPECT_TRUE(queue_->health().ok);
  clock_.advance_to(kStart + base::seconds(10));
  std::vector<std::string> seen;
  for (int i = 0; i < 3; ++i) {
    const auto tasks = lease_all(sub(1), 1);
    seen.push_back(ids_of(tasks)[0]);
    settle(tasks, Verdict::Done);
  }
  EXPECT_THAT(seen, UnorderedElementsAre("a", "b", "c"));
}

TEST_F(RestartTest, a_view_that_stopped_over_a_full_disk_goes_on_once_it_can_be_flushed) {
  attach(sub(1));
  publish({"a"}, {sub(1)});
  records_->stopped = true;
  records_->fail_flush = true;
  settle(lease(sub(1)), Verdict::Retry, kStart + base::seconds(10));
  EXPECT_FALSE(queue_->checkpoint());
  EXPECT_FALSE(queue_->health().ok);
  records_->fail_flush = false;
  ASSERT_TRUE(queue_->checkpoint());
  EXPECT_TRUE(queue_->health().ok);
  clock_.advance_to(kStart + base::seconds(10));
  EXPECT_EQ(ids_of(lease_all(sub(1), 1))[0], "a");
}

TEST_F(RestartTest, past_the_bound_of_what_waits_for_the_view_commits_are_refused) {
  options_.window_tasks = 2;
  options_.view_waiting_bytes_max = 4096;
  crash();
  records_->fail_writes = true;
  int taken = 0;
  while (try_commit(events({"more"}, {sub(1)}))) ASSERT_LT(++taken, 100);
  EXPECT_GT(taken, 5);
  const auto refused = try_commit(events({"refused"}, {sub(1)}));
  EXPECT_EQ(refused.error().code, base::Errc::Unavailable);
  EXPECT_NE(refused.error().message.find("the view is behind"), std::string::npos);

  records_->fail_writes = false;
  ASSERT_TRUE(eventually([&] {  // tried again by itself, each second
    clock_.advance_to(clock_.now() + base::seconds(1));
    return try_commit(events({"taken"}, {sub(1)})).has_value();
  }));
  attach(sub(1));
  for (int n = 0; n <= taken; ++n) settle(lease_all(sub(1), 1), Verdict::Done);
  EXPECT_EQ(pending(sub(1)), 0u);
}

TEST_F(RestartTest, nothing_is_loaded_while_the_view_cannot_keep_up) {
  options_.window_tasks = 2;
  options_.view_waiting_bytes_max = 1;
  crash();
  for (const auto* id : {"a", "b", "c"}) publish({id}, {sub(1)});
  records_->fail_writes = true;
  publish({"d"}, {sub(1)});
  const auto scans = records_->scans.load();
  attach(sub(1));
  for (int i = 0; i < 10; ++i) {
    for (const auto& id : ids_of(lease(sub(1)))) EXPECT_TRUE(id == "a" || id == "b");
    EXPECT_FALSE(queue_->checkpoint());
  }
  EXPECT_EQ(records_->scans, scans);

  records_->fail_writes = false;
  std::vector<std::string> loaded;
  ASSERT_TRUE(eventually([&] {
    clock_.advance_to(clock_.now() + base::seconds(1));
    for (const auto& id : ids_of(lease(sub(1)))) loaded.push_back(id);
    return loaded.size() == 1;  // one entry always has room
  }));
  EXPECT_EQ(loaded[0], "c");
}

TEST_F(RestartTest, a_view_on_a_full_disk_gets_what_the_log_holds_back) {
  publish({"a"}, {sub(1)});
  records_->fail_flush = true;
  EXPECT_FALSE(queue_->checkpoint());
  EXPECT_EQ(log_->yielded, 1);
}

TEST_F(RestartTest, a_failed_flush_is_told_and_trims_nothing) {
  for (int i = 0; i < 200; ++i) publish({"x"}, {});
  records_->fail_flush = true;
  EXPECT_FALSE(queue_->checkpoint());
  EXPECT_FALSE(queue_->health().ok);
  EXPECT_EQ(queue_->first_kept(), 1u);
  records_->fail_flush = false;
  EXPECT_TRUE(queue_->checkpoint());
  EXPECT_TRUE(queue_->health().ok);
  EXPECT_GT(queue_->first_kept(), 1u);
}

TEST_F(RestartTest, a_full_log_still_checkpoints_what_was_acknowledged) {
  for (int i = 0; i < 200; ++i) publish({"x"}, {});
  publish({"a"}, {sub(1)});
  log_->fail_appends = true;
  settle(lease(sub(1)), Verdict::Done);
  EXPECT_TRUE(queue_->checkpoint());
  EXPECT_GT(queue_->first_kept(), 100u);
  crash();
  EXPECT_EQ(pending(sub(1)), 0u);
}

TEST_F(RestartTest, whichever_append_fails_what_was_acknowledged_is_owed_and_nothing_else) {
  for (int failing = 0; failing < 30; ++failing) {
    std::vector<std::string> acknowledged;
    for (int i = 0; i < 30; ++i) {
      const auto id = std::to_string(failing) + "-" + std::to_string(i);
      log_->fail_appends = i == failing;
      if (try_commit(events({id}, {sub(1)}))) acknowledged.push_back(id);
      if (i % 7 == 0) static_cast<void>(queue_->checkpoint().has_value());
    }
    ASSERT_EQ(acknowledged.size(), 29u);
    crash();
    attach(sub(1));
    const auto tasks = lease_all(sub(1), 29);
    EXPECT_THAT(ids_of(tasks), ::testing::UnorderedElementsAreArray(acknowledged));
    settle(tasks, Verdict::Done);
    EXPECT_EQ(pending(sub(1)), 0u);
  }
}

TEST_F(RestartTest, a_row_whose_record_the_log_has_trimmed_is_dropped) {
  publish({"a"}, {sub(1)});
  ASSERT_TRUE(queue_->checkpoint());
  publish({"b"}, {});
  queue_.reset();
  log_disk_->records.erase(log_disk_->records.begin());
  ASSERT_TRUE(open());
  EXPECT_EQ(pending(sub(1)), 1u);
  attach(sub(1));
  EXPECT_TRUE(eventually([&] { return pending(sub(1)) == 0; }));
}

TEST_F(RestartTest, checkpoints_happen_by_themselves_by_time) {
  publish({"a"}, {sub(1)});
  EXPECT_TRUE(eventually([&] { return clock_.next_alarm() != base::TimePoint::max(); }));
  EXPECT_EQ(records_->applied(), 0u);
  clock_.advance_to(kStart + options_.checkpoint_interval);
  EXPECT_TRUE(eventually([&] { return records_->applied() > 0; }));
}

TEST_F(RestartTest, checkpoints_happen_by_themselves_by_size) {
  options_.checkpoint_bytes = 1000;
  crash();
  for (int i = 0; i < 100; ++i) publish({"a"}, {sub(1)});
  EXPECT_TRUE(eventually([&] { return records_->applied() > 0; }));
}

TEST_F(RestartTest, closing_checkpoints_so_that_nothing_is_replayed) {
  publish({"a"}, {sub(1)});
  const auto next = queue_->next_position();
  queue_->close();
  EXPECT_EQ(records_->applied(), next);
  crash();
  EXPECT_EQ(pending(sub(1)), 1u);
}

TEST_F(RestartTest, tasks_outlive_the_queue_that_leased_them) {
  publish({"a"}, {sub(1)});
  const auto tasks = lease(sub(1));
  queue_.reset();
  EXPECT_THAT(ids_of(tasks), ElementsAre("a"));
}

}  // namespace
}  // namespace fanfare::queue::testing
