/// Scripts of the loopback carrier and numbers of a resource, as the configuration has them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "app/config.h"

namespace fanfare::app {
namespace {

using namespace std::chrono_literals;
using carrier::Fate;
using testing::HasSubstr;
using testing::SizeIs;
namespace numbers = communication::phone_numbers;

base::Result<Config> parse(const std::string& text) {
  return parse_config(text, "fanfare.yaml", "conf", {});
}

TEST(ConfigSms, ScriptsAreReadWhole) {
  const auto config = parse(R"(sms:
  loopback:
    seed: 7
    messages_per_second: 5
    scripts:
      - prefix: "+4915"
        share: 0.5
        spread: 2s
        attempts:
          - {after: 10s, fate: failed, code: 4006, detail: Phone is off., segments_delivered: 1}
          - {after: 1m, fate: expired}
          - {}
      - refused: {code: 4003, detail: No.}
)");
  ASSERT_FALSE(config.has_value()) << "an attempt before the last cannot expire";
  const auto fine = parse(R"(sms:
  loopback:
    seed: 7
    messages_per_second: 5
    scripts:
      - prefix: "+4915"
        share: 0.5
        spread: 2s
        attempts:
          - {after: 10s, fate: failed, code: 4006, detail: Phone is off., segments_delivered: 1}
          - {after: 1m, fate: expired}
      - refused: {code: 4003, detail: No.}
)");
  ASSERT_TRUE(fine.has_value()) << fine.error().message;
  const auto& loopback = fine->loopback;
  EXPECT_EQ(loopback.seed, 7U);
  EXPECT_EQ(loopback.messages_per_second, 5U);
  ASSERT_THAT(loopback.scripts, SizeIs(2));
  const auto& script = loopback.scripts[0];
  EXPECT_EQ(script.prefix, "+4915");
  EXPECT_EQ(script.share, 0.5);
  EXPECT_EQ(script.spread, 2s);
  ASSERT_THAT(script.attempts, SizeIs(2));
  EXPECT_EQ(script.attempts[0].after, 10s);
  EXPECT_EQ(script.attempts[0].code, 4006);
  EXPECT_EQ(script.attempts[0].detail, "Phone is off.");
  EXPECT_EQ(script.attempts[0].segments_delivered, 1U);
  EXPECT_EQ(script.attempts[1].fate, Fate::Expired);
  EXPECT_EQ(loopback.scripts[1].refused->code, 4003);
}

struct Wrong {
  const char* script;
  const char* message;
};

TEST(ConfigSms, WhatIsWrongInAScriptIsToldWithItsLine) {
  const Wrong cases[] = {
      {"x: 1", "line 4: scripts: unknown setting \"x\""},
      {"share: 2", "line 4: share: \"2\" is not allowed"},
      {"attempts: {}", "line 4: attempts:"},
      {"attempts: [{fate: lost}]", "line 4: fate: \"lost\" is not allowed"},
      {"attempts: [{after: soon}]", "line 4: after:"},
      {"attempts: [{code: 0}]", "line 4: code:"},
      {"refused: {reason: x}", "line 4: refused: unknown setting \"reason\""},
      {"attempts: [{fate: delivered}, {}]", "line 4: only the last attempt"},
  };
  for (const auto& each : cases) {
    const auto config =
        parse("sms:\n  loopback:\n    scripts:\n      - " + std::string(each.script) + "\n");
    ASSERT_FALSE(config.has_value()) << each.script;
    EXPECT_THAT(config.error().message, HasSubstr(each.message));
  }
}

std::string resource_with(const std::string& number) {
  return "communication:\n  - name: contoso\n    phone_numbers:\n      - " + number + "\n";
}

TEST(ConfigSms, NumbersOfAResourceAreReadWhole) {
  const auto config = parse(resource_with(
      R"({number: "+16045550100", type: mobile, assignment: person, calling: inbound, sms: none, )"
      R"(cost: 2.5, currency: CAD, country: CA, locality: Vancouver, division: British Columbia, )"
      R"(division_short: BC, owned: on, resell: off})"
      "\n      - {number: \"12345\", owned: true}"));
  ASSERT_TRUE(config.has_value()) << config.error().message;
  ASSERT_TRUE(config->communication[0].phone_numbers.has_value());
  const auto& list = *config->communication[0].phone_numbers;
  ASSERT_THAT(list, SizeIs(2));
  EXPECT_EQ(list[0].number, "+16045550100");
  EXPECT_EQ(list[0].type, numbers::NumberType::Mobile);
  EXPECT_EQ(list[0].assignment, numbers::Assignment::Person);
  EXPECT_EQ(list[0].capabilities.calling, numbers::Direction::Inbound);
  EXPECT_EQ(list[0].capabilities.sms, numbers::Direction::None);
  EXPECT_EQ(list[0].cost, (numbers::Cost{2.5, "CAD"}));
  EXPECT_EQ(list[0].locality, "Vancouver");
  EXPECT_EQ(list[0].administrative_abbreviation, "BC");
  EXPECT_EQ(list[0].stock, numbers::Stock::Owned);
  EXPECT_EQ(list[0].reselling, numbers::Reselling::Forbidden);
  EXPECT_EQ(list[1].type, numbers::NumberType::ShortCode);
  EXPECT_FALSE(parse("communication:\n  - name: contoso\n")->communication[0].phone_numbers);
}

TEST(ConfigSms, WhatIsWrongInANumberIsNamed) {
  const Wrong cases[] = {
      {"{type: mobile}", "communication[0].phone_numbers[0].number: a number is required"},
      {"{number: \"604 555\"}", "communication[0].phone_numbers[0].number"},
      {"{number: \"+16045550100\", sms: both}", "communication[0].phone_numbers[0].sms"},
      {"{number: \"+16045550100\", cost: free}", "communication[0].phone_numbers[0].cost"},
      {"{number: \"+16045550100\", colour: red}", "unknown setting \"colour\""},
      {"{number: \"+16045550100\"}\n      - {number: \"+16045550100\"}", "declared twice"},
  };
  for (const auto& each : cases) {
    const auto config = parse(resource_with(each.script));
    ASSERT_FALSE(config.has_value()) << each.script;
    EXPECT_THAT(config.error().message, HasSubstr(each.message));
  }
}

}  // namespace
}  // namespace fanfare::app
