#include "http/resolver.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

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

}  // namespace
}  // namespace fanfare::http
