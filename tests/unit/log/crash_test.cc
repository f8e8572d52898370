// What is left after a stop at any call, after a power cut, and after failing calls: everything
// acknowledged, nothing invented, and never a refusal to open.
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <random>

#include "base/log.h"
#include "store_fixture.h"

namespace fanfare::log {
namespace {

class CrashTest : public testing::Test {
 protected:
  static void SetUpTestSuite() { base::configure_log(base::LogLevel::Off, base::LogFormat::Text); }
};

struct Acknowledged {
  std::size_t steps;  ///< calls made by the time the append returned
  Position position;
};

/// 200 operations: appends with and without guard, marks, trims, one orderly restart.
std::vector<Acknowledged> run_workload(FakeDisk& disk) {
  std::vector<Acknowledged> acknowledged;
  std::mt19937_64 random(7);
  auto session = std::make_unique<Session>(disk);
  EXPECT_TRUE(session->log) << session->error.message;
  EXPECT_TRUE(session->start());
  Position next = 1;
  for (int i = 0; i < 200; ++i) {
    const auto dice = random() % 20;
    if (i == 120) {
      session->log->close();
      session.reset();
      session = std::make_unique<Session>(disk);
      EXPECT_TRUE(session->log) << session->error.message;
      EXPECT_TRUE(session->start(next));
    }
    if (dice < 5) {
      static_cast<void>(session->log->append_relaxed(payload(numbered(next++))));
    } else if (dice == 5) {
      session->log->trim(session->log->next() > 30 ? session->log->next() - 30 : 1);
    } else {
      const auto text = numbered(next++);
      const auto position = dice < 8 ? session->append(text, "aggregate " + std::to_string(i), 0)
                                     : session->append(text);
      EXPECT_TRUE(position) << position.error().message;
      EXPECT_EQ(*position, next - 1);
      acknowledged.push_back({disk.steps(), *position});
    }
  }
  session->log->close();
  return acknowledged;
}

Position acknowledged_by(const std::vector<Acknowledged>& all, std::size_t steps) {
  Position last = 0;
  for (const auto& one : all) {
    if (one.steps <= steps) last = one.position;
  }
  return last;
}

/// Opens the disk, compares every record with what was written, and appends once more.
void expect_whole(FakeDisk& disk, Position acknowledged, const std::string& state) {
  Session session(disk);
  ASSERT_TRUE(session.log) << state << ": " << session.error.message;
  const auto first = session.log->first();
  const auto next = session.log->next();
  ASSERT_GT(next, acknowledged) << state;
  const auto started = session.start(first);
  ASSERT_TRUE(started) << state << ": " << started.error().message;
  const auto applied = session.applied();
  ASSERT_EQ(applied.size(), next - first) << state;
  for (std::size_t i = 0; i < applied.size(); ++i) {
    ASSERT_EQ(applied[i].first, first + i) << state;
    ASSERT_EQ(applied[i].second, numbered(applied[i].first)) << state;
  }
  const auto more = session.append("more");
  ASSERT_TRUE(more) << state << ": " << more.error().message;
  ASSERT_EQ(*more, next) << state;
}

TEST_F(CrashTest, a_stop_after_any_call_or_within_a_write_loses_nothing_acknowledged) {
  FakeDisk disk;
  const auto acknowledged = run_workload(disk);
  const auto journal = disk.journal();
  std::vector<std::pair<std::size_t, std::size_t>> states;
  for (std::size_t i = 0; i <= journal.size(); ++i) {
    states.emplace_back(i, 0);
    if (i == journal.size() || journal[i].call != Call::Write) continue;
    for (std::size_t torn = 512; torn < journal[i].bytes.size(); torn += 512) {
      states.emplace_back(i, torn);
    }
  }
  std::mt19937_64 random(11);
  std::ranges::shuffle(states, random);
  const char* const wanted = std::getenv("FANFARE_CRASH_STATES");
  states.resize(std::min<std::size_t>(states.size(), wanted != nullptr ? std::atoi(wanted) : 500));
  for (const auto& [steps, torn] : states) {
    const auto left = disk.after_crash(steps, torn);
    expect_whole(*left, acknowledged_by(acknowledged, steps),
                 "after call " + std::to_string(steps) + ", torn at " + std::to_string(torn));
    if (HasFatalFailure()) return;
  }
}

TEST_F(CrashTest, a_power_cut_loses_nothing_acknowledged_whatever_else_reached_the_disk) {
  FakeDisk disk;
  const auto acknowledged = run_workload(disk);
  std::mt19937_64 random(13);
  const char* const wanted = std::getenv("FANFARE_CRASH_STATES");
  const int states = wanted != nullptr ? std::atoi(wanted) : 500;
  for (int i = 0; i < states; ++i) {
    const auto steps = random() % (disk.steps() + 1);
    const auto left = disk.after_power_cut(steps, static_cast<std::uint64_t>(i));
    expect_whole(*left, acknowledged_by(acknowledged, steps),
                 "power cut after call " + std::to_string(steps) + ", seed " + std::to_string(i));
    if (HasFatalFailure()) return;
  }
}

TEST_F(CrashTest, a_crash_while_recovering_from_a_crash_loses_nothing) {
  FakeDisk disk;
  const auto acknowledged = run_workload(disk);
  std::mt19937_64 random(17);
  for (int i = 0; i < 60; ++i) {
    const auto steps = random() % (disk.steps() + 1);
    const auto once = disk.after_power_cut(steps, static_cast<std::uint64_t>(i));
    {
      Session session(*once);
      ASSERT_TRUE(session.log) << session.error.message;
    }
    const auto stop = random() % (once->steps() + 1);
    const auto twice = once->after_power_cut(stop, static_cast<std::uint64_t>(i));
    expect_whole(*twice, acknowledged_by(acknowledged, steps), "seed " + std::to_string(i));
    if (HasFatalFailure()) return;
  }
}

/// Appends until one is refused or 60 are in; what was acknowledged counts.
Position append_some(FakeDisk& disk, bool& refused) {
  Session session(disk);
  if (!session.log || !session.start(session.log->first())) {
    refused = true;
    return 0;
  }
  Position last = session.log->next() - 1;
  Position acknowledged = 0;
  for (int i = 0; i < 60; ++i) {
    if (i % 5 == 4) {
      static_cast<void>(session.log->append_relaxed(payload(numbered(++last))));
      continue;
    }
    const auto position = session.append(numbered(last + 1));
    if (!position) {
      refused = true;
      EXPECT_EQ(position.error().code, base::Errc::Unavailable);
      break;
    }
    last = acknowledged = *position;
    if (i % 20 == 19) session.log->trim(last > 20 ? last - 20 : 1);
  }
  session.log->close();
  return acknowledged;
}

TEST_F(CrashTest, whichever_call_fails_what_was_acknowledged_is_there_afterwards) {
  int refusals = 0;
  for (int n = 1; n <= 300; ++n) {
    FakeDisk disk;
    int calls = 0;
    disk.on_call([&](Call) -> std::optional<int> {
      return ++calls == n ? std::optional<int>(EIO) : std::nullopt;
    });
    bool refused = false;
    const auto acknowledged = append_some(disk, refused);
    disk.on_call({});
    refusals += refused;
    expect_whole(*disk.after_crash(disk.steps(), 0), acknowledged, "call " + std::to_string(n));
    expect_whole(*disk.after_power_cut(disk.steps(), static_cast<std::uint64_t>(n)), acknowledged,
                 "call " + std::to_string(n) + " and a power cut");
    if (HasFatalFailure()) return;
  }
  EXPECT_GT(refusals, 50);
}

TEST_F(CrashTest, calls_failing_at_random_lose_nothing_acknowledged) {
  for (int seed = 0; seed < 60; ++seed) {
    FakeDisk disk;
    std::mt19937_64 random(static_cast<std::uint64_t>(seed));
    Position acknowledged = 0;
    disk.set_write_limit(1000);
    disk.on_call([&](Call call) -> std::optional<int> {
      if (call == Call::Read || call == Call::Write) {
        if (random() % 20 == 0) return EINTR;
      }
      return random() % 50 == 0 ? std::optional<int>(EIO) : std::nullopt;
    });
    for (int round = 0; round < 5; ++round) {
      bool refused = false;
      acknowledged = std::max(acknowledged, append_some(disk, refused));
    }
    disk.on_call({});
    expect_whole(*disk.after_power_cut(disk.steps(), static_cast<std::uint64_t>(seed)),
                 acknowledged, "seed " + std::to_string(seed));
    if (HasFatalFailure()) return;
  }
}

TEST_F(CrashTest, after_a_failed_sync_appends_are_refused_until_the_log_is_opened_again) {
  FakeDisk disk;
  auto session = std::make_unique<Session>(disk);
  ASSERT_TRUE(session->start());
  ASSERT_TRUE(session->append(numbered(1)));
  std::atomic<int> syncs{0};
  std::atomic<bool> failing{true};
  disk.on_call([&](Call call) -> std::optional<int> {
    if (call != Call::Sync) return std::nullopt;
    ++syncs;
    return failing ? std::optional<int>(EIO) : std::nullopt;
  });
  const auto refused = session->append(numbered(2));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, base::Errc::Unavailable);
  EXPECT_FALSE(session->log->health().writable);
  EXPECT_NE(session->log->health().reason.find("cannot sync"), std::string::npos);
  failing = false;
  const int before = syncs;
  EXPECT_EQ(session->append(numbered(2)).error().code, base::Errc::Unavailable);
  EXPECT_FALSE(session->log->append_relaxed(payload("dropped")));
  session->log->close();
  EXPECT_EQ(syncs, before) << "a sync was asked for again";
  session.reset();
  disk.on_call({});

  // The failed bytes are readable, but were never on the disk: recovery has to write them again.
  session = std::make_unique<Session>(disk);
  ASSERT_TRUE(session->log) << session->error.message;
  const auto next = session->log->next();
  EXPECT_EQ(next, 3u);
  ASSERT_TRUE(session->start());
  ASSERT_TRUE(session->append(numbered(next)));
  session.reset();
  expect_whole(*disk.after_power_cut(disk.steps(), 0), next, "power cut");
}

TEST_F(CrashTest, no_append_returns_before_the_sync_that_covers_it) {
  FakeDisk disk;
  const auto acknowledged = run_workload(disk);
  const auto journal = disk.journal();
  std::map<FakeDisk::Inode, bool> dirty;
  std::size_t at = 0;
  for (const auto& one : acknowledged) {
    const auto text = "record " + std::to_string(one.position) + " ";
    std::optional<FakeDisk::Inode> written;
    bool synced = false;
    for (at = 0; at < one.steps; ++at) {
      const auto& step = journal[at];
      if (step.call == Call::Write && step.bytes.find(text) != std::string::npos) {
        written = step.inode;
      }
      if (step.call == Call::Sync && written == step.inode) synced = true;
    }
    EXPECT_TRUE(written && synced) << "record " << one.position;
  }
}

TEST_F(CrashTest, a_new_segment_is_synced_and_named_durably_before_it_is_written_to) {
  FakeDisk disk;
  run_workload(disk);
  const auto journal = disk.journal();
  std::map<FakeDisk::Inode, int> stage;  // 1 synced, 2 named, 3 folder synced
  std::map<std::string, FakeDisk::Inode> names;
  for (const auto& step : journal) {
    if (step.call == Call::Create) names[step.to] = step.inode;
    if (step.call == Call::Sync && stage[step.inode] == 0) stage[step.inode] = 1;
    if (step.call == Call::Rename) {
      const auto inode = names[step.from];
      names[step.to] = inode;
      if (step.to.ends_with(".seg")) {
        EXPECT_GE(stage[inode], 1) << step.to;
        stage[inode] = 2;
      } else {
        stage[inode] = 0;  // kept to be used again
      }
    }
    if (step.call == Call::SyncFolder) {
      for (auto& [inode, reached] : stage) reached = reached == 2 ? 3 : reached;
    }
    if (step.call == Call::Write && step.offset >= kSegmentHeaderBytes &&
        stage.contains(step.inode) && stage[step.inode] == 2) {
      ADD_FAILURE() << "written before the folder was synced";
    }
  }
}

}  // namespace
}  // namespace fanfare::log
