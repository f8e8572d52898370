/// Random operations, crashes and restarts, against a model that knows what each task may do next.
/// A failing seed repeats the operations, though not the loader's timing.
#include <gmock/gmock.h>

#include <set>

#include "base/random.h"
#include "queue/record.h"
#include "unit/queue/queue_fixture.h"

namespace fanfare::queue::testing {
namespace {

constexpr std::uint32_t kLanes = 3;
constexpr int kSteps = 1500;

class ModelTest : public QueueFixture, public ::testing::WithParamInterface<std::uint64_t> {
 protected:
  struct Owed {
    base::TimePoint due{};
    std::uint32_t attempts = 0;
    bool leased = false;
    bool uncertain = false;  ///< its mark was lost: it may be owed as before, or as the mark said
  };

  void SetUp() override {
    options_.window_tasks = 4 + pick(20);
    options_.window_bytes = 1000 + pick(20'000);
    options_.memory_bytes_max = 4000 + pick(100'000);
    options_.checkpoint_bytes = 2000 + pick(50'000);
    options_.history_bytes = pick(3000);
    ASSERT_TRUE(open());
    for (std::uint32_t i = 0; i < kLanes; ++i) lanes_.push_back(sub(next_lane_++));
    for (const auto id : lanes_) attach(id);
  }

  std::size_t pick(std::size_t bound) { return static_cast<std::size_t>(random_.next() % bound); }
  SubscriptionId any_lane() { return lanes_[pick(lanes_.size())]; }

  void publish_some() {
    Commit commit = events({}, {});
    const auto n = 1 + pick(6);
    for (std::size_t i = 0; i < n; ++i) {
      auto one = events({"e" + std::to_string(next_event_++)}, {});
      for (const auto id : lanes_) {
        if (pick(3) > 0) one.events[0].subscriptions.push_back(id);
      }
      commit.events.push_back(one.events[0]);
    }
    const auto matched = commit.events;
    const auto position = try_commit(std::move(commit));
    ASSERT_TRUE(position);
    for (std::uint32_t i = 0; i < matched.size(); ++i) {
      for (const auto id : matched[i].subscriptions) owed_[{id, *position, i}] = {};
    }
  }

  void lease_some(SubscriptionId id, std::size_t max) {
    for (auto& task : lease(id, max)) {
      const auto found = owed_.find(task.key);
      ASSERT_TRUE(found != owed_.end()) << "a phantom, or settled already";
      auto& owed = found->second;
      ASSERT_FALSE(owed.leased) << "leased twice";
      if (!owed.uncertain) {
        ASSERT_LE(owed.due, clock_.now());
        ASSERT_EQ(owed.attempts, task.state.attempts);
      }
      owed = {.attempts = task.state.attempts, .leased = true};
      leased_[id].push_back(std::move(task));
    }
  }

  std::vector<Task> take_leased(SubscriptionId id) {
    auto& all = leased_[id];
    std::vector<Task> taken;
    const auto n = std::min(all.size(), 1 + pick(6));
    for (std::size_t i = 0; i < n; ++i) {
      const auto at = pick(all.size());
      taken.push_back(std::move(all[at]));
      all.erase(all.begin() + static_cast<std::ptrdiff_t>(at));
    }
    return taken;
  }

  void settle_some(SubscriptionId id) {
    const auto tasks = take_leased(id);
    if (tasks.empty()) return;
    const bool retry = pick(3) == 0;
    const auto due = clock_.now() + base::seconds(static_cast<int>(pick(4)));
    auto end = settlement(tasks, retry ? Verdict::Retry : Verdict::Done, due);
    if (retry && pick(4) == 0) end.verdict = Verdict::DeadLetterLater;
    queue_->settle(end);
    for (const auto& task : tasks) {
      if (retry) {
        owed_[task.key] = {.due = due, .attempts = end.state.attempts};
      } else {
        owed_.erase(task.key);
      }
    }
    if (pick(5) == 0) queue_->settle(end);  // a repeat changes nothing
  }

  void give_back_some(SubscriptionId id) {
    const auto tasks = take_leased(id);
    const auto due = clock_.now() + base::seconds(static_cast<int>(pick(3)));
    for (const auto& task : tasks) {
      owed_[task.key].leased = false;
      owed_[task.key].due = due;
    }
    queue_->give_back(tasks, due);
  }

  void change_reader(SubscriptionId id) {
    queue_->detach(id);
    for (const auto& task : leased_[id]) owed_[task.key].leased = false;
    leased_[id].clear();
    attach(id);
  }

  void close_lane() {
    const auto at = pick(lanes_.size());
    Commit commit;
    commit.closed_lanes = {lanes_[at]};
    ASSERT_TRUE(try_commit(std::move(commit)));
    leased_.erase(lanes_[at]);
    std::erase_if(owed_, [&](const auto& entry) { return entry.first.subscription == lanes_[at]; });
    lanes_[at] = sub(next_lane_++);
    attach(lanes_[at]);
  }

  void crash_somehow() {
    queue_.reset();
    for (const auto& payload : log_disk_->lose_relaxed_tail(pick(4))) forget(payload);
    crash(pick(view_disk_->since.size() + 1));
    after_restart();
  }

  void after_restart() {
    leased_.clear();
    for (auto& [key, owed] : owed_) owed.leased = false;
    for (const auto id : lanes_) attach(id);
  }

  /// A mark that never was: the view may know of it all the same.
  void forget(const log::Payload& payload) {
    const auto lose = [&](SubscriptionId id, const EntryRef& ref) {
      for (const auto& run : ref.indices) {
        for (std::uint32_t i = 0; i < run.count; ++i) {
          if (std::find(lanes_.begin(), lanes_.end(), id) == lanes_.end()) continue;
          owed_[{id, ref.key.position, run.first + i}].uncertain = true;
        }
      }
    };
    PartReader parts(*payload);
    while (const auto part = parts.next()) {
      if (part->tag == Tag::Settled) {
        const auto mark = parse_settled(part->body);
        for (const auto& ref : mark->refs) lose(mark->settlement.subscription, ref);
      } else if (part->tag == Tag::Deferred) {
        const auto mark = parse_deferred(part->body);
        for (const auto& ref : mark->refs) lose(mark->subscription, ref.ref);
      }
    }
  }

  void check_counts() {
    for (const auto id : lanes_) {
      std::uint64_t sure = 0;
      std::uint64_t possible = 0;
      for (const auto& [key, owed] : owed_) {
        if (key.subscription != id) continue;
        ++possible;
        if (!owed.uncertain) ++sure;
      }
      ASSERT_GE(pending(id), sure);
      ASSERT_LE(pending(id), possible);
      ASSERT_EQ(queue_->stats(id).leased, leased_[id].size());
    }
  }

  void step() {
    switch (pick(24)) {
      case 0:
      case 1:
      case 2:
      case 3:
      case 4:
        return publish_some();
      case 5:
      case 6:
      case 7:
      case 8:
        return lease_some(any_lane(), 1 + pick(12));
      case 9:
      case 10:
      case 11:
      case 12:
      case 13:
      case 14:
        return settle_some(any_lane());
      case 15:
        return give_back_some(any_lane());
      case 16:
      case 17:
        return clock_.advance_to(clock_.now() + base::milliseconds(pick(1500)));
      case 18:
        return static_cast<void>(queue_->checkpoint().has_value());
      case 19:
        return change_reader(any_lane());
      case 20:
        if (pick(4) == 0) close_lane();
        return;
      case 21:
        if (pick(3) == 0) crash_somehow();
        return;
      case 22:
        if (pick(6) == 0) {
          restart_cleanly();
          after_restart();
        }
        return;
      default:
        return check_counts();
    }
  }

  /// Everything that is surely owed comes, and then nothing is left.
  void drain() {
    clock_.advance_to(clock_.now() + base::hours(1));
    const auto all_came = [&] {
      for (const auto id : lanes_) {
        lease_some(id, 100);
        if (HasFatalFailure()) return true;
        if (leased_[id].empty()) continue;
        const auto tasks = std::exchange(leased_[id], {});
        for (const auto& task : tasks) owed_.erase(task.key);
        settle(tasks, Verdict::Done);
      }
      clock_.advance_to(clock_.now() + base::seconds(1));
      return queue_->quiet() && queue_->next_due() == base::TimePoint::max();
    };
    ASSERT_TRUE(eventually(all_came));
    for (const auto& [key, owed] : owed_) {
      EXPECT_TRUE(owed.uncertain) << "lost: lane " << key.subscription.value << " record "
                                  << key.position << " index " << key.index;
    }
    for (const auto id : lanes_) EXPECT_EQ(pending(id), 0u);
  }

  base::SeededRandom random_{GetParam()};
  std::vector<SubscriptionId> lanes_;
  std::uint32_t next_lane_ = 1;
  std::uint64_t next_event_ = 0;
  std::map<TaskKey, Owed> owed_;
  std::map<SubscriptionId, std::vector<Task>> leased_;
};

TEST_P(ModelTest, nothing_is_lost_invented_or_repeated_beyond_what_was_out) {
  for (int i = 0; i < kSteps; ++i) {
    step();
    if (HasFatalFailure()) FAIL() << "step " << i;
  }
  drain();
  restart_cleanly();
  for (const auto id : lanes_) EXPECT_EQ(pending(id), 0u);
}

INSTANTIATE_TEST_SUITE_P(Seeds, ModelTest, ::testing::Range<std::uint64_t>(1, 21));

}  // namespace
}  // namespace fanfare::queue::testing
