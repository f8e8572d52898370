#include <gmock/gmock.h>

#include "unit/queue/queue_fixture.h"

namespace fanfare::queue::testing {
namespace {

class SpillTest : public QueueFixture {
 protected:
  void open_with(std::size_t window_tasks, std::size_t window_bytes = 8u << 20,
                 std::size_t memory = 96u << 20) {
    options_.window_tasks = window_tasks;
    options_.window_bytes = window_bytes;
    options_.memory_bytes_max = memory;
    ASSERT_TRUE(open());
  }
  void publish_singly(int n, SubscriptionId id, const std::string& prefix = "e") {
    for (int i = 0; i < n; ++i) publish({prefix + std::to_string(i)}, {id});
  }
  std::uint64_t rows() {
    std::uint64_t n = 0;
    EXPECT_TRUE(records_->scan(std::string_view("\0p", 2), {}, [&](auto, auto) {
      ++n;
      return true;
    }));
    return n;
  }
};

TEST_F(SpillTest, what_does_not_fit_the_window_gets_one_row_a_record_and_lane) {
  open_with(4);
  publish({"a", "b", "c", "d"}, {sub(1)});
  publish({"e", "f", "g"}, {sub(1), sub(2)});
  EXPECT_EQ(rows(), 1u);
  EXPECT_EQ(pending(sub(1)), 7u);
  EXPECT_EQ(lease(sub(1)).size(), 4u);
  EXPECT_EQ(lease(sub(2)).size(), 3u);
}

TEST_F(SpillTest, everything_comes_back_once_and_the_backlog_in_order) {
  open_with(8);
  attach(sub(1));
  publish_singly(200, sub(1));
  EXPECT_EQ(rows(), 192u);
  std::vector<int> fresh;
  std::vector<int> backlog;
  for (int n = 0; n < 200; ++n) {
    const auto tasks = lease_all(sub(1), 1);
    ASSERT_FALSE(tasks.empty());
    const int number = std::stoi(ids_of(tasks)[0].substr(1));
    (number < 8 ? fresh : backlog).push_back(number);
    settle(tasks, Verdict::Done);
  }
  for (int i = 0; i < 8; ++i) EXPECT_EQ(fresh.at(static_cast<std::size_t>(i)), i);
  for (int i = 8; i < 200; ++i) EXPECT_EQ(backlog.at(static_cast<std::size_t>(i - 8)), i);
  EXPECT_EQ(pending(sub(1)), 0u);
  EXPECT_EQ(rows(), 0u);
}

TEST_F(SpillTest, the_window_is_bounded_in_tasks_while_nobody_settles) {
  open_with(8);
  attach(sub(1));
  publish_singly(100, sub(1));
  std::size_t leased = 0;
  ASSERT_TRUE(eventually([&] {
    leased += lease(sub(1)).size();
    return leased >= 8;
  }));
  for (int i = 0; i < 50; ++i) leased += lease(sub(1)).size();
  EXPECT_LE(leased, 9u) << "the window and one entry";
  EXPECT_EQ(pending(sub(1)), 100u);
}

TEST_F(SpillTest, the_window_is_bounded_in_bytes) {
  open_with(1000, 2000);
  publish_singly(100, sub(1));
  const auto leased = lease(sub(1)).size();
  EXPECT_GE(leased, 2u);
  EXPECT_LE(leased, 8u);
}

TEST_F(SpillTest, lanes_that_hoard_leave_memory_to_one_that_comes_later) {
  open_with(100'000, 64u << 20, 1u << 20);
  for (std::uint32_t hoarder = 1; hoarder <= 20; ++hoarder) publish_singly(1000, sub(hoarder));
  publish_singly(10, sub(99));
  EXPECT_GE(lease(sub(99)).size(), 5u);
}

TEST_F(SpillTest, leased_tasks_count_as_memory_until_they_are_let_go) {
  open_with(100'000, 64u << 20, 4000);
  publish({"a"}, {sub(1)});
  auto tasks = lease(sub(1));
  settle(tasks, Verdict::Done);
  const auto waited_for = tasks[0].payload;
  EXPECT_EQ(tasks[0].event.id, "\"a\"") << "the task keeps its bytes";
}

TEST_F(SpillTest, a_fresh_event_overtakes_the_backlog_once_there_is_room) {
  open_with(8);
  attach(sub(1));
  publish_singly(500, sub(1));
  for (int i = 0; i < 6; ++i) settle(lease_all(sub(1), 2), Verdict::Done);
  publish({"fresh"}, {sub(1)});
  bool seen = false;
  for (int i = 0; i < 40 && !seen; ++i) {
    const auto tasks = lease_all(sub(1), 1);
    seen = ids_of(tasks)[0] == "fresh";
    settle(tasks, Verdict::Done);
  }
  EXPECT_TRUE(seen);
}

TEST_F(SpillTest, the_backlog_moves_while_fresh_events_keep_coming) {
  open_with(8);
  attach(sub(1));
  publish_singly(50, sub(1), "old");
  int old_ones = 0;
  EXPECT_TRUE(eventually([&] {
    publish({"new"}, {sub(1)});
    for (const auto& task : lease(sub(1), 2)) {
      old_ones += task.event.id.starts_with("\"old") ? 1 : 0;
      settle({task}, Verdict::Done);
    }
    return old_ones == 50;
  })) << old_ones;
}

TEST_F(SpillTest, retries_are_not_starved_by_a_backlog) {
  open_with(8);
  attach(sub(1));
  publish({"tried"}, {sub(1)});
  settle(lease(sub(1)), Verdict::Retry, kStart + base::seconds(1));
  publish_singly(1000, sub(1));
  clock_.advance_to(kStart + base::seconds(1));
  bool seen = false;
  for (int i = 0; i < 100 && !seen; ++i) {
    const auto tasks = lease_all(sub(1), 1);
    seen = ids_of(tasks)[0] == "tried";
    settle(tasks, Verdict::Done);
  }
  EXPECT_TRUE(seen);
}

TEST_F(SpillTest, a_lane_with_a_long_backlog_costs_the_small_ones_no_extra_step) {
  open_with(16);
  for (std::uint32_t id = 1; id <= 101; ++id) attach(sub(id));
  publish_singly(5000, sub(101));
  const auto writes = records_->writes.load();
  for (std::uint32_t id = 1; id <= 100; ++id) {
    publish({"small"}, {sub(id)});
    const auto tasks = lease(sub(id));
    ASSERT_EQ(tasks.size(), 1u) << "at once, without the loader";
    settle(tasks, Verdict::Done);
  }
  EXPECT_EQ(records_->writes - writes, 0u);
}

TEST_F(SpillTest, reading_a_backlog_never_walks_rows_again_that_were_read) {
  open_with(16);
  attach(sub(1));
  publish_singly(2000, sub(1));
  const auto before = records_->rows_scanned.load();
  for (int i = 0; i < 2000; ++i) settle(lease_all(sub(1), 1), Verdict::Done);
  EXPECT_LE(records_->rows_scanned - before, 2 * 2000u)
      << "each row once, and the one behind a step";
}

TEST_F(SpillTest, a_record_is_read_once_for_lanes_that_need_it_together) {
  open_with(2);
  attach(sub(1));
  attach(sub(2));
  publish({"x", "y"}, {sub(1), sub(2)});
  const auto first1 = lease(sub(1));
  const auto first2 = lease(sub(2));
  publish({"a", "b"}, {sub(1), sub(2)});
  settle(first1, Verdict::Done);
  const auto held = lease_all(sub(1), 2);
  settle(first2, Verdict::Done);
  lease_all(sub(2), 2);
  EXPECT_EQ(log_->reads, 1u);
}

TEST_F(SpillTest, a_damaged_record_holds_the_log_and_is_told_but_stops_no_other) {
  open_with(2);
  attach(sub(1));
  publish_singly(2, sub(1));
  log_->damaged_position = queue_->next_position();
  const auto damaged = publish({"damaged"}, {sub(1)});
  publish({"after"}, {sub(1)});
  std::vector<std::string> seen;
  for (int i = 0; i < 3; ++i) {
    const auto tasks = lease_all(sub(1), 1);
    seen.push_back(ids_of(tasks)[0]);
    settle(tasks, Verdict::Done);
  }
  EXPECT_THAT(seen, ::testing::UnorderedElementsAre("e0", "e1", "after"));
  EXPECT_FALSE(queue_->health().ok);
  EXPECT_EQ(pending(sub(1)), 1u);
  ASSERT_TRUE(queue_->checkpoint());
  EXPECT_LE(queue_->first_kept(), damaged);
}

}  // namespace
}  // namespace fanfare::queue::testing
