#include "log/committer.h"

#include <gtest/gtest.h>

#include <condition_variable>
#include <limits>
#include <memory>
#include <mutex>

#include "base/task_group.h"
#include "log/memory/memory_store.h"

namespace fanfare::log {
namespace {

using base::Errc;

Payload payload(std::string text) { return std::make_shared<const std::string>(std::move(text)); }

/// A memory store that can be held still and made to fail.
class ScriptedStore final : public Store {
 public:
  base::Result<Guards> replay(Position from, const Apply& apply) override {
    return memory_.replay(from, apply);
  }
  void prepare(Entry& entry) const override { memory_.prepare(entry); }
  AggregateKey aggregate_key(const std::string& name) const override {
    return memory_.aggregate_key(name);
  }
  std::uint64_t cost(const Entry& entry) const override { return memory_.cost(entry); }
  base::Result<std::uint64_t> room(std::uint64_t) override {
    const std::lock_guard lock(mutex_);
    if (full_) return base::Error{Errc::Unavailable, "full", {}};
    return room_;
  }
  base::Result<void> write(const std::vector<Entry*>& group, Sync sync) override {
    std::unique_lock lock(mutex_);
    ++arrived_;
    changed_.notify_all();
    changed_.wait(lock, [this] { return !held_; });
    groups_.push_back(group.size());
    if (failing_) return base::Error{Errc::Unavailable, "write failed", {}};
    return memory_.write(group, sync);
  }
  void finish() override { ++finished_; }
  base::Result<Payload> read(Position position) override { return memory_.read(position); }
  Position first() const override { return memory_.first(); }
  Position next() const override { return memory_.next(); }
  void trim(Position before) override { memory_.trim(before); }
  std::uint64_t size_bytes() const override { return memory_.size_bytes(); }
  Health health() const override {
    const std::lock_guard lock(mutex_);
    return full_ ? Health{false, "full"} : Health{};
  }
  bool has_failed() const override { return false; }
  void yield_reserve() override {}
  void on_room(std::function<void()>) override {}

  void set(bool ScriptedStore::* what, bool value) {
    const std::lock_guard lock(mutex_);
    this->*what = value;
    changed_.notify_all();
  }
  void set_room(std::uint64_t room) { room_ = room; }
  void wait_arrived(int count) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return arrived_ >= count; });
  }
  std::vector<std::size_t> groups() const {
    const std::lock_guard lock(mutex_);
    return groups_;
  }

  bool held_ = false;
  bool failing_ = false;
  bool full_ = false;
  int finished_ = 0;

 private:
  MemoryStore memory_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  int arrived_ = 0;
  std::uint64_t room_ = std::numeric_limits<std::uint64_t>::max();
  std::vector<std::size_t> groups_;
};

base::Async<void> append_into(Committer& committer, Record record, base::Result<Position>& out) {
  out = co_await committer.append(std::move(record));
}

class CommitterTest : public testing::Test {
 protected:
  void start(std::uint64_t queue_bytes_max = 1 << 20) {
    committer_ = std::make_unique<Committer>(
        store_, CommitLimits{.record_bytes_max = 10'000, .queue_bytes_max = queue_bytes_max});
    committer_->start(1, {}, [this](Position position, const Payload& bytes) {
      const std::lock_guard lock(mutex_);
      applied_.emplace_back(position, *bytes);
      changed_.notify_all();
    });
  }

  base::Result<Position> append(Record record) {
    base::Result<Position> out = 0;
    base::block_on(threads_.executor(0),
                   [&] { return append_into(*committer_, std::move(record), out); });
    return out;
  }
  base::Result<Position> append(std::string text) { return append({payload(text), {}}); }

  /// Starts an append whose answer comes later.
  void begin(std::string text, base::Result<Position>& out) {
    base::run_on(threads_.executor(0), [&] {
      tasks_.spawn("append", append_into(*committer_, {payload(std::move(text)), {}}, out));
    });
  }
  void join() {
    base::block_on(threads_.executor(0), [&] { return tasks_.join(); });
  }

  void wait_applied(std::size_t count) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return applied_.size() >= count; });
  }

  base::IoThreads threads_{1};
  base::TaskGroup tasks_{threads_.executor(0)};
  ScriptedStore store_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<std::pair<Position, std::string>> applied_;
  std::unique_ptr<Committer> committer_;
};

TEST_F(CommitterTest, what_comes_while_a_group_is_written_becomes_one_group) {
  start();
  store_.set(&ScriptedStore::held_, true);
  std::vector<base::Result<Position>> results(9, base::Result<Position>(0));
  begin("first", results[0]);
  store_.wait_arrived(1);
  for (int i = 1; i < 9; ++i) begin("more", results[static_cast<std::size_t>(i)]);
  store_.set(&ScriptedStore::held_, false);
  join();
  EXPECT_EQ(store_.groups(), (std::vector<std::size_t>{1, 8}));
  for (std::size_t i = 0; i < 9; ++i) EXPECT_EQ(results[i].value(), i + 1);
}

TEST_F(CommitterTest, a_group_takes_no_more_than_the_store_has_room_for) {
  start();
  store_.set_room(25);
  store_.set(&ScriptedStore::held_, true);
  std::vector<base::Result<Position>> results(6, base::Result<Position>(0));
  begin(std::string(10, 'x'), results[0]);
  store_.wait_arrived(1);
  for (int i = 1; i < 6; ++i) begin(std::string(10, 'x'), results[static_cast<std::size_t>(i)]);
  store_.set(&ScriptedStore::held_, false);
  join();
  EXPECT_EQ(store_.groups(), (std::vector<std::size_t>{1, 2, 2, 1}));
}

TEST_F(CommitterTest, a_failed_write_takes_back_positions_and_guards) {
  start();
  store_.set(&ScriptedStore::failing_, true);
  EXPECT_EQ(append({payload("a"), Guard{"thread", 0}}).error().message, "write failed");
  EXPECT_EQ(committer_->next(), 1u);
  store_.set(&ScriptedStore::failing_, false);
  EXPECT_EQ(append({payload("b"), Guard{"thread", 0}}).value(), 1u);
  EXPECT_EQ(append({payload("c"), Guard{"thread", 1}}).value(), 2u);
  EXPECT_EQ(applied_.size(), 2u);
}

TEST_F(CommitterTest, past_the_bound_of_the_queue_appends_are_unavailable) {
  start(100);
  store_.set(&ScriptedStore::held_, true);
  base::Result<Position> first = 0;
  base::Result<Position> second = 0;
  base::Result<Position> third = 0;
  begin(std::string(60, 'x'), first);
  store_.wait_arrived(1);
  begin(std::string(60, 'x'), second);
  begin(std::string(40, 'x'), third);
  store_.set(&ScriptedStore::held_, false);
  join();
  EXPECT_TRUE(first);
  EXPECT_EQ(second.error().code, Errc::Unavailable);
  EXPECT_TRUE(third);
  EXPECT_TRUE(append(std::string(200, 'x'))) << "alone, a record above the bound is taken";
}

TEST_F(CommitterTest, relaxed_records_past_the_bound_are_not_taken_until_there_is_room_for_them) {
  start(2 * (40 + sizeof(Entry)));
  store_.set(&ScriptedStore::held_, true);
  int taken = 0;
  for (int i = 0; i < 5; ++i) taken += committer_->append_relaxed(payload(std::string(40, 'x')));
  EXPECT_EQ(taken, 2);
  store_.set(&ScriptedStore::held_, false);
  wait_applied(2);
  while (!committer_->append_relaxed(payload(std::string(40, 'x')))) std::this_thread::yield();
  wait_applied(3);
  EXPECT_EQ(committer_->relaxed_dropped(), 0u);
}

TEST_F(CommitterTest, without_room_appends_are_refused_at_once_and_relaxed_records_wait) {
  start();
  store_.set(&ScriptedStore::full_, true);
  EXPECT_TRUE(committer_->append_relaxed(payload("mark 1")));
  EXPECT_TRUE(committer_->append_relaxed(payload("mark 2")));
  EXPECT_EQ(append("refused").error().code, Errc::Unavailable);
  store_.set(&ScriptedStore::full_, false);
  committer_->retry_held();
  wait_applied(2);
  EXPECT_EQ(applied_[0].second, "mark 1");
  EXPECT_EQ(applied_[1].second, "mark 2");
  EXPECT_EQ(append("taken").value(), 3u);
}

TEST_F(CommitterTest, relaxed_records_of_a_group_that_found_no_space_are_written_later) {
  start();
  store_.set(&ScriptedStore::failing_, true);
  EXPECT_TRUE(committer_->append_relaxed(payload("mark 1")));
  EXPECT_TRUE(committer_->append_relaxed(payload("mark 2")));
  EXPECT_EQ(append("refused").error().code, Errc::Unavailable);
  store_.set(&ScriptedStore::failing_, false);
  committer_->retry_held();
  wait_applied(2);
  EXPECT_EQ(applied_[0].second, "mark 1");
  EXPECT_EQ(applied_[1].second, "mark 2");
  EXPECT_EQ(committer_->relaxed_dropped(), 0u);
}

TEST_F(CommitterTest, closing_without_room_ends) {
  start();
  store_.set(&ScriptedStore::full_, true);
  for (int i = 0; i < 10; ++i) EXPECT_TRUE(committer_->append_relaxed(payload("mark")));
  committer_->close();
  EXPECT_EQ(store_.finished_, 1);
  EXPECT_EQ(committer_->relaxed_dropped(), 10u);
}

TEST_F(CommitterTest, an_append_beside_relaxed_records_does_not_wait_for_them_to_linger) {
  start();
  store_.set(&ScriptedStore::held_, true);
  base::Result<Position> result = 0;
  EXPECT_TRUE(committer_->append_relaxed(payload("mark")));
  begin("append", result);
  store_.wait_arrived(1);
  store_.set(&ScriptedStore::held_, false);
  join();
  EXPECT_EQ(result.value(), 2u);
}

}  // namespace
}  // namespace fanfare::log
