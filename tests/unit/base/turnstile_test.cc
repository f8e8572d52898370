#include "base/turnstile.h"

#include <gtest/gtest.h>

#include <asio/co_spawn.hpp>
#include <asio/detached.hpp>
#include <atomic>
#include <vector>

namespace fanfare::base {
namespace {

TEST(Turnstile, LetsThemThroughInTheOrderOfTheirComing) {
  asio::io_context context;
  Turnstile turnstile;
  std::vector<int> order;
  auto pass = [&](int number) -> Async<void> {
    auto turn = co_await turnstile.enter();
    order.push_back(number);
    const auto executor = context.get_executor();
    co_await asio::post(executor, asio::use_awaitable_t<Executor>());
    order.push_back(number);
  };
  for (int number = 1; number <= 3; ++number) {
    asio::co_spawn(context.get_executor(), pass(number), asio::detached);
  }
  context.run();
  EXPECT_EQ(order, (std::vector<int>{1, 1, 2, 2, 3, 3}));
}

TEST(Turnstile, KeepsCoroutinesOfDifferentThreadsApart) {
  IoThreads threads(2);
  Turnstile turnstile;
  int inside = 0;  // guarded by the turnstile alone
  int entered = 0;
  std::atomic<int> overlaps = 0;
  auto pass = [&]() -> Async<void> {
    for (int round = 0; round < 200; ++round) {
      auto turn = co_await turnstile.enter();
      if (++inside != 1) ++overlaps;
      ++entered;
      --inside;
    }
  };
  std::thread other([&] { block_on(threads.executor(1), pass); });
  block_on(threads.executor(0), pass);
  other.join();
  EXPECT_EQ(overlaps, 0);
  EXPECT_EQ(entered, 400);
}

TEST(Turnstile, AMovedTurnLeavesOnce) {
  IoThreads threads(1);
  Turnstile turnstile;
  bool again = false;
  block_on(threads.executor(0), [&]() -> Async<void> {
    {
      auto turn = co_await turnstile.enter();
      auto moved = std::move(turn);
    }
    auto next = co_await turnstile.enter();
    again = true;
  });
  EXPECT_TRUE(again);
}

}  // namespace
}  // namespace fanfare::base
