#pragma once
/// A queue on a fake log and view, with a reader's thread, that can crash and come back.
#include <gtest/gtest.h>

#include <chrono>
#include <deque>
#include <map>
#include <string>
#include <thread>

#include "base/check.h"
#include "queue/queue.h"
#include "unit/queue/fakes.h"

namespace fanfare::queue::testing {

inline constexpr base::TimePoint kStart{base::Duration(1'600'000'000'000'000'000)};

/// Lets other threads get on until `condition` holds; false when it does not for a long time.
template <class Condition>
bool eventually(const Condition& condition) {
  const auto limit = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  while (!condition()) {
    if (std::chrono::steady_clock::now() > limit) return false;
    std::this_thread::yield();
  }
  return true;
}

inline SubscriptionId sub(std::uint32_t value) { return SubscriptionId{value}; }

class QueueFixture : public ::testing::Test {
 protected:
  static constexpr std::size_t kKeepAll = static_cast<std::size_t>(-1);

  ~QueueFixture() override {
    queue_.reset();
    threads_.stop();  // calls of `ready` that were posted use what goes next
  }

  /// Opens a queue on what is stored; `kept` as FakeRecords takes it.
  base::Result<void> open(std::size_t kept = kKeepAll) {
    log_ = std::make_unique<FakeLog>(log_disk_);
    records_ = std::make_unique<FakeRecords>(view_disk_, kept);
    queue_ = std::make_unique<Queue>(*log_, *records_, clock_, options_);
    return queue_->start([this](const view::Batch& state, log::Position position) {
      for (const auto& change : state.changes()) heard_.push_back({position, change.key});
    });
  }

  /// Drops the queue as a crash would and opens the next.
  void crash(std::size_t kept = 0) {
    queue_.reset();
    ASSERT_TRUE(open(kept));
  }

  void restart_cleanly() {
    queue_->close();
    crash();
  }

  base::Result<log::Position> try_commit(Commit commit) {
    base::Result<log::Position> out = log::Position{0};
    base::block_on(threads_.executor(0), [&]() -> base::Async<void> {
      auto receipt = co_await queue_->commit(std::move(commit));
      if (receipt) {
        out = receipt->position();
      } else {
        out = receipt.error();
      }
    });
    return out;
  }

  /// One commit of events with the given ids for the given subscriptions.
  Commit events(const std::vector<std::string>& ids,
                const std::vector<SubscriptionId>& subscriptions) {
    Commit commit;
    commit.topic = TopicId{7};
    commit.published = clock_.now();
    for (const auto& id : ids) {
      event::Event event;
      event.id = texts_.emplace_back('"' + id + '"');
      event.type = "\"Test.Happened\"";
      event.data = "{\"n\":1}";
      commit.events.push_back({event, subscriptions});
    }
    return commit;
  }

  log::Position publish(const std::vector<std::string>& ids,
                        const std::vector<SubscriptionId>& subscriptions) {
    auto position = try_commit(events(ids, subscriptions));
    EXPECT_TRUE(position) << position.error().message;
    return position ? *position : 0;
  }

  void attach(SubscriptionId id) {
    queue_->attach(id, threads_.executor(0), [this, id] { ++ready_[id]; });
  }

  std::vector<Task> lease(SubscriptionId id, std::size_t max = 1000) {
    return queue_->lease(id, max, 1u << 30);
  }

  /// Leases until `n` tasks came, however the loader brings them in.
  std::vector<Task> lease_all(SubscriptionId id, std::size_t n) {
    std::vector<Task> tasks;
    EXPECT_TRUE(eventually([&] {
      for (auto& task : lease(id, n - tasks.size())) tasks.push_back(std::move(task));
      return tasks.size() >= n;
    })) << tasks.size()
        << " of " << n << " tasks came";
    return tasks;
  }

  static Settlement settlement(const std::vector<Task>& tasks, Verdict verdict,
                               base::TimePoint due = {}) {
    FANFARE_CHECK(!tasks.empty());
    Settlement s{.subscription = tasks[0].key.subscription,
                 .verdict = verdict,
                 .due = due,
                 .state = tasks[0].state};
    ++s.state.attempts;
    for (const auto& task : tasks) s.tasks.push_back(task.key);
    return s;
  }
  void settle(const std::vector<Task>& tasks, Verdict verdict, base::TimePoint due = {}) {
    queue_->settle(settlement(tasks, verdict, due));
  }

  static std::vector<std::string> ids_of(const std::vector<Task>& tasks) {
    std::vector<std::string> ids;
    for (const auto& task : tasks)
      ids.emplace_back(task.event.id.substr(1, task.event.id.size() - 2));
    return ids;
  }

  std::uint64_t pending(SubscriptionId id) { return queue_->stats(id).pending; }

  /// The number of `ready` calls so far, all posted ones included.
  int ready_calls(SubscriptionId id) {
    int calls = 0;
    base::run_on(threads_.executor(0), [&] { calls = ready_[id]; });
    return calls;
  }

  base::IoThreads threads_{1};
  base::VirtualClock clock_{kStart};
  QueueOptions options_;
  std::shared_ptr<LogDisk> log_disk_ = std::make_shared<LogDisk>();
  std::shared_ptr<ViewDisk> view_disk_ = std::make_shared<ViewDisk>();
  std::unique_ptr<FakeLog> log_;
  std::unique_ptr<FakeRecords> records_;
  std::unique_ptr<Queue> queue_;
  std::deque<std::string> texts_;
  std::map<SubscriptionId, int> ready_;  // on the reader's thread
  std::vector<std::pair<log::Position, std::string>> heard_;
};

}  // namespace fanfare::queue::testing
