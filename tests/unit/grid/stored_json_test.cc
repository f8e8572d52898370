#include <gtest/gtest.h>

#include <string>

#include "grid/subscription_json.h"
#include "grid/topic_json.h"
#include "unit/grid/store_fixture.h"

namespace fanfare::grid {
namespace {

using testing::a_subscription;
using testing::a_topic;

Topic full_topic() {
  auto topic = a_topic("orders", event::Schema::Custom);
  topic.id = queue::TopicId{7};
  topic.mapping.id = "orderId";
  topic.mapping.event_type = {"kind", "Unknown"};
  topic.mapping.subject = {std::nullopt, "orders"};
  topic.mapping.data_version = {std::nullopt, ""};
  topic.disable_local_auth = true;
  topic.tags = {{"team", "blue"}, {"empty", ""}};
  topic.public_network_access = false;
  topic.inbound_ip_rules = {"192.0.2.0/24", "2001:db8::1"};
  topic.data_residency_boundary = "WithinRegion";
  return topic;
}

TEST(StoredTopic, ComesBackAsItWasWritten) {
  const auto text = write_topic(full_topic());
  const auto back = read_topic(text);
  ASSERT_TRUE(back) << back.error().message;
  EXPECT_EQ(write_topic(*back), text);
  EXPECT_EQ(back->id.value, 7u);
  EXPECT_EQ(back->mapping.event_type.source_field, "kind");
  EXPECT_EQ(back->mapping.data_version.default_value, "");
  EXPECT_EQ(back->tags, full_topic().tags);
  EXPECT_EQ(back->inbound_ip_rules, full_topic().inbound_ip_rules);
  EXPECT_TRUE(back->disable_local_auth);
  EXPECT_FALSE(back->public_network_access);
}

TEST(StoredTopic, KeepsTheSourceOfASystemTopic) {
  auto topic = a_topic("fed");
  topic.id = queue::TopicId{8};
  topic.kind = TopicKind::System;
  topic.source = "/subscriptions/s/resourceGroups/g/providers/P/things/one";
  topic.topic_type = "P.Things";
  const auto back = read_topic(write_topic(topic));
  ASSERT_TRUE(back) << back.error().message;
  EXPECT_EQ(back->kind, TopicKind::System);
  EXPECT_EQ(back->source_id(), topic.source);
  EXPECT_EQ(back->topic_type, "P.Things");
}

TEST(StoredTopic, SkipsMembersThatItDoesNotKnow) {
  auto value = *json::parse(write_topic(full_topic()));
  value.set("fromTheFuture", json::Value::object({{"a", 1}}));
  EXPECT_TRUE(read_topic(json::write(value)));
}

TEST(StoredTopic, IsCorruptWithoutIdOrSchema) {
  for (const std::string name : {"id", "inputSchema"}) {
    auto value = *json::parse(write_topic(full_topic()));
    value.erase(name);
    const auto back = read_topic(json::write(value));
    ASSERT_FALSE(back) << name;
    EXPECT_EQ(back.error().code, base::Errc::Corrupt);
  }
  EXPECT_FALSE(read_topic("{"));
}

TEST(StoredTopic, KeysSortLikeTheirNumbers) {
  EXPECT_EQ(topic_key(queue::TopicId{7}), "grid/topic/0000000007");
  EXPECT_LT(topic_key(queue::TopicId{99}), topic_key(queue::TopicId{100}));
  EXPECT_LT(subscription_key(queue::SubscriptionId{9}),
            subscription_key(queue::SubscriptionId{10}));
}

EventSubscription full_subscription() {
  auto subscription = a_subscription(a_topic());
  subscription.id = queue::SubscriptionId{4000000000};
  subscription.topic = queue::TopicId{7};
  auto& webhook = std::get<WebHookDestination>(subscription.destination);
  webhook.max_events_per_batch = 10;
  webhook.preferred_batch_size_in_kilobytes = 512;
  webhook.attributes = {
      {"X-Token", DeliveryAttribute::Kind::Static, "swordfish", true, ""},
      {"X-Kind", DeliveryAttribute::Kind::Dynamic, "", false, "data.kind"},
  };
  subscription.filter.included_event_types = std::vector<std::string>{"a", "b"};
  subscription.filter.subject_begins_with = "x/";
  AdvancedFilter number;
  number.op = Operator::NumberIn;
  number.key = "data.n";
  number.numbers = {"9007199254740993", "1.50"};
  subscription.filter.advanced = {number};
  subscription.delivery_schema = DeliverySchema::CloudEventSchemaV1_0;
  subscription.retry = {5, 60};
  subscription.dead_letter = DeadLetterDestination{"/subscriptions/s", "dead"};
  subscription.labels = {"l1", "l2"};
  subscription.expiration = testing::kNow + std::chrono::nanoseconds(123456789);
  subscription.state = ProvisioningState::Updating;
  subscription.state_reason = "why";
  subscription.validation_code = "code";
  subscription.validation_token = "token";
  subscription.validation_deadline = testing::kNow + base::minutes(10);
  subscription.operation = "op";
  subscription.allowed_rate_per_minute = 120;
  auto pending = a_subscription(a_topic(), "first");
  pending.id = subscription.id;
  pending.topic = subscription.topic;
  pending.state = ProvisioningState::AwaitingManualAction;
  pending.validation_token = "other";
  subscription.pending = std::make_shared<const EventSubscription>(pending);
  return subscription;
}

TEST(StoredSubscription, ComesBackAsItWasWritten) {
  const auto text = write_subscription(full_subscription());
  const auto back = read_subscription(text);
  ASSERT_TRUE(back) << back.error().message;
  EXPECT_EQ(write_subscription(*back), text);
  EXPECT_EQ(back->id.value, 4000000000u);
  EXPECT_EQ(back->filter.advanced.at(0).numbers, full_subscription().filter.advanced[0].numbers)
      << "numbers keep their text";
  EXPECT_EQ(back->expiration, full_subscription().expiration) << "to the nanosecond";
  EXPECT_EQ(back->validation_deadline, full_subscription().validation_deadline);
  EXPECT_EQ(std::get<WebHookDestination>(back->destination).attributes.at(0).value, "swordfish");
  ASSERT_NE(back->pending, nullptr);
  EXPECT_EQ(back->pending->validation_token, "other");
  EXPECT_EQ(back->pending->state, ProvisioningState::AwaitingManualAction);
}

TEST(StoredSubscription, IsCorruptWhenTruncatedOrOfAnUnknownState) {
  const auto text = write_subscription(full_subscription());
  EXPECT_EQ(read_subscription(text.substr(0, text.size() / 2)).error().code, base::Errc::Corrupt);
  auto value = *json::parse(text);
  value.set("state", "Dreaming");
  EXPECT_EQ(read_subscription(json::write(value)).error().code, base::Errc::Corrupt);
}

struct PropertiesCase {
  const char* name;
  const char* text;
  const char* target;  ///< of the error; empty when it reads
};
void PrintTo(const PropertiesCase& c, std::ostream* out) { *out << c.text; }

class PropertiesTest : public ::testing::TestWithParam<PropertiesCase> {};
TEST_P(PropertiesTest, AreReadOrRefusedNamingTheProperty) {
  const auto parsed = parse_subscription_properties(*json::parse(GetParam().text), "properties");
  if (std::string(GetParam().target).empty()) {
    EXPECT_TRUE(parsed) << parsed.error().target << ": " << parsed.error().message;
    return;
  }
  ASSERT_FALSE(parsed);
  EXPECT_EQ(parsed.error().code, base::Errc::InvalidArgument);
  EXPECT_EQ(parsed.error().target, GetParam().target);
  EXPECT_FALSE(parsed.error().message.empty());
}
INSTANTIATE_TEST_SUITE_P(
    Table, PropertiesTest,
    ::testing::Values(
        PropertiesCase{"nothing_at_all", R"({})", ""},
        PropertiesCase{"kind_in_any_case",
                       R"({"destination":{"endpointType":"webhook","properties":{}}})", ""},
        PropertiesCase{"read_only_members", R"({"topic":"t","provisioningState":"Succeeded"})", ""},
        PropertiesCase{"nulls",
                       R"({"destination":null,"labels":null,"deadLetterDestination":null})", ""},
        PropertiesCase{"whole_numbers_written_as_floats",
                       R"({"retryPolicy":{"maxDeliveryAttempts":30.0}})", ""},
        PropertiesCase{"schema_in_any_case", R"({"eventDeliverySchema":"cloudeventschemav1_0"})",
                       ""},
        PropertiesCase{"unknown_member", R"({"colour":"red"})", "properties.colour"},
        PropertiesCase{"wrong_kind", R"({"labels":"a"})", "properties.labels"},
        PropertiesCase{"wrong_kind_inside", R"({"labels":["a",1]})", "properties.labels[1]"},
        PropertiesCase{"unknown_destination", R"({"destination":{"endpointType":"Pigeon"}})",
                       "properties.destination.endpointType"},
        PropertiesCase{
            "destination_of_a_later_day",
            R"({"destination":{"endpointType":"StorageQueue","properties":{"queueName":"q"}}})",
            "properties.destination.endpointType"},
        PropertiesCase{"no_destination_kind", R"({"destination":{}})",
                       "properties.destination.endpointType"},
        PropertiesCase{
            "batch_of_none",
            R"({"destination":{"endpointType":"WebHook","properties":{"maxEventsPerBatch":0}}})",
            "properties.destination.properties.maxEventsPerBatch"},
        PropertiesCase{
            "batch_of_a_half",
            R"({"destination":{"endpointType":"WebHook","properties":{"maxEventsPerBatch":1.5}}})",
            "properties.destination.properties.maxEventsPerBatch"},
        PropertiesCase{
            "batch_too_large",
            R"({"destination":{"endpointType":"WebHook","properties":{"preferredBatchSizeInKilobytes":1025}}})",
            "properties.destination.properties.preferredBatchSizeInKilobytes"},
        PropertiesCase{
            "entra_tokens",
            R"({"destination":{"endpointType":"WebHook","properties":{"azureActiveDirectoryTenantId":"t"}}})",
            "properties.destination.properties.azureActiveDirectoryTenantId"},
        PropertiesCase{
            "unknown_member_inside",
            R"({"destination":{"endpointType":"WebHook","properties":{"endpointURL":"x"}}})",
            "properties.destination.properties.endpointURL"},
        PropertiesCase{"thirty_one_attempts", R"({"retryPolicy":{"maxDeliveryAttempts":31}})",
                       "properties.retryPolicy.maxDeliveryAttempts"},
        PropertiesCase{"no_time_to_live", R"({"retryPolicy":{"eventTimeToLiveInMinutes":0}})",
                       "properties.retryPolicy.eventTimeToLiveInMinutes"},
        PropertiesCase{"unknown_schema", R"({"eventDeliverySchema":"Xml"})",
                       "properties.eventDeliverySchema"},
        PropertiesCase{"expiration_that_is_no_time", R"({"expirationTimeUtc":"tomorrow"})",
                       "properties.expirationTimeUtc"},
        PropertiesCase{"filter_that_is_none", R"({"filter":{"subjectBeginsWith":1}})",
                       "properties.filter.subjectBeginsWith"},
        PropertiesCase{"filter_as_text", R"({"filter":"x"})", "properties.filter"},
        PropertiesCase{"dead_letter_kind", R"({"deadLetterDestination":{"endpointType":"Folder"}})",
                       "properties.deadLetterDestination.endpointType"},
        PropertiesCase{"dead_letter_without_properties",
                       R"({"deadLetterDestination":{"endpointType":"StorageBlob"}})",
                       "properties.deadLetterDestination.properties"},
        PropertiesCase{"managed_identity", R"({"deliveryWithResourceIdentity":{}})",
                       "properties.deliveryWithResourceIdentity"},
        PropertiesCase{
            "attribute_kind",
            R"({"destination":{"endpointType":"WebHook","properties":{"deliveryAttributeMappings":[{"name":"a","type":"Secret"}]}}})",
            "properties.destination.properties.deliveryAttributeMappings[0].type"}),
    [](const auto& info) { return std::string(info.param.name); });

struct AttributeCase {
  const char* name;
  std::vector<DeliveryAttribute> attributes;
  const char* target;
};
void PrintTo(const AttributeCase& c, std::ostream* out) { *out << c.name; }

DeliveryAttribute fixed(std::string name, std::string value = "v") {
  return {std::move(name), DeliveryAttribute::Kind::Static, std::move(value), false, ""};
}

class AttributeTest : public ::testing::TestWithParam<AttributeCase> {};
TEST_P(AttributeTest, FollowsTheRules) {
  const auto checked = check_delivery_attributes(GetParam().attributes, "m");
  EXPECT_EQ(checked ? "" : checked.error().target, GetParam().target);
}
INSTANTIATE_TEST_SUITE_P(
    Rules, AttributeTest,
    ::testing::Values(
        AttributeCase{"none", {}, ""},
        AttributeCase{"authorization_is_allowed", {fixed("Authorization", "Basic x")}, ""},
        AttributeCase{"ten",
                      std::vector<DeliveryAttribute>{fixed("a"), fixed("b"), fixed("c"), fixed("d"),
                                                     fixed("e"), fixed("f"), fixed("g"), fixed("h"),
                                                     fixed("i"), fixed("j")},
                      ""},
        AttributeCase{"eleven", std::vector<DeliveryAttribute>(11, fixed("a")), "m"},
        AttributeCase{"aeg_prefix", {fixed("AEG-x")}, "m[0].name"},
        AttributeCase{"no_name", {fixed("")}, "m[0].name"},
        AttributeCase{"blank_in_name", {fixed("a b")}, "m[0].name"},
        AttributeCase{"framing", {fixed("Content-Length", "1")}, "m[0].name"},
        AttributeCase{"host", {fixed("HOST")}, "m[0].name"},
        AttributeCase{"twice", {fixed("a"), fixed("A")}, "m[1].name"},
        AttributeCase{"empty_value", {fixed("a", "")}, "m[0].properties.value"},
        AttributeCase{"value_of_4096", {fixed("a", std::string(4096, 'x'))}, ""},
        AttributeCase{
            "value_of_4097", {fixed("a", std::string(4097, 'x'))}, "m[0].properties.value"},
        AttributeCase{"line_break", {fixed("a", "x\r\nEvil: 1")}, "m[0].properties.value"},
        AttributeCase{"dynamic_without_source",
                      {{"a", DeliveryAttribute::Kind::Dynamic, "", false, ""}},
                      "m[0].properties.sourceField"}),
    [](const auto& info) { return std::string(info.param.name); });

TEST(HiddenValues, AreKeptWhenTheyComeBackHidden) {
  auto secret = fixed("X-Token", "swordfish");
  secret.is_secret = true;
  auto sent = secret;
  sent.name = "x-token";
  sent.value = "Hidden";
  std::vector<DeliveryAttribute> attributes{sent, fixed("Plain", "Hidden")};
  keep_hidden_values(attributes, {secret});
  EXPECT_EQ(attributes[0].value, "swordfish");
  EXPECT_EQ(attributes[1].value, "Hidden") << "only secrets were hidden";
}

}  // namespace
}  // namespace fanfare::grid
