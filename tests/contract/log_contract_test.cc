// What every log engine promises, run over each of them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>

#include <asio/co_spawn.hpp>
#include <condition_variable>
#include <filesystem>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "base/task_group.h"
#include "log/log.h"
#include "log/open.h"

namespace fanfare::log {
namespace {

using base::Async;
using base::Errc;
using base::Result;

struct Engine {
  const char* name;
  bool persists;
};

void PrintTo(const Engine& engine, std::ostream* out) { *out << engine.name; }

Payload payload(std::string text) { return std::make_shared<const std::string>(std::move(text)); }

/// What was applied, with a way to wait for it.
class Applied {
 public:
  Apply callback() {
    return [this](Position position, const Payload& bytes) {
      const std::lock_guard lock(mutex_);
      records_.emplace_back(position, *bytes);
      changed_.notify_all();
    };
  }

  bool wait_for(std::size_t count) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, std::chrono::seconds(60),
                             [&] { return records_.size() >= count; });
  }

  std::vector<std::pair<Position, std::string>> records() const {
    const std::lock_guard lock(mutex_);
    return records_;
  }

  bool contains(Position position) const {
    const std::lock_guard lock(mutex_);
    return std::ranges::any_of(records_, [&](const auto& r) { return r.first == position; });
  }

 private:
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<std::pair<Position, std::string>> records_;
};

Async<void> append_into(Log& log, Record record, Result<Position>& out) {
  out = co_await log.append(std::move(record));
}

class LogContractTest : public testing::TestWithParam<Engine> {
 protected:
  LogContractTest() {
    std::string pattern = testing::TempDir() + "/fanfare-log-XXXXXX";
    folder_ = ::mkdtemp(pattern.data());
    options_.folder = folder_ / "log";
    options_.segment_bytes = 256 * 1024;
    options_.reserve_bytes = 256 * 1024;
    options_.record_bytes_max = 64 * 1024;
  }

  ~LogContractTest() override {
    log_.reset();
    std::filesystem::remove_all(folder_);
  }

  void open(Position from = 1) {
    auto opened = log::open(GetParam().name, options_);
    ASSERT_TRUE(opened) << opened.error().message;
    log_ = std::move(*opened);
    const auto started = log_->start(from, applied_.callback());
    ASSERT_TRUE(started) << started.error().message;
  }

  void reopen(Position from) {
    log_->close();
    log_.reset();
    open(from);
  }

  Result<Position> append(Record record) {
    Result<Position> out = 0;
    base::block_on(threads_.executor(0), [&] { return append_into(*log_, record, out); });
    return out;
  }

  Result<Position> append(const std::string& text) { return append(Record{payload(text), {}}); }

  Result<Position> append(const std::string& text, const std::string& aggregate,
                          Position expected) {
    return append(Record{payload(text), Guard{aggregate, expected}});
  }

  /// Appends until whole files can be dropped, and drops them. The first position then.
  Position trim_something() {
    Position last = 0;
    for (int i = 0; i < 60; ++i) last = *append(std::string(32 * 1024, 'f'));
    log_->trim(last);
    return log_->first();
  }

  base::IoThreads threads_{3};
  std::filesystem::path folder_;
  Options options_;
  Applied applied_;
  std::unique_ptr<Log> log_;
};

TEST_P(LogContractTest, positions_count_from_one_without_gaps) {
  open();
  EXPECT_EQ(log_->first(), 1u);
  EXPECT_EQ(log_->next(), 1u);
  EXPECT_EQ(append("a").value(), 1u);
  EXPECT_EQ(append("b").value(), 2u);
  EXPECT_EQ(append("").value(), 3u);
  EXPECT_EQ(log_->next(), 4u);
  EXPECT_EQ(log_->first(), 1u);
}

TEST_P(LogContractTest, a_record_is_applied_before_its_append_returns) {
  open();
  for (Position expected = 1; expected <= 50; ++expected) {
    const auto position = append("x");
    ASSERT_EQ(position.value(), expected);
    EXPECT_TRUE(applied_.contains(expected));
  }
}

TEST_P(LogContractTest, records_are_read_back_as_they_were_written) {
  open();
  std::string binary(70'00, '\0');
  for (std::size_t i = 0; i < binary.size(); ++i) binary[i] = static_cast<char>(i * 31);
  ASSERT_TRUE(append("first"));
  ASSERT_TRUE(append(binary));
  ASSERT_TRUE(append(""));
  EXPECT_EQ(*log_->read(2).value(), binary);
  EXPECT_EQ(*log_->read(1).value(), "first");
  EXPECT_EQ(*log_->read(3).value(), "");
}

TEST_P(LogContractTest, reading_what_is_not_there_is_not_found) {
  open();
  ASSERT_TRUE(append("a"));
  EXPECT_EQ(log_->read(0).error().code, Errc::NotFound);
  EXPECT_EQ(log_->read(2).error().code, Errc::NotFound);
}

TEST_P(LogContractTest, a_guard_that_holds_is_accepted) {
  open();
  const auto one = append("a", "thread/1", 0);
  ASSERT_TRUE(one);
  ASSERT_TRUE(append("other", "thread/2", 0));
  ASSERT_TRUE(append("unguarded"));
  EXPECT_TRUE(append("b", "thread/1", *one));
}

TEST_P(LogContractTest, a_guard_that_does_not_hold_is_a_conflict_and_keeps_nothing) {
  open();
  const auto one = append("a", "thread/1", 0);
  const auto two = append("b", "thread/1", *one);
  ASSERT_TRUE(two);
  EXPECT_EQ(append("late", "thread/1", *one).error().code, Errc::Conflict);
  EXPECT_EQ(append("late", "thread/1", 0).error().code, Errc::Conflict);
  EXPECT_EQ(append("unknown", "thread/9", *two).error().code, Errc::Conflict);
  EXPECT_EQ(log_->next(), 3u);
  EXPECT_EQ(applied_.records().size(), 2u);
}

TEST_P(LogContractTest, of_many_writers_with_one_guard_exactly_one_wins) {
  open();
  constexpr int kWriters = 64;
  std::vector<Result<Position>> results(kWriters, Result<Position>(0));
  std::vector<std::unique_ptr<base::TaskGroup>> groups;
  for (int i = 0; i < 3; ++i) {
    groups.push_back(std::make_unique<base::TaskGroup>(threads_.executor(i)));
  }
  for (int i = 0; i < kWriters; ++i) {
    auto& group = *groups[i % 3];
    base::run_on(group.executor(), [&, i] {
      Record record{payload("w" + std::to_string(i)), Guard{"topic", 0}};
      group.spawn("writer", append_into(*log_, std::move(record), results[i]));
    });
  }
  for (auto& group : groups) {
    base::block_on(group->executor(), [&] { return group->join(); });
  }
  EXPECT_EQ(std::ranges::count_if(results, [](const auto& r) { return r.has_value(); }), 1);
  EXPECT_EQ(log_->next(), 2u);
}

TEST_P(LogContractTest, a_trimmed_position_counts_as_none_for_a_guard) {
  open();
  const auto one = append("a", "thread/1", 0);
  ASSERT_TRUE(one);
  ASSERT_GT(trim_something(), *one);
  EXPECT_EQ(append("x", "thread/1", log_->next() - 1).error().code, Errc::Conflict);
  const auto again = append("b", "thread/1", 0);
  ASSERT_TRUE(again) << again.error().message;
  EXPECT_EQ(append("c", "thread/1", *one).error().code, Errc::Conflict);
  EXPECT_TRUE(append("c", "thread/1", *again));
}

TEST_P(LogContractTest, an_expected_position_that_was_trimmed_counts_as_none) {
  open();
  const auto one = append("a", "thread/1", 0);
  ASSERT_TRUE(one);
  ASSERT_GT(trim_something(), *one);
  EXPECT_TRUE(append("b", "thread/1", *one));
}

TEST_P(LogContractTest, relaxed_records_are_applied_in_order_with_the_appends) {
  open();
  for (int i = 0; i < 10; ++i) {
    EXPECT_TRUE(log_->append_relaxed(payload("mark " + std::to_string(i))));
  }
  ASSERT_TRUE(append("append"));
  for (int i = 10; i < 20; ++i) {
    EXPECT_TRUE(log_->append_relaxed(payload("mark " + std::to_string(i))));
  }
  ASSERT_TRUE(applied_.wait_for(21));
  const auto records = applied_.records();
  for (std::size_t i = 0; i < records.size(); ++i) {
    EXPECT_EQ(records[i].first, i + 1);
    const auto mark = "mark " + std::to_string(i < 10 ? i : i - 1);
    EXPECT_EQ(records[i].second, i == 10 ? "append" : mark);
  }
  EXPECT_EQ(*log_->read(21).value(), "mark 19");
}

TEST_P(LogContractTest, relaxed_records_are_written_without_an_append) {
  open();
  EXPECT_TRUE(log_->append_relaxed(payload("alone")));
  ASSERT_TRUE(applied_.wait_for(1));
}

TEST_P(LogContractTest, trim_drops_only_what_is_older) {
  open();
  Position last = 0;
  for (int i = 0; i < 60; ++i)
    last = *append("record " + std::to_string(i) + std::string(32 * 1024, 'f'));
  const Position before = last - 20;
  log_->trim(before);
  const auto first = log_->first();
  EXPECT_GT(first, 1u);
  EXPECT_LE(first, before);
  EXPECT_EQ(log_->read(first - 1).error().code, Errc::NotFound);
  for (Position p = first; p <= last; ++p) {
    EXPECT_TRUE(log_->read(p).value()->starts_with("record " + std::to_string(p - 1)));
  }
}

TEST_P(LogContractTest, trim_beyond_the_end_keeps_the_log_usable) {
  open();
  for (int i = 0; i < 40; ++i) ASSERT_TRUE(append(std::string(32 * 1024, 'f')));
  log_->trim(1'000'000);
  EXPECT_LE(log_->first(), log_->next());
  EXPECT_EQ(append("after").value(), 41u);
  EXPECT_EQ(*log_->read(41).value(), "after");
}

TEST_P(LogContractTest, a_record_above_the_limit_is_too_large) {
  open();
  EXPECT_EQ(append(std::string(options_.record_bytes_max + 1, 'x')).error().code, Errc::TooLarge);
  EXPECT_TRUE(append(std::string(options_.record_bytes_max, 'x')));
  EXPECT_EQ(log_->next(), 2u);
}

Async<void> append_many(Log& log, int producer, int count, std::vector<Position>& out) {
  for (int i = 0; i < count; ++i) {
    Record record;
    record.payload = payload(std::to_string(producer) + ":" + std::to_string(i));
    const auto position = co_await log.append(std::move(record));
    if (position) out.push_back(*position);
  }
}

TEST_P(LogContractTest, appends_from_several_executors_all_get_their_own_position) {
  open();
  constexpr int kProducers = 48;
  constexpr int kEach = 25;
  std::vector<std::vector<Position>> positions(kProducers);
  std::vector<std::unique_ptr<base::TaskGroup>> groups;
  for (int i = 0; i < 3; ++i) {
    groups.push_back(std::make_unique<base::TaskGroup>(threads_.executor(i)));
  }
  for (int p = 0; p < kProducers; ++p) {
    auto& group = *groups[p % 3];
    base::run_on(group.executor(),
                 [&, p] { group.spawn("producer", append_many(*log_, p, kEach, positions[p])); });
  }
  for (auto& group : groups) {
    base::block_on(group->executor(), [&] { return group->join(); });
  }
  std::set<Position> all;
  for (int p = 0; p < kProducers; ++p) {
    ASSERT_EQ(positions[p].size(), static_cast<std::size_t>(kEach));
    EXPECT_TRUE(std::ranges::is_sorted(positions[p]));
    all.insert(positions[p].begin(), positions[p].end());
    for (int i = 0; i < kEach; ++i) {
      EXPECT_EQ(*log_->read(positions[p][i]).value(), std::to_string(p) + ":" + std::to_string(i));
    }
  }
  EXPECT_EQ(all.size(), static_cast<std::size_t>(kProducers * kEach));
  EXPECT_EQ(*all.rbegin(), all.size());
  const auto applied = applied_.records();
  ASSERT_EQ(applied.size(), all.size());
  for (std::size_t i = 0; i < applied.size(); ++i) EXPECT_EQ(applied[i].first, i + 1);
}

TEST_P(LogContractTest, close_finishes_what_is_queued_and_refuses_the_rest) {
  open();
  for (int i = 0; i < 100; ++i) EXPECT_TRUE(log_->append_relaxed(payload("mark")));
  log_->close();
  EXPECT_EQ(applied_.records().size(), 100u);
  EXPECT_EQ(append("late").error().code, Errc::Unavailable);
  EXPECT_FALSE(log_->append_relaxed(payload("late")));
  EXPECT_EQ(log_->next(), 101u);
  log_->close();
}

Async<void> append_until_refused(Log& log, std::atomic<int>& accepted) {
  for (;;) {
    Record record;
    record.payload = payload("x");
    const auto position = co_await log.append(std::move(record));
    if (!position) co_return;
    ++accepted;
  }
}

TEST_P(LogContractTest, close_leaves_no_append_waiting) {
  open();
  std::atomic<int> accepted{0};
  base::TaskGroup group(threads_.executor(0));
  base::run_on(group.executor(), [&] {
    for (int i = 0; i < 20; ++i) group.spawn("writer", append_until_refused(*log_, accepted));
  });
  ASSERT_TRUE(applied_.wait_for(40));
  log_->close();
  base::block_on(group.executor(), [&] { return group.join(); });
  EXPECT_EQ(applied_.records().size(), static_cast<std::size_t>(accepted));
}

TEST_P(LogContractTest, health_says_whether_appends_are_taken) {
  open();
  EXPECT_TRUE(log_->health().writable);
  log_->close();
  EXPECT_FALSE(log_->health().writable);
  EXPECT_FALSE(log_->health().reason.empty());
}

TEST_P(LogContractTest, size_grows_with_what_is_kept) {
  open();
  Position last = 0;
  for (int i = 0; i < 60; ++i) last = *append(std::string(32 * 1024, 'f'));
  const auto full = log_->size_bytes();
  EXPECT_GE(full, 60u * 32 * 1024);
  log_->trim(last);
  EXPECT_LT(log_->size_bytes(), full);
}

TEST_P(LogContractTest, views_that_are_ahead_of_the_log_are_refused) {
  auto opened = log::open(GetParam().name, options_);
  ASSERT_TRUE(opened);
  EXPECT_EQ((*opened)->start(2, applied_.callback()).error().code, Errc::Corrupt);
}

TEST_P(LogContractTest, an_append_before_the_start_is_unavailable) {
  auto opened = log::open(GetParam().name, options_);
  ASSERT_TRUE(opened);
  log_ = std::move(*opened);
  EXPECT_EQ(append("early").error().code, Errc::Unavailable);
}

TEST_P(LogContractTest, a_restart_keeps_records_and_guards_and_applies_from_where_asked) {
  if (!GetParam().persists) GTEST_SKIP() << "nothing survives in this engine";
  open();
  for (int i = 1; i <= 30; ++i) ASSERT_TRUE(append("r" + std::to_string(i)));
  const auto guarded = append("guarded", "thread/1", 0);
  EXPECT_TRUE(log_->append_relaxed(payload("mark")));
  ASSERT_TRUE(applied_.wait_for(32));
  reopen(29);
  const auto records = applied_.records();
  ASSERT_EQ(records.size(), 36u);
  EXPECT_EQ(records[32], std::make_pair(Position{29}, std::string("r29")));
  EXPECT_EQ(records[35], std::make_pair(Position{32}, std::string("mark")));
  EXPECT_EQ(*log_->read(7).value(), "r7");
  EXPECT_EQ(append("late", "thread/1", 0).error().code, Errc::Conflict);
  EXPECT_EQ(append("next", "thread/1", *guarded).value(), 33u);
}

TEST_P(LogContractTest, a_restart_after_a_trim_keeps_first_and_refuses_views_older_than_it) {
  if (!GetParam().persists) GTEST_SKIP() << "nothing survives in this engine";
  open();
  const auto first = trim_something();
  const auto next = log_->next();
  reopen(next);
  EXPECT_EQ(log_->first(), first);
  EXPECT_EQ(log_->next(), next);
  log_.reset();
  auto opened = log::open(GetParam().name, options_);
  ASSERT_TRUE(opened);
  EXPECT_EQ((*opened)->start(first - 1, applied_.callback()).error().code, Errc::Corrupt);
}

INSTANTIATE_TEST_SUITE_P(Engines, LogContractTest,
                         testing::Values(Engine{"memory", false}, Engine{"local", true}),
                         [](const auto& engine) { return std::string(engine.param.name); });

}  // namespace
}  // namespace fanfare::log
