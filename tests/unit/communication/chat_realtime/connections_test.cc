#include "communication/chat/realtime/connections.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "communication/chat/realtime/handshakes.h"
#include "communication/chat/realtime/trouter_session.h"
#include "realtime_fixture.h"

namespace fanfare::communication::chat::realtime {
namespace {

/// A link that only counts.
struct CountingLink final : Link {
  void wake() override { ++wakes; }
  void end(std::string frame) override { ended_with.push_back(std::move(frame)); }
  int wakes = 0;
  std::vector<std::string> ended_with;
};

class ConnectionsTest : public testing::Test {
 protected:
  static ConnectionLimits small_limits() {
    ConnectionLimits limits;
    limits.per_user_max = 2;
    return limits;
  }
  ConnectionPtr allocate(const std::string& user = kAnn, Connections::Former former = {}) {
    return *connections_.allocate(resource_, user, former);
  }
  static Connections::Former former(const Connection& connection) {
    return {connection.id(), connection.secret()};
  }
  void pass(base::Duration time) { clock_.advance_to(clock_.now() + time); }

  base::VirtualClock clock_{kNow};
  base::SeededRandom random_{1};
  Feed feed_{clock_, random_};
  ResourcePtr resource_ = test_resource();
  Connections connections_{feed_, clock_, random_, small_limits()};
};

TEST_F(ConnectionsTest, gives_back_the_one_that_the_client_had) {
  const auto first = allocate();
  EXPECT_EQ(allocate(kAnn, former(*first)), first);
  EXPECT_NE(allocate(kAnn, {first->id(), "guessed"}), first);
  EXPECT_NE(allocate(kBob, former(*first)), first);
}

TEST_F(ConnectionsTest, are_found_with_their_secret_or_by_their_user) {
  const auto made = allocate();
  EXPECT_EQ(connections_.find(made->id(), made->secret()), made);
  EXPECT_EQ(connections_.find(made->id(), ""), nullptr);
  EXPECT_EQ(connections_.find("unknown", made->secret()), nullptr);
  EXPECT_EQ(connections_.find_of(resource_, kAnn, made->id()), made);
  EXPECT_EQ(connections_.find_of(resource_, kBob, made->id()), nullptr);
  EXPECT_EQ(connections_.find_of(test_resource(2), kAnn, made->id()), nullptr);
}

TEST_F(ConnectionsTest, begin_with_what_happens_from_now_on) {
  feed_.post(resource_, said("before"));
  const auto made = allocate();
  const auto link = std::make_shared<CountingLink>();
  EXPECT_EQ(made->attach(link), 1u);
  feed_.post(resource_, said("after"));
  EXPECT_EQ(link->wakes, 1);
  EXPECT_EQ(made->read(1, 10).entries.size(), 1u);
}

TEST_F(ConnectionsTest, of_a_run_before_begin_where_this_one_did) {
  feed_.post(resource_, said("since the start"));
  const auto made = allocate(kAnn, {"another-run", "x"});
  EXPECT_EQ(made->attach(std::make_shared<CountingLink>()), 0u);
  const FeedPart part = made->read(0, 10);
  EXPECT_EQ(part.entries.size(), 1u);
  EXPECT_EQ(part.missed_until, std::nullopt);
}

TEST_F(ConnectionsTest, that_were_given_up_are_told_that_something_was_missed) {
  pass(base::minutes(5));
  const Connections::Former had = former(*allocate());
  pass(base::minutes(5));
  static_cast<void>(allocate(kBob));  // cleans up
  pass(base::minutes(5));
  feed_.post(resource_, said("unheard"));
  const auto second = allocate(kAnn, had);
  EXPECT_NE(second->id(), had.id);
  EXPECT_EQ(second->attach(std::make_shared<CountingLink>()), 0u);
  EXPECT_TRUE(second->read(0, 10).missed_until);
}

TEST_F(ConnectionsTest, go_on_from_where_the_link_before_had_come) {
  const auto made = allocate();
  const auto first = std::make_shared<CountingLink>();
  made->attach(first);
  made->acknowledge(7);
  made->acknowledge(5);
  made->detach(first.get(), clock_.now());
  const auto second = std::make_shared<CountingLink>();
  EXPECT_EQ(made->attach(second), 7u);
}

TEST_F(ConnectionsTest, serve_the_newest_link_alone) {
  const auto made = allocate();
  const auto first = std::make_shared<CountingLink>();
  const auto second = std::make_shared<CountingLink>();
  made->attach(first);
  made->attach(second);
  EXPECT_THAT(first->ended_with, testing::ElementsAre(duplicate_frame()));
  made->detach(first.get(), clock_.now());
  feed_.post(resource_, said());
  EXPECT_EQ(first->wakes, 0);
  EXPECT_EQ(second->wakes, 1);
  EXPECT_FALSE(made->idle_since());
}

TEST_F(ConnectionsTest, are_bounded_for_each_user_and_the_one_without_a_link_gives_way) {
  const auto first = allocate();
  const auto second = allocate();
  const auto link = std::make_shared<CountingLink>();
  first->attach(link);
  const auto third = allocate();
  EXPECT_EQ(connections_.find(second->id(), second->secret()), nullptr);
  const auto another = std::make_shared<CountingLink>();
  third->attach(another);
  const auto refused = connections_.allocate(resource_, kAnn, {});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, base::Errc::Unavailable);
  EXPECT_TRUE(connections_.allocate(resource_, kBob, {}));
}

TEST_F(ConnectionsTest, without_a_link_are_forgotten_after_a_while) {
  const auto made = allocate();
  pass(base::minutes(2));
  static_cast<void>(allocate(kBob));
  EXPECT_TRUE(connections_.find(made->id(), made->secret()));
  pass(base::minutes(2));
  static_cast<void>(allocate(kBob));
  EXPECT_FALSE(connections_.find(made->id(), made->secret()));
}

TEST_F(ConnectionsTest, are_told_at_only_while_registered) {
  const auto made = allocate();
  const auto link = std::make_shared<CountingLink>();
  made->attach(link);
  EXPECT_FALSE(made->is_registered(clock_.now()));
  EXPECT_TRUE(made->enroll("r", clock_.now() + base::hours(1), 2));
  EXPECT_EQ(link->wakes, 1) << "there may be something to tell already";
  EXPECT_TRUE(made->is_registered(clock_.now()));
  EXPECT_FALSE(made->is_registered(clock_.now() + base::hours(1)));
  EXPECT_TRUE(connections_.withdraw(resource_, kAnn, "r"));
  EXPECT_FALSE(made->is_registered(clock_.now()));
  EXPECT_FALSE(connections_.withdraw(resource_, kAnn, "r"));
  EXPECT_FALSE(connections_.withdraw(resource_, kBob, "r"));
}

TEST_F(ConnectionsTest, hold_a_bounded_number_of_registrations) {
  const auto made = allocate();
  EXPECT_TRUE(made->enroll("a", clock_.now(), 2));
  EXPECT_TRUE(made->enroll("b", clock_.now(), 2));
  EXPECT_FALSE(made->enroll("c", clock_.now(), 2));
  EXPECT_TRUE(made->enroll("a", clock_.now(), 2));
}

TEST_F(ConnectionsTest, that_are_unregistered_and_left_are_forgotten_at_once) {
  const auto made = allocate();
  made->enroll("r", clock_.now() + base::hours(1), 2);
  EXPECT_TRUE(connections_.withdraw(resource_, kAnn, "r"));
  EXPECT_EQ(connections_.size(), 0u);
}

TEST_F(ConnectionsTest, end_all_when_the_server_stops) {
  const auto made = allocate();
  const auto link = std::make_shared<CountingLink>();
  made->attach(link);
  connections_.close();
  EXPECT_THAT(link->ended_with, testing::ElementsAre(""));
  EXPECT_FALSE(connections_.find(made->id(), made->secret()));
  const auto refused = connections_.allocate(resource_, kAnn, former(*made));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, base::Errc::Unavailable);
}

class HandshakesTest : public ConnectionsTest {
 protected:
  std::string make(const ConnectionPtr& connection) {
    return handshakes_.make(connection, [](const std::string&) { return true; });
  }
  Handshakes handshakes_{clock_, random_};
};

TEST_F(HandshakesTest, are_good_for_one_socket) {
  const auto connection = allocate();
  const std::string number = make(connection);
  const auto taken = handshakes_.take(number);
  ASSERT_TRUE(taken);
  EXPECT_EQ(taken->connection, connection);
  EXPECT_FALSE(handshakes_.take(number));
  EXPECT_FALSE(handshakes_.take("unknown"));
}

TEST_F(HandshakesTest, lapse) {
  const std::string number = make(allocate());
  pass(base::seconds(60));
  EXPECT_FALSE(handshakes_.take(number));
}

TEST_F(HandshakesTest, are_bounded_for_each_connection) {
  const auto connection = allocate();
  std::vector<std::string> numbers;
  for (int i = 0; i < 5; ++i) {
    numbers.push_back(make(connection));
    pass(base::milliseconds(1));
  }
  EXPECT_FALSE(handshakes_.take(numbers.front()));
  EXPECT_TRUE(handshakes_.take(numbers[1]));
  EXPECT_TRUE(handshakes_.take(numbers.back()));
}

}  // namespace
}  // namespace fanfare::communication::chat::realtime
