#include <gtest/gtest.h>

#include <string>

#include "grid/subscription.h"
#include "grid/subscription_json.h"
#include "grid/topic.h"

namespace fanfare::grid {
namespace {

struct NameCase {
  const char* name;
  std::string text;
  bool valid;
};
void PrintTo(const NameCase& c, std::ostream* out) { *out << c.text; }
std::string name_of(const testing::TestParamInfo<NameCase>& info) { return info.param.name; }

class TopicNameTest : public testing::TestWithParam<NameCase> {};
TEST_P(TopicNameTest, FollowsTheDocumentedRule) {
  EXPECT_EQ(valid_topic_name(GetParam().text), GetParam().valid);
}
INSTANTIATE_TEST_SUITE_P(Topic, TopicNameTest,
                         testing::Values(NameCase{"two_characters", "ab", false},
                                         NameCase{"three_characters", "abc", true},
                                         NameCase{"fifty_characters", std::string(50, 'a'), true},
                                         NameCase{"fifty_one", std::string(51, 'a'), false},
                                         NameCase{"digits_and_hyphens", "1-2-3", true},
                                         NameCase{"underscore", "a_b", false},
                                         NameCase{"dot", "a.b", false},
                                         NameCase{"slash", "a/b", false},
                                         NameCase{"letter_beyond_ascii", "caf\xc3\xa9", false},
                                         NameCase{"reserved_microsoft", "Microsoft-x", false},
                                         NameCase{"reserved_in_any_case", "eventGRIDs", false},
                                         NameCase{"reserved_system", "System1", false},
                                         NameCase{"reserved_word_inside", "my-System", true},
                                         NameCase{"empty", "", false}),
                         name_of);

class SubscriptionNameTest : public testing::TestWithParam<NameCase> {};
TEST_P(SubscriptionNameTest, FollowsTheDocumentedRule) {
  EXPECT_EQ(valid_subscription_name(GetParam().text), GetParam().valid);
}
INSTANTIATE_TEST_SUITE_P(Subscription, SubscriptionNameTest,
                         testing::Values(NameCase{"two_characters", "ab", false},
                                         NameCase{"three_characters", "abc", true},
                                         NameCase{"sixty_four", std::string(64, 'a'), true},
                                         NameCase{"sixty_five", std::string(65, 'a'), false},
                                         NameCase{"hyphens", "es-1", true},
                                         NameCase{"dot", "a.b", false},
                                         NameCase{"blank", "a b", false},
                                         NameCase{"reserved_words_are_free", "System", true}),
                         name_of);

TEST(ArmIds, AreMadeFromTheirParts) {
  Topic topic;
  topic.subscription_id = "S";
  topic.resource_group = "G";
  topic.name = "T";
  EXPECT_EQ(topic.arm_id(),
            "/subscriptions/S/resourceGroups/G/providers/Microsoft.EventGrid/topics/T");
  topic.kind = TopicKind::System;
  EXPECT_EQ(topic.arm_id(),
            "/subscriptions/S/resourceGroups/G/providers/Microsoft.EventGrid/systemTopics/T");
  EventSubscription subscription;
  subscription.topic_arm_id = "/t";
  subscription.name = "n";
  EXPECT_EQ(subscription.arm_id(), "/t/providers/Microsoft.EventGrid/eventSubscriptions/n");
}

TEST(EndpointBaseUrl, HasNeitherQueryNorFragment) {
  const auto base = [](std::string url) {
    return WebHookDestination{std::move(url), {}, {}, {}}.endpoint_base_url();
  };
  EXPECT_EQ(base("https://h/a?code=1"), "https://h/a");
  EXPECT_EQ(base("https://h/a#x?y"), "https://h/a");
  EXPECT_EQ(base("https://h/a"), "https://h/a");
}

struct TranslationCase {
  event::Schema input;
  DeliverySchema delivery;
  bool allowed;
};
void PrintTo(const TranslationCase& c, std::ostream* out) {
  *out << static_cast<int>(c.input) << " as " << to_string(c.delivery);
}
class TranslationTest : public testing::TestWithParam<TranslationCase> {};
TEST_P(TranslationTest, FollowsTheTableOfAllowedPairs) {
  EXPECT_EQ(translation_allowed(GetParam().input, GetParam().delivery), GetParam().allowed);
}
constexpr auto kEventGrid = DeliverySchema::EventGridSchema;
constexpr auto kCloud = DeliverySchema::CloudEventSchemaV1_0;
constexpr auto kCustom = DeliverySchema::CustomInputSchema;
INSTANTIATE_TEST_SUITE_P(
    Pairs, TranslationTest,
    testing::Values(TranslationCase{event::Schema::EventGrid, kEventGrid, true},
                    TranslationCase{event::Schema::EventGrid, kCloud, true},
                    TranslationCase{event::Schema::EventGrid, kCustom, false},
                    TranslationCase{event::Schema::CloudEvents, kEventGrid, false},
                    TranslationCase{event::Schema::CloudEvents, kCloud, true},
                    TranslationCase{event::Schema::CloudEvents, kCustom, false},
                    TranslationCase{event::Schema::Custom, kEventGrid, true},
                    TranslationCase{event::Schema::Custom, kCloud, true},
                    TranslationCase{event::Schema::Custom, kCustom, true}));

TEST(DefaultDeliverySchema, IsOneThatTheInputAllows) {
  for (const auto input :
       {event::Schema::EventGrid, event::Schema::CloudEvents, event::Schema::Custom}) {
    EXPECT_TRUE(translation_allowed(input, default_delivery_schema(input)));
  }
}

}  // namespace
}  // namespace fanfare::grid
