#include "communication/chat/realtime/feed.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "realtime_fixture.h"

namespace fanfare::communication::chat::realtime {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::Ne;
using testing::Optional;

class FeedTest : public testing::Test {
 protected:
  std::unique_ptr<Feed> make(FeedLimits limits = {}) {
    return std::make_unique<Feed>(clock_, random_, limits);
  }
  /// A feed that has been running for longer than it gives everybody a mailbox.
  std::unique_ptr<Feed> make_settled(FeedLimits limits = {}) {
    auto feed = make(limits);
    clock_.advance_to(clock_.now() + limits.kept_for);
    return feed;
  }
  void pass(base::Duration time) { clock_.advance_to(clock_.now() + time); }

  static std::vector<std::string> contents(const FeedPart& part) {
    std::vector<std::string> list;
    for (const auto& entry : part.entries) {
      list.push_back(std::get<MessageNotice>(entry.notification->body).message.content);
    }
    return list;
  }

  base::VirtualClock clock_{kNow};
  base::SeededRandom random_{1};
  ResourcePtr resource_ = test_resource();
  int wakes_ = 0;
  std::function<void()> wake_ = [this] { ++wakes_; };
};

TEST_F(FeedTest, tells_each_recipient_in_order_and_nobody_else) {
  const auto feed = make_settled();
  const auto ann = feed->subscribe(resource_, kAnn, wake_);
  const auto bob = feed->subscribe(resource_, kBob, wake_);
  feed->post(resource_, said("both"));
  feed->post(resource_, said("ann", {kAnn}));
  EXPECT_THAT(contents(ann->read(0, 10)), ElementsAre("both", "ann"));
  EXPECT_THAT(contents(bob->read(0, 10)), ElementsAre("both"));
  EXPECT_EQ(feed->newest(), 2u);
}

TEST_F(FeedTest, keeps_users_of_different_resources_apart) {
  const auto feed = make_settled();
  const auto other = feed->subscribe(test_resource(2), kAnn, wake_);
  feed->post(resource_, said());
  EXPECT_THAT(contents(other->read(0, 10)), IsEmpty());
  EXPECT_EQ(wakes_, 0);
}

TEST_F(FeedTest, reads_on_from_a_position_in_bounded_parts) {
  const auto feed = make_settled();
  const auto ann = feed->subscribe(resource_, kAnn, wake_);
  for (const char* text : {"1", "2", "3"}) feed->post(resource_, said(text));
  const FeedPart first = ann->read(0, 2);
  EXPECT_THAT(contents(first), ElementsAre("1", "2"));
  EXPECT_THAT(contents(ann->read(first.entries.back().position, 2)), ElementsAre("3"));
}

TEST_F(FeedTest, wakes_once_for_each_reading) {
  const auto feed = make_settled();
  const auto ann = feed->subscribe(resource_, kAnn, wake_);
  feed->post(resource_, said());
  feed->post(resource_, said());
  EXPECT_EQ(wakes_, 1);
  static_cast<void>(ann->read(0, 10));
  feed->post(resource_, said());
  EXPECT_EQ(wakes_, 2);
}

TEST_F(FeedTest, every_connection_of_a_user_reads_for_itself) {
  const auto feed = make_settled();
  const auto one = feed->subscribe(resource_, kAnn, wake_);
  const auto two = feed->subscribe(resource_, kAnn, wake_);
  feed->post(resource_, said("x"));
  EXPECT_THAT(contents(one->read(0, 10)), ElementsAre("x"));
  EXPECT_THAT(contents(two->read(0, 10)), ElementsAre("x"));
  EXPECT_EQ(wakes_, 2);
}

TEST_F(FeedTest, who_reads_too_slowly_misses_the_oldest_and_learns_until_where) {
  FeedLimits limits;
  limits.entries_per_user_max = 2;
  const auto feed = make_settled(limits);
  const auto ann = feed->subscribe(resource_, kAnn, wake_);
  for (const char* text : {"1", "2", "3"}) feed->post(resource_, said(text));
  const FeedPart part = ann->read(0, 10);
  EXPECT_THAT(contents(part), ElementsAre("2", "3"));
  EXPECT_THAT(part.missed_until, Optional(1u));
  EXPECT_EQ(ann->read(1, 10).missed_until, std::nullopt);
}

TEST_F(FeedTest, bounds_a_mailbox_in_bytes) {
  FeedLimits limits;
  limits.bytes_per_user_max = 10'000;
  const auto feed = make_settled(limits);
  const auto ann = feed->subscribe(resource_, kAnn, wake_);
  for (int i = 0; i < 5; ++i) feed->post(resource_, said(std::string(4000, 'x')));
  EXPECT_EQ(ann->read(0, 10).entries.size(), 2u);
}

TEST_F(FeedTest, bounds_all_mailboxes_together_and_drops_the_oldest_first) {
  FeedLimits limits;
  limits.bytes_max = 10'000;
  const auto feed = make_settled(limits);
  const auto ann = feed->subscribe(resource_, kAnn, wake_);
  const auto bob = feed->subscribe(resource_, kBob, wake_);
  feed->post(resource_, said(std::string(4000, 'a'), {kAnn}));
  feed->post(resource_, said(std::string(4000, 'b'), {kBob}));
  feed->post(resource_, said(std::string(4000, 'c'), {kBob}));
  feed->post(resource_, said("d", {kBob}));
  EXPECT_THAT(contents(ann->read(0, 10)), IsEmpty());
  EXPECT_THAT(ann->read(0, 10).missed_until, Optional(1u));
  EXPECT_EQ(bob->read(0, 10).entries.size(), 3u);
}

TEST_F(FeedTest, who_comes_back_soon_misses_nothing) {
  const auto feed = make_settled();
  auto ann = feed->subscribe(resource_, kAnn, wake_);
  feed->post(resource_, said("seen"));
  const Position seen = ann->read(0, 10).entries.back().position;
  ann.reset();
  feed->post(resource_, said("meanwhile"));
  pass(base::minutes(2));
  ann = feed->subscribe(resource_, kAnn, wake_);
  const FeedPart part = ann->read(seen, 10);
  EXPECT_THAT(contents(part), ElementsAre("meanwhile"));
  EXPECT_EQ(part.missed_until, std::nullopt);
}

TEST_F(FeedTest, who_comes_back_late_learns_that_something_was_missed) {
  const auto feed = make_settled();
  auto ann = feed->subscribe(resource_, kAnn, wake_);
  const Position seen = feed->newest();
  ann.reset();
  pass(base::minutes(4));
  feed->post(resource_, said("unheard"));
  ann = feed->subscribe(resource_, kAnn, wake_);
  const FeedPart part = ann->read(seen, 10);
  EXPECT_THAT(part.entries, IsEmpty());
  EXPECT_THAT(part.missed_until, Optional(1u));
}

TEST_F(FeedTest, after_a_start_everybody_has_a_mailbox_for_a_while) {
  const auto feed = make();
  feed->post(resource_, said("since the start"));
  pass(base::minutes(1));
  const auto ann = feed->subscribe(resource_, kAnn, wake_);
  const FeedPart part = ann->read(0, 10);
  EXPECT_THAT(contents(part), ElementsAre("since the start"));
  EXPECT_EQ(part.missed_until, std::nullopt);
}

TEST_F(FeedTest, an_entry_is_not_kept_for_ever) {
  const auto feed = make_settled();
  const auto ann = feed->subscribe(resource_, kAnn, wake_);
  feed->post(resource_, said("old"));
  pass(base::minutes(3));
  feed->post(resource_, said("new"));
  EXPECT_THAT(contents(ann->read(0, 10)), ElementsAre("new"));
}

TEST_F(FeedTest, bounds_the_mailboxes_of_those_who_left) {
  FeedLimits limits;
  limits.users_max = 2;
  const auto feed = make(limits);
  for (const char* user : {"a", "b", "c"}) feed->post(resource_, said(user, {user}));
  feed->post(resource_, said("d", {"d"}));
  const auto first = feed->subscribe(resource_, "a", wake_);
  EXPECT_THAT(first->read(0, 10).entries, IsEmpty());
}

TEST_F(FeedTest, runs_have_different_names) { EXPECT_THAT(make()->run(), Ne(make()->run())); }

}  // namespace
}  // namespace fanfare::communication::chat::realtime
