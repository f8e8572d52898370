// What the queue promises on every pair of log and view, restarts and copies of the folder
// included.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>

#include <chrono>
#include <deque>
#include <filesystem>
#include <set>
#include <thread>

#include "log/open.h"
#include "queue/queue.h"

namespace fanfare::queue {
namespace {

namespace fs = std::filesystem;

struct Engines {
  const char* name;
  const char* log;
  const char* view;
  bool persists;
};
void PrintTo(const Engines& engines, std::ostream* out) { *out << engines.name; }

constexpr SubscriptionId kLane{1};

/// One open store: log, view and queue in the order in which they go.
struct Store {
  std::unique_ptr<view::Records> records;
  std::unique_ptr<log::Log> log;
  std::unique_ptr<Queue> queue;

  ~Store() {
    queue.reset();
    log.reset();
  }
};

class QueueContract : public ::testing::TestWithParam<Engines> {
 protected:
  QueueContract() {
    std::string name = (fs::temp_directory_path() / "queue-XXXXXX").string();
    folder_ = ::mkdtemp(name.data());
    options_.window_tasks = 32;
    options_.history_bytes = 100'000;
    options_.checkpoint_bytes = 20'000;
  }
  ~QueueContract() override {
    store_.reset();
    fs::remove_all(folder_);
  }

  base::Result<std::unique_ptr<Store>> open(const fs::path& folder) {
    auto store = std::make_unique<Store>();
    auto records = view::open(GetParam().view, folder / "view");
    if (!records) return records.error();
    store->records = std::move(*records);
    auto log =
        log::open(GetParam().log,
                  {.folder = folder / "log", .segment_bytes = 1u << 20, .reserve_bytes = 1u << 16});
    if (!log) return log.error();
    store->log = std::move(*log);
    store->queue = std::make_unique<Queue>(*store->log, *store->records, clock_, options_);
    if (auto started = store->queue->start(nullptr); !started) return started.error();
    return store;
  }

  void open_ok() {
    auto store = open(folder_);
    ASSERT_TRUE(store) << store.error().message;
    store_ = std::move(*store);
    attach();
  }

  Queue& queue() { return *store_->queue; }
  void attach() {
    queue().attach(kLane, threads_.executor(0), [] {});
  }

  /// The record's position, or 0 when it was refused.
  log::Position publish(const std::vector<std::string>& ids) {
    Commit commit;
    commit.topic = TopicId{1};
    commit.published = clock_.now();
    for (const auto& id : ids) {
      event::Event event;
      event.id = texts_.emplace_back('"' + id + '"');
      event.data = "{\"some\":\"data\"}";
      commit.events.push_back({event, {kLane}});
    }
    log::Position position = 0;
    base::block_on(threads_.executor(0), [&]() -> base::Async<void> {
      auto receipt = co_await queue().commit(std::move(commit));
      if (receipt) position = receipt->position();
    });
    return position;
  }

  void settle(const std::vector<Task>& tasks, Verdict verdict, base::TimePoint due = {}) {
    if (tasks.empty()) return;
    Settlement end{.subscription = kLane, .verdict = verdict, .due = due};
    for (const auto& task : tasks) end.tasks.push_back(task.key);
    queue().settle(std::move(end));
  }

  template <class Condition>
  static bool eventually(const Condition& condition) {
    const auto limit = std::chrono::steady_clock::now() + std::chrono::seconds(60);
    while (!condition()) {
      if (std::chrono::steady_clock::now() > limit) return false;
      std::this_thread::yield();
    }
    return true;
  }

  /// Leases and settles until nothing is owed any more; what came, each id as often as it did.
  std::multiset<std::string> drain() {
    std::multiset<std::string> ids;
    EXPECT_TRUE(eventually([&] {
      const auto tasks = queue().lease(kLane, 50, 1u << 20);
      for (const auto& task : tasks) ids.emplace(task.event.id);
      settle(tasks, Verdict::Done);
      return queue().stats(kLane).pending == 0;
    }));
    return ids;
  }

  fs::path folder_;
  base::IoThreads threads_{1};
  base::VirtualClock clock_{base::TimePoint(base::hours(24 * 365 * 50))};
  QueueOptions options_;
  std::unique_ptr<Store> store_;
  std::deque<std::string> texts_;
};

TEST_P(QueueContract, everything_that_was_acknowledged_is_delivered_once) {
  open_ok();
  std::multiset<std::string> sent;
  for (int i = 0; i < 300; ++i) {
    const auto a = "a" + std::to_string(i);
    const auto b = "b" + std::to_string(i);
    ASSERT_GT(publish({a, b}), 0u);
    sent.insert('"' + a + '"');
    sent.insert('"' + b + '"');
  }
  EXPECT_EQ(drain(), sent);
  ASSERT_TRUE(queue().checkpoint());
  queue().close();
}

TEST_P(QueueContract, the_kept_history_tells_of_every_event_and_attempt) {
  open_ok();
  for (int i = 0; i < 20; ++i) publish({"e" + std::to_string(i)});
  drain();
  int events = 0;
  std::size_t settled = 0;
  ASSERT_TRUE(queue().history(
      1, [&](const HistoryEvent&) { return ++events > 0; },
      [&](const HistorySettlement& s) { return (settled += s.settlement.tasks.size()) > 0; }));
  EXPECT_EQ(events, 20);
  EXPECT_EQ(settled, 20u);
}

TEST_P(QueueContract, a_clean_restart_repeats_and_loses_nothing) {
  if (!GetParam().persists) GTEST_SKIP();
  open_ok();
  std::multiset<std::string> all;
  for (int round = 0; round < 4; ++round) {
    for (int i = 0; i < 60; ++i) publish({std::to_string(round) + "-" + std::to_string(i)});
    std::vector<Task> tasks;
    ASSERT_TRUE(eventually([&] {
      tasks = queue().lease(kLane, 20, 1u << 20);
      return !tasks.empty();
    }));
    for (const auto& task : tasks) all.emplace(task.event.id);
    settle(tasks, Verdict::Done);
    ASSERT_TRUE(eventually([&] { return queue().stats(kLane).leased == 0; }));
    queue().close();
    store_->log->close();
    store_.reset();
    open_ok();
  }
  all.merge(drain());
  EXPECT_EQ(all.size(), 240u);
  EXPECT_EQ(std::set<std::string>(all.begin(), all.end()).size(), 240u);
}

TEST_P(QueueContract, a_copy_of_the_folder_taken_at_any_moment_has_what_was_acknowledged) {
  if (!GetParam().persists) GTEST_SKIP();
  open_ok();
  std::set<std::string> owed;
  for (int round = 0; round < 12; ++round) {
    for (int i = 0; i < 25; ++i) {
      const auto id = std::to_string(round) + "-" + std::to_string(i);
      ASSERT_GT(publish({id}), 0u);
      owed.insert('"' + id + '"');
    }
    const auto tasks = queue().lease(kLane, 10, 1u << 20);
    settle(tasks, Verdict::Done);
    ASSERT_TRUE(eventually([&] { return queue().stats(kLane).leased == 0; }));
    for (const auto& task : tasks) owed.erase(std::string(task.event.id));
    const auto copy = folder_ / ("copy" + std::to_string(round));
    fs::create_directory(copy);
    for (const char* part : {"log", "view"}) {
      fs::copy(folder_ / part, copy / part, fs::copy_options::recursive);
    }
    auto live = std::move(store_);
    auto opened = open(copy);
    ASSERT_TRUE(opened) << opened.error().message;
    store_ = std::move(*opened);
    attach();
    const auto came = drain();
    EXPECT_EQ(std::set<std::string>(came.begin(), came.end()), owed);
    EXPECT_EQ(came.size(), owed.size());
    store_ = std::move(live);
  }
}

TEST_P(QueueContract, a_deleted_view_is_rebuilt_while_the_log_has_everything_and_refused_after) {
  if (!GetParam().persists) GTEST_SKIP();
  options_.history_bytes = 0;
  open_ok();
  publish({"a"});
  queue().close();
  store_->log->close();
  store_.reset();
  fs::remove_all(folder_ / "view");
  open_ok();
  EXPECT_EQ(drain().size(), 1u);
  const std::string big(100'000, 'x');
  for (int i = 0; i < 60; ++i) publish({big});
  EXPECT_EQ(drain().size(), 60u);
  ASSERT_TRUE(queue().checkpoint());
  ASSERT_TRUE(eventually([&] { return queue().first_kept() > 1; }));
  queue().close();
  store_->log->close();
  store_.reset();
  fs::remove_all(folder_ / "view");
  const auto opened = open(folder_);
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code, base::Errc::Corrupt);
}

INSTANTIATE_TEST_SUITE_P(Engines, QueueContract,
                         ::testing::Values(Engines{"memory", "memory", "memory", false},
                                           Engines{"local_and_rocks", "local", "rocks", true}),
                         [](const auto& param) { return std::string(param.param.name); });

}  // namespace
}  // namespace fanfare::queue
