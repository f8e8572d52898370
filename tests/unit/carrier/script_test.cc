#include "carrier/loopback/script.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/random.h"

namespace fanfare::carrier::loopback {
namespace {

using namespace std::chrono_literals;
using testing::SizeIs;

Script script(std::string prefix, std::vector<Attempt> attempts = {}, double share = 1.0) {
  Script out;
  out.prefix = std::move(prefix);
  out.share = share;
  out.attempts = std::move(attempts);
  return out;
}

const Attempt kFails{.after = 2s, .fate = Fate::Failed, .code = 4006, .detail = "Phone is off."};

TEST(Script, WithoutOneAMessageIsDeliveredAtOnce) {
  base::SeededRandom random(1);
  const auto steps = plan(nullptr, 3, random);
  ASSERT_THAT(steps, SizeIs(1));
  EXPECT_EQ(steps[0].when, 0s);
  EXPECT_EQ(steps[0].segments_succeeded, 3U);
  EXPECT_EQ(steps[0].segments_failed, 0U);
  ASSERT_TRUE(steps[0].verdict.has_value());
  EXPECT_EQ(steps[0].verdict->code, 2000);
  EXPECT_EQ(steps[0].verdict->detail, "No error.");
}

TEST(Script, AttemptsFollowEachOtherAndOnlyTheLastHasAVerdict) {
  base::SeededRandom random(1);
  auto partly = kFails;
  partly.segments_delivered = 1;
  const auto one = script("+1", {partly, Attempt{.after = 5min}});
  const auto steps = plan(&one, 2, random);
  ASSERT_THAT(steps, SizeIs(2));
  EXPECT_EQ(steps[0].when, 2s);
  EXPECT_EQ(steps[0].segments_succeeded, 1U);
  EXPECT_EQ(steps[0].segments_failed, 1U);
  EXPECT_FALSE(steps[0].verdict.has_value());
  EXPECT_EQ(steps[1].when, 5min + 2s);
  EXPECT_EQ(steps[1].verdict->fate, Fate::Delivered);
}

TEST(Script, AFailingAttemptNeverDeliversEverySegment) {
  base::SeededRandom random(1);
  auto attempt = kFails;
  attempt.segments_delivered = 9;
  const auto one = script("", {attempt});
  const auto steps = plan(&one, 2, random);
  EXPECT_EQ(steps[0].segments_succeeded, 1U);
  EXPECT_EQ(steps[0].segments_failed, 1U);
  EXPECT_EQ(steps[0].verdict->code, 4006);
  EXPECT_EQ(steps[0].verdict->detail, "Phone is off.");
}

TEST(Script, AnUnnamedCodeIsTheFatesOwn) {
  base::SeededRandom random(1);
  const auto expired = script("", {Attempt{.fate = Fate::Expired}});
  const auto failed = script("", {Attempt{.fate = Fate::Failed}});
  EXPECT_EQ(plan(&expired, 1, random)[0].verdict->code, 4006);
  EXPECT_EQ(plan(&failed, 1, random)[0].verdict->code, 5000);
  EXPECT_FALSE(plan(&failed, 1, random)[0].verdict->detail.empty());
}

TEST(Script, TheLongestPrefixWinsAndTheFirstOfEqualOnes) {
  base::SeededRandom random(1);
  const std::vector<Script> scripts{script(""), script("+1555"), script("+15555550142"),
                                    script("+1555", {kFails})};
  EXPECT_EQ(choose(scripts, "+15555550142", random), &scripts[2]);
  EXPECT_EQ(choose(scripts, "+15555550143", random), &scripts[1]);
  EXPECT_EQ(choose(scripts, "+4420", random), &scripts[0]);
  EXPECT_EQ(choose({}, "+4420", random), nullptr);
}

TEST(Script, AShareOfTheMessagesFollowsItAndTheSameSeedChoosesTheSame) {
  const std::vector<Script> scripts{script("+1", {kFails}, 0.25)};
  const auto chosen = [&](std::uint64_t seed) {
    base::SeededRandom random(seed);
    std::string out;
    for (int i = 0; i < 1000; ++i) out += choose(scripts, "+1", random) != nullptr ? 'x' : '.';
    return out;
  };
  EXPECT_EQ(chosen(7), chosen(7));
  EXPECT_NE(chosen(7), chosen(8));
  const auto hits = std::ranges::count(chosen(7), 'x');
  EXPECT_GT(hits, 200);
  EXPECT_LT(hits, 300);
}

TEST(Script, TheSpreadLengthensTheFirstWaitOnly) {
  auto one = script("", {kFails, Attempt{.after = 10s}});
  one.spread = 1s;
  base::SeededRandom random(3);
  const auto steps = plan(&one, 1, random);
  EXPECT_GE(steps[0].when, 2s);
  EXPECT_LT(steps[0].when, 3s);
  EXPECT_EQ(steps[1].when - steps[0].when, 10s);
}

struct Wrong {
  const char* name;
  Script script;
};

TEST(Script, WhatCannotBeFollowedIsRefusedWithItsPrefix) {
  auto late = script("+1", {kFails});
  late.attempts[0].after = -1s;
  auto spread = script("+1");
  spread.spread = -1s;
  const Wrong cases[] = {{"share above one", script("+1", {}, 1.5)},
                         {"share below none", script("+1", {}, -0.1)},
                         {"delivered, then again", script("+1", {Attempt{}, Attempt{}})},
                         {"negative wait", late},
                         {"negative spread", spread}};
  for (const auto& each : cases) {
    SCOPED_TRACE(each.name);
    const auto checked = check(each.script);
    ASSERT_FALSE(checked.has_value());
    EXPECT_EQ(checked.error().target, "+1");
  }
  EXPECT_TRUE(check(script("+1", {kFails, Attempt{}}, 0.5)).has_value());
}

}  // namespace
}  // namespace fanfare::carrier::loopback
