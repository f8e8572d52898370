#include "communication/sms/turns.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "base/task_group.h"

namespace fanfare::communication::sms {
namespace {

using Mode = Turns::Mode;

/// Lets whoever is woken run.
base::Async<void> breathe() {
  const auto executor = co_await asio::this_coro::executor;
  co_await asio::post(executor, base::as_result);
}

struct Stage {
  Turns turns;
  std::string seen;
  int shared_inside = 0;
  int alone_inside = 0;
  bool clashed = false;

  base::Async<void> visit(std::string key, Mode mode, char name) {
    const auto turn = co_await turns.enter(std::move(key), mode);
    auto& inside = mode == Mode::Alone ? alone_inside : shared_inside;
    ++inside;
    clashed |= alone_inside > 1 || (alone_inside == 1 && shared_inside > 0);
    seen.push_back(name);
    for (int i = 0; i < 5; ++i) co_await breathe();
    seen.push_back(name);
    --inside;
  }
};

std::string play(Stage& stage, const std::vector<std::pair<Mode, char>>& visits,
                 const std::string& key = "k") {
  base::IoThreads threads(1);
  base::block_on(threads.executor(0), [&]() -> base::Async<void> {
    base::TaskGroup tasks(threads.executor(0));
    for (const auto& [mode, name] : visits) {
      tasks.spawn("visit", stage.visit(key, mode, name));
    }
    co_await tasks.join();
  });
  threads.stop();
  return stage.seen;
}

TEST(Turns, ThoseWhoShareAreInsideTogether) {
  Stage stage;
  EXPECT_EQ(play(stage, {{Mode::Shared, 'a'}, {Mode::Shared, 'b'}}), "abab");
  EXPECT_EQ(stage.turns.size(), 0U);
}

TEST(Turns, WhoWantsItAloneWaitsAndTheOthersForHim) {
  Stage stage;
  EXPECT_EQ(play(stage, {{Mode::Shared, 'a'},
                         {Mode::Alone, 'B'},
                         {Mode::Shared, 'c'},
                         {Mode::Shared, 'd'},
                         {Mode::Alone, 'E'}}),
            "aaBBcdcdEE");
  EXPECT_FALSE(stage.clashed);
  EXPECT_EQ(stage.turns.size(), 0U);
}

TEST(Turns, NobodyMeetsWhoIsAloneOnAnyThread) {
  Turns turns;
  std::atomic<int> alone{0}, shared{0}, clashes{0}, done{0};
  struct Shell {
    static base::Async<void> run(Turns& all, int number, std::atomic<int>& a, std::atomic<int>& s,
                                 std::atomic<int>& c, std::atomic<int>& d) {
      for (int i = 0; i < 200; ++i) {
        const auto mode = (number + i) % 3 == 0 ? Mode::Alone : Mode::Shared;
        const auto turn = co_await all.enter("key", mode);
        auto& mine = mode == Mode::Alone ? a : s;
        ++mine;
        if (a > 1 || (mode == Mode::Alone && s > 0)) ++c;
        co_await breathe();
        --mine;
      }
      ++d;
    }
  };
  base::IoThreads threads(3);
  std::vector<std::unique_ptr<base::TaskGroup>> groups;
  for (std::size_t i = 0; i < 3; ++i) {
    base::run_on(threads.executor(i), [&, i] {
      groups.push_back(std::make_unique<base::TaskGroup>(threads.executor(i)));
      groups[i]->spawn("visits",
                       Shell::run(turns, static_cast<int>(i), alone, shared, clashes, done));
    });
  }
  for (std::size_t i = 0; i < 3; ++i) {
    base::block_on(threads.executor(i), [&]() -> base::Async<void> { co_await groups[i]->join(); });
  }
  threads.stop();
  EXPECT_EQ(done, 3);
  EXPECT_EQ(clashes, 0);
  EXPECT_EQ(turns.size(), 0U);
}

}  // namespace
}  // namespace fanfare::communication::sms
