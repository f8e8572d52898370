#include "http/resolver.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <asio/co_spawn.hpp>
#include <atomic>
#include <future>

namespace fanfare::http {
namespace {

using testing::ElementsAre;

std::vector<std::string> resolve(const std::string& host) {
  base::IoThreads threads(1);
  const auto resolver = make_system_resolver();
  std::vector<std::string> out;
  const auto run = [&]() -> base::Async<void> {
    auto asked = resolver->resolve(host, base::seconds(10));
    const auto found = co_await std::move(asked);
    if (!found) {
      out.push_back(std::string(base::to_string(found.error().code)));
      co_return;
    }
    for (const auto& address : *found) out.push_back(address.to_string());
  };
  base::block_on(threads.executor(0), run);
  return out;
}

TEST(SystemResolver, answers_literals_itself) {
  EXPECT_THAT(resolve("192.0.2.7"), ElementsAre("192.0.2.7"));
  EXPECT_THAT(resolve("2001:db8::1"), ElementsAre("2001:db8::1"));
}

TEST(SystemResolver, takes_localhost_and_names_below_it_for_loopback) {
  EXPECT_THAT(resolve("localhost"), ElementsAre("127.0.0.1", "::1"));
  EXPECT_THAT(resolve("a.LocalHost"), ElementsAre("127.0.0.1", "::1"));
}

TEST(SystemResolver, looks_up_on_a_thread_of_its_own_and_reports_failures) {
  const auto found = resolve("no-such-host.invalid");
  ASSERT_EQ(found.size(), 1u);
  EXPECT_THAT(found[0], testing::AnyOf("NotFound", "Unavailable", "not found", "unavailable"));
}

/// Asks for a name and keeps the answer.
class Asked {
 public:
  Asked(Resolver& resolver, base::Executor executor, std::string host) {
    asio::co_spawn(executor, ask(resolver, std::move(host)),
                   [this](std::exception_ptr) { done_.set_value(); });
  }
  bool found() {
    done_.get_future().wait();
    return found_;
  }

 private:
  base::Async<void> ask(Resolver& resolver, std::string host) {
    auto asking = resolver.resolve(std::move(host), base::minutes(1));
    const auto answer = co_await std::move(asking);
    found_ = answer.has_value();
  }

  std::promise<void> done_;
  bool found_ = false;
};

TEST(SystemResolver, names_that_made_trouble_leave_threads_to_the_others) {
  std::atomic<bool> hang{false};
  std::promise<void> release;
  const std::shared_future<void> released = release.get_future();
  SystemResolverOptions options;
  options.threads_max = 2;
  options.reuse = base::Duration::zero();
  options.look_up =
      [&, released](const std::string& host) -> base::Result<std::vector<asio::ip::address>> {
    const bool bad = host.starts_with("bad");
    if (bad && hang) released.wait();
    if (bad) return base::Error{base::Errc::NotFound, "no such name", {}};
    return std::vector{asio::ip::make_address("192.0.2.1")};
  };
  base::IoThreads threads(1);
  const auto resolver = make_system_resolver(options);
  for (const char* host : {"bad-1", "bad-2", "bad-3"}) {
    EXPECT_FALSE(Asked(*resolver, threads.executor(0), host).found());
  }
  hang = true;
  Asked first(*resolver, threads.executor(0), "bad-1");
  Asked second(*resolver, threads.executor(0), "bad-2");
  Asked third(*resolver, threads.executor(0), "bad-3");
  for (int i = 0; i < 3; ++i) {
    EXPECT_TRUE(Asked(*resolver, threads.executor(0), "good-" + std::to_string(i)).found());
  }
  release.set_value();
  EXPECT_FALSE(first.found() || second.found() || third.found());
}

}  // namespace
}  // namespace fanfare::http
