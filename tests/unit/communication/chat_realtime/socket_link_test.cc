#include "communication/chat/realtime/socket_link.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <asio/post.hpp>
#include <future>
#include <thread>

#include "json/value.h"
#include "realtime_fixture.h"

namespace fanfare::communication::chat::realtime {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

/// The number of a notification's request, 0 for another frame.
std::int64_t number_in(const std::string& frame) {
  if (!frame.starts_with("3:::")) return 0;
  return json::parse(std::string_view(frame).substr(4))->find("id")->as_int().value_or(0);
}

std::string content_in(const std::string& frame) {
  const auto request = json::parse(std::string_view(frame).substr(4));
  const auto body = json::parse(*request->find("body")->if_string());
  return *body->find("messageBody")->if_string();
}

std::string answer(std::int64_t number) {
  return R"(3:::{"id":)" + std::to_string(number) + R"(,"status":200,"headers":{},"body":""})";
}

class SocketLinkTest : public testing::Test {
 protected:
  ~SocketLinkTest() override {
    on_executor([this] {
      for (const auto& link : links_) link->stop();
      links_.clear();
    });
    threads_.stop();
  }

  /// Runs it there, after everything that was posted before and by `work` of an earlier call: what
  /// a handler posts may be queued behind what another thread posts meanwhile.
  void on_executor(std::function<void()> work) {
    base::run_on(threads_.executor(0), [] {});
    base::run_on(threads_.executor(0), std::move(work));
  }
  void pass(base::Duration time) {
    clock_.advance_to(clock_.now() + time);
    on_executor([] {});
  }

  ConnectionPtr allocate() {
    const auto connection = *connections_.allocate(resource_, kAnn, {});
    connection->set_token("token");
    return connection;
  }
  std::shared_ptr<SocketLink> open(const ConnectionPtr& connection) {
    auto link = std::make_shared<SocketLink>(
        connection, threads_.executor(0), clock_,
        [this](const std::string& token) { return token == good_token_; }, [] {});
    on_executor([&] {
      link->start(base::hours(1));
      links_.push_back(link);
    });
    return link;
  }
  void enroll(const ConnectionPtr& connection) {
    connection->enroll("r", clock_.now() + base::hours(1), 4);
  }
  std::vector<std::string> take(const std::shared_ptr<SocketLink>& link) {
    std::vector<std::string> frames;
    on_executor([&] { frames = link->take(); });
    return frames;
  }
  void say(const std::shared_ptr<SocketLink>& link, const std::string& frame) {
    on_executor([&] { link->on_frame(frame); });
  }

  base::VirtualClock clock_{kNow};
  base::SeededRandom random_{1};
  base::IoThreads threads_{1};
  Feed feed_{clock_, random_};
  ResourcePtr resource_ = test_resource();
  Connections connections_{feed_, clock_, random_};
  std::string good_token_ = "token";
  std::vector<std::shared_ptr<SocketLink>> links_;
};

TEST_F(SocketLinkTest, tells_once_the_connection_is_registered) {
  const auto connection = allocate();
  const auto link = open(connection);
  EXPECT_THAT(take(link), ElementsAre("1::", HasSubstr("trouter.connected")));
  feed_.post(resource_, said("one"));
  EXPECT_THAT(take(link), IsEmpty());
  enroll(connection);
  const auto told = take(link);
  ASSERT_EQ(told.size(), 1u);
  EXPECT_EQ(content_in(told.front()), "one");
}

TEST_F(SocketLinkTest, goes_on_in_the_next_socket_with_what_was_not_answered) {
  const auto connection = allocate();
  enroll(connection);
  const auto first = open(connection);
  feed_.post(resource_, said("one"));
  feed_.post(resource_, said("two"));
  take(first);
  say(first, answer(1));
  const auto second = open(connection);
  EXPECT_THAT(take(first), ElementsAre(duplicate_frame()));
  EXPECT_TRUE(first->ended());
  const auto told = take(second);
  ASSERT_EQ(told.size(), 3u);
  EXPECT_EQ(content_in(told.back()), "two");
}

TEST_F(SocketLinkTest, ends_when_the_token_is_revoked) {
  const auto connection = allocate();
  enroll(connection);
  const auto link = open(connection);
  take(link);
  feed_.post(resource_, said("told"));
  EXPECT_EQ(take(link).size(), 1u);
  good_token_ = "another";
  pass(base::seconds(1));
  EXPECT_THAT(take(link), ElementsAre(unauthorized_frame()));
  EXPECT_TRUE(link->ended());
  feed_.post(resource_, said("secret"));
  EXPECT_THAT(take(link), IsEmpty());
}

TEST_F(SocketLinkTest, goes_on_with_the_newest_token) {
  const auto connection = allocate();
  const auto link = open(connection);
  good_token_ = "newer";
  connection->set_token("newer");
  pass(base::seconds(1));
  EXPECT_FALSE(link->ended());
}

TEST_F(SocketLinkTest, sends_heartbeats_and_ends_a_client_that_is_gone) {
  const auto link = open(allocate());
  take(link);
  for (int i = 0; i < 25; ++i) pass(base::seconds(1));
  EXPECT_THAT(take(link), ElementsAre("2::"));
  for (int i = 0; i < 60; ++i) pass(base::seconds(1));
  EXPECT_TRUE(link->ended());
}

TEST_F(SocketLinkTest, holds_back_what_a_slow_client_has_no_room_for) {
  const auto connection = allocate();
  enroll(connection);
  const auto link = open(connection);
  take(link);
  for (int i = 1; i <= 100; ++i) feed_.post(resource_, said(std::to_string(i)));
  EXPECT_EQ(take(link).size(), 64u);
  for (int i = 1; i <= 64; ++i) say(link, answer(i));
  const auto rest = take(link);
  ASSERT_EQ(rest.size(), 36u);
  EXPECT_EQ(content_in(rest.back()), "100");
}

/// Sockets on threads of their own while others post, connect and go: for the thread sanitizer.
TEST(SocketLinks, on_many_threads_tell_everything_in_order) {
  constexpr int kMessages = 400;
  base::SystemClock clock;
  base::IoThreads threads(3);
  Feed feed(clock, base::system_random());
  Connections connections(feed, clock, base::system_random());
  const auto resource = test_resource();
  const auto connection = *connections.allocate(resource, kAnn, {});
  connection->enroll("r", clock.now() + base::hours(1), 4);

  struct Client {
    std::shared_ptr<SocketLink> link;
    std::vector<std::string> heard;
    std::promise<void> done;
    void read() {
      const auto self = link;
      for (const std::string& frame : self->take()) {
        if (number_in(frame) == 0) continue;
        heard.push_back(content_in(frame));
        self->on_frame(answer(number_in(frame)));
        if (heard.size() == kMessages) done.set_value();
      }
    }
  };
  Client client;
  const auto executor = threads.executor(0);
  base::run_on(executor, [&] {
    client.link = std::make_shared<SocketLink>(
        connection, executor, clock, [](const std::string&) { return true; },
        [&client, executor] { asio::post(executor, [&client] { client.read(); }); });
    client.link->start(base::hours(1));
  });
  std::thread poster([&] {
    for (int i = 0; i < kMessages; ++i) feed.post(resource, said(std::to_string(i)));
  });
  std::thread passers_by([&] {
    for (int i = 0; i < 100; ++i) {
      const auto other = connections.allocate(resource, kBob, {});
      if (other) (*other)->enroll("x", clock.now(), 4);
      connections.withdraw(resource, kBob, "x");
    }
  });
  poster.join();
  passers_by.join();
  client.done.get_future().wait();
  base::run_on(executor, [&] { client.link->stop(); });
  threads.stop();
  for (int i = 0; i < kMessages; ++i) {
    ASSERT_EQ(client.heard[static_cast<std::size_t>(i)], std::to_string(i));
  }
}

}  // namespace
}  // namespace fanfare::communication::chat::realtime
