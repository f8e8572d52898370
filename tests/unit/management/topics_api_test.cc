#include "management/topics_api.h"

#include <fstream>
#include <iterator>

#include "base/bytes.h"
#include "unit/management/management_fixture.h"

namespace fanfare::management {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

class TopicsApiTest : public testing::ManagementFixture {};

TEST_F(TopicsApiTest, MakesATopicWith201AndAnOperationThatHasSucceeded) {
  const auto made =
      put(topic_id(), R"({"location":"westus2","tags":{"team":"blue"},"identity":{"type":"None"},
      "properties":{"inputSchema":"cloudeventschemav1_0","disableLocalAuth":true}})");
  EXPECT_EQ(made.status, 201);
  EXPECT_EQ(made.text_at("properties.provisioningState"), "Creating");
  EXPECT_TRUE(made.at("properties.endpoint").is_null());
  EXPECT_EQ(made.headers.get("Retry-After"), "0");
  EXPECT_THAT(made.headers.get("Azure-AsyncOperation"),
              StartsWith("http://127.0.0.1:4880/subscriptions/5b4b650e-28b9-4790-b3ab-ddbd88d727c4/"
                         "providers/Microsoft.EventGrid/locations/westus2/operationsStatus/"));
  EXPECT_EQ(poll(made).text_at("status"), "Succeeded");

  const auto shown = get(topic_id());
  EXPECT_EQ(shown.status, 200);
  EXPECT_EQ(shown.text_at("id"), topic_id());
  EXPECT_EQ(shown.text_at("name"), "events");
  EXPECT_EQ(shown.text_at("type"), "Microsoft.EventGrid/topics");
  EXPECT_EQ(shown.text_at("location"), "westus2");
  EXPECT_EQ(shown.text_at("tags.team"), "blue");
  EXPECT_EQ(shown.text_at("properties.provisioningState"), "Succeeded");
  EXPECT_EQ(shown.text_at("properties.endpoint"), "http://127.0.0.1:4880/topics/events/api/events");
  EXPECT_EQ(shown.text_at("properties.inputSchema"), "CloudEventSchemaV1_0");
  EXPECT_EQ(shown.text_at("properties.publicNetworkAccess"), "Enabled");
  EXPECT_EQ(shown.at("properties.disableLocalAuth"), json::Value(true));
  EXPECT_EQ(shown.text_at("properties.metricResourceId").size(), 36u);
  EXPECT_EQ(shown.headers.get("Cache-Control"), "no-cache");
  EXPECT_EQ(shown.headers.get("X-Content-Type-Options"), "nosniff");
}

TEST_F(TopicsApiTest, DoingItAgainChangesNothing) {
  make_topic();
  const auto keys = post(topic_id() + "/listKeys").text;
  const auto before = get(topic_id()).text;
  const auto again = put(topic_id(), R"({"location":"westus2","properties":{}})");
  EXPECT_EQ(again.status, 201);
  EXPECT_EQ(again.text_at("properties.provisioningState"), "Updating");
  EXPECT_EQ(get(topic_id()).text, before);
  EXPECT_EQ(post(topic_id() + "/listKeys").text, keys);
}

TEST_F(TopicsApiTest, SendsBackWhatItShowedWithoutHarm) {
  make_topic(
      "custom",
      R"({"inputSchema":"CustomEventSchema","inboundIpRules":[{"ipMask":"10.0.0.0/8","action":"allow"}],
      "inputSchemaMapping":{"inputSchemaMappingType":"Json","properties":{"id":{"sourceField":"key"},
      "subject":{"defaultValue":"s"},"eventType":{"sourceField":"kind","defaultValue":"T"},"dataVersion":{"defaultValue":"1"}}}})");
  const auto shown = get(topic_id("custom"));
  EXPECT_EQ(shown.text_at("properties.inputSchemaMapping.properties.eventType.defaultValue"), "T");
  EXPECT_EQ(put(topic_id("custom"), shown.text).status, 201);
  EXPECT_EQ(get(topic_id("custom")).text, shown.text);
}

TEST_F(TopicsApiTest, ChangesTagsAndPropertiesByPatch) {
  make_topic();
  const auto patched =
      patch(topic_id(), R"({"tags":{"a":"b"},"properties":{"publicNetworkAccess":"disabled"}})");
  EXPECT_EQ(patched.status, 201);
  const auto shown = get(topic_id());
  EXPECT_EQ(shown.text_at("tags.a"), "b");
  EXPECT_EQ(shown.text_at("properties.publicNetworkAccess"), "Disabled");
  EXPECT_EQ(patch(topic_id(), R"({"properties":{"disableLocalAuth":true}})").status, 201);
  EXPECT_EQ(get(topic_id()).text_at("tags.a"), "b") << "what was not named stays";
  EXPECT_EQ(patch(topic_id("nowhere"), "{}").status, 404);
}

TEST_F(TopicsApiTest, GivesOutKeysAndMakesNewOnes) {
  make_topic();
  const auto before = post(topic_id() + "/listKeys");
  EXPECT_EQ(before.status, 200);
  EXPECT_EQ(base::base64_decode(before.text_at("key1"))->size(), 32u);
  EXPECT_NE(before.text_at("key1"), before.text_at("key2"));
  const auto after = post(topic_id() + "/regenerateKey", R"({"keyName":"Key2"})");
  EXPECT_EQ(after.status, 200);
  EXPECT_EQ(after.text_at("key1"), before.text_at("key1"));
  EXPECT_NE(after.text_at("key2"), before.text_at("key2"));
  EXPECT_EQ(post(topic_id() + "/listKeys").text, after.text);
  EXPECT_EQ(post(topic_id() + "/regenerateKey", R"({"keyName":"key3"})").status, 400);
  EXPECT_EQ(post(topic_id("nowhere") + "/listKeys").status, 404);
  EXPECT_EQ(post(topic_id("nowhere") + "/regenerateKey", R"({"keyName":"key1"})").status, 404);
}

TEST_F(TopicsApiTest, DeletesWith202AndThen204) {
  make_topic();
  const auto gone = remove(topic_id());
  EXPECT_EQ(gone.status, 202);
  EXPECT_EQ(gone.text, "");
  EXPECT_THAT(gone.headers.get("Location"), HasSubstr("/operationResults/"));
  EXPECT_EQ(get(path_of(gone.headers.get("Location")), "").status, 204);
  EXPECT_EQ(poll(gone).text_at("status"), "Succeeded");
  EXPECT_EQ(get(topic_id()).status, 404);
  EXPECT_EQ(remove(topic_id()).status, 204);
}

TEST_F(TopicsApiTest, ListsByGroupAndBySubscription) {
  make_topic("one");
  make_topic("two");
  const std::string s = "/subscriptions/5b4b650e-28b9-4790-b3ab-ddbd88d727c4";
  EXPECT_EQ(put(s + "/resourceGroups/other/providers/Microsoft.EventGrid/topics/three",
                R"({"location":"x"})")
                .status,
            201);
  const auto group = get(std::string(testing::kGroup) + "/providers/Microsoft.EventGrid/topics",
                         "?api-version=2022-06-15&$top=100");
  EXPECT_EQ(group.body.find("value")->if_array()->size(), 2u);
  EXPECT_EQ(get(s + "/providers/Microsoft.EventGrid/topics").body.find("value")->if_array()->size(),
            3u);
  const auto page =
      get(s + "/providers/Microsoft.EventGrid/topics", "?api-version=2022-06-15&$top=2");
  EXPECT_EQ(page.body.find("value")->if_array()->size(), 2u);
  const auto rest = get(path_of(page.text_at("nextLink")), "");
  EXPECT_EQ(rest.body.find("value")->if_array()->size(), 1u) << rest.text;
}

TEST_F(TopicsApiTest, TakesTheSpecificationsExamples) {
  for (const std::string name : {"Topics_CreateOrUpdate", "Topics_Update"}) {
    std::ifstream file(std::string(FANFARE_TEST_DATA) + "/arm/" + name + ".json");
    const std::string text((std::istreambuf_iterator<char>(file)), {});
    const auto example = *json::parse(text);
    const auto* body = example.find("parameters")->find("topicInfo");
    if (body == nullptr) body = example.find("parameters")->find("topicUpdateParameters");
    const std::string id =
        "/subscriptions/5b4b650e-28b9-4790-b3ab-ddbd88d727c4/resourceGroups/examplerg/"
        "providers/Microsoft.EventGrid/topics/exampletopic1";
    const auto answer =
        name == "Topics_Update" ? patch(id, json::write(*body)) : put(id, json::write(*body));
    EXPECT_EQ(answer.status, 201) << answer.text;
    const auto shown = get(id);
    const auto& expected = *example.find("responses")->find("201")->find("body");
    for (const auto& [member, value] : *expected.if_object()) {
      if (member != "properties") EXPECT_EQ(*shown.body.find(member), value) << member;
    }
    EXPECT_EQ(shown.at("properties.inboundIpRules"),
              *expected.find("properties")->find("inboundIpRules"));
  }
}

struct WrongTopic {
  const char* name;
  const char* body;
  const char* target;
};
void PrintTo(const WrongTopic& c, std::ostream* out) { *out << c.body; }
class WrongTopicTest : public testing::ManagementFixture,
                       public ::testing::WithParamInterface<WrongTopic> {};
TEST_P(WrongTopicTest, IsRefusedNamingTheProperty) {
  const auto refused = put(topic_id(), GetParam().body);
  EXPECT_EQ(refused.status, 400);
  EXPECT_EQ(refused.text_at("error.code"), "InvalidRequest");
  EXPECT_EQ(refused.text_at("error.target"), GetParam().target);
  EXPECT_THAT(refused.text_at("error.message"), HasSubstr(GetParam().target));
  EXPECT_EQ(get(topic_id()).status, 404) << "nothing was made";
}
INSTANTIATE_TEST_SUITE_P(
    Table, WrongTopicTest,
    ::testing::Values(
        WrongTopic{"unknown_member", R"({"colour":"red"})", "colour"},
        WrongTopic{"unknown_property", R"({"properties":{"colour":"red"}})", "properties.colour"},
        WrongTopic{"unknown_schema", R"({"properties":{"inputSchema":"Xml"}})",
                   "properties.inputSchema"},
        WrongTopic{"custom_without_mapping",
                   R"({"properties":{"inputSchema":"CustomEventSchema"}})",
                   "properties.inputSchemaMapping"},
        WrongTopic{
            "mapping_without_custom",
            R"({"properties":{"inputSchemaMapping":{"inputSchemaMappingType":"Json","properties":{}}}})",
            "properties.inputSchemaMapping"},
        WrongTopic{
            "mapping_of_an_unknown_field",
            R"({"properties":{"inputSchema":"CustomEventSchema","inputSchemaMapping":{"inputSchemaMappingType":"Json","properties":{"color":{}}}}})",
            "properties.inputSchemaMapping.properties.color"},
        WrongTopic{
            "default_for_an_id",
            R"({"properties":{"inputSchema":"CustomEventSchema","inputSchemaMapping":{"inputSchemaMappingType":"Json","properties":{"id":{"defaultValue":"x"}}}}})",
            "properties.inputSchemaMapping.properties.id.defaultValue"},
        WrongTopic{"identity", R"({"identity":{"type":"SystemAssigned"}})", "identity.type"},
        WrongTopic{
            "ip_rule",
            R"({"properties":{"inboundIpRules":[{"ipMask":"10.0.0.0/99","action":"Allow"}]}})",
            "properties.inboundIpRules[0].ipMask"},
        WrongTopic{"ip_action",
                   R"({"properties":{"inboundIpRules":[{"ipMask":"10.0.0.0/8","action":"Deny"}]}})",
                   "properties.inboundIpRules[0].action"},
        WrongTopic{"flag_as_text", R"({"properties":{"disableLocalAuth":"yes"}})",
                   "properties.disableLocalAuth"},
        WrongTopic{"tag_that_is_no_text", R"({"tags":{"a":1}})", "tags.a"},
        WrongTopic{"an_array", R"([])", ""}),
    [](const auto& info) { return std::string(info.param.name); });

TEST_F(TopicsApiTest, TellsMalformedRequestsApart) {
  EXPECT_EQ(send(http::Method::Get, topic_id()).text_at("error.code"),
            "MissingApiVersionParameter");
  EXPECT_EQ(get(topic_id(), "?api-version=soon").text_at("error.code"),
            "InvalidApiVersionParameter");
  EXPECT_EQ(put(topic_id(), "{").status, 400);
  EXPECT_EQ(put(topic_id(), "").status, 400);
  EXPECT_EQ(put(topic_id(), R"({"location":"a","location":"b"})").status, 400) << "a member twice";
  EXPECT_EQ(
      put("/subscriptions/not-a-guid/resourceGroups/g/providers/Microsoft.EventGrid/topics/abc",
          "{}")
          .status,
      400);
  const auto missing = get(topic_id("nowhere"));
  EXPECT_EQ(missing.status, 404);
  EXPECT_EQ(missing.text_at("error.code"), "ResourceNotFound");
  EXPECT_EQ(get("/subscriptions/5b4b650e-28b9-4790-b3ab-ddbd88d727c4/providers/Microsoft.EventGrid/"
                "locations/x/operationsStatus/nope")
                .status,
            404);
}

TEST_F(TopicsApiTest, RefusesNamesTakenElsewhereAndSchemasThatChange) {
  make_topic();
  const auto elsewhere =
      put("/subscriptions/5b4b650e-28b9-4790-b3ab-ddbd88d727c4/resourceGroups/other/providers/"
          "Microsoft.EventGrid/topics/EVENTS",
          "{}");
  EXPECT_EQ(elsewhere.status, 409);
  EXPECT_EQ(put(topic_id(), R"({"properties":{"inputSchema":"CloudEventSchemaV1_0"}})").status,
            400);
  EXPECT_EQ(patch(topic_id(), R"({"properties":{"inputSchema":"EventGridSchema"}})")
                .text_at("error.target"),
            "properties.inputSchema");
}

TEST_F(TopicsApiTest, EveryRouteSaysWhatItTakesToUseIt) {
  for (const auto& route : router.routes()) {
    const bool public_route = route.pattern.starts_with("/validate/");
    EXPECT_EQ(route.permission == "public", public_route) << route.pattern;
    if (!public_route) EXPECT_THAT(route.permission, StartsWith("management/")) << route.pattern;
    const bool secret = route.pattern.ends_with("Keys") || route.pattern.ends_with("Key") ||
                        route.pattern.ends_with("getFullUrl") ||
                        route.pattern.ends_with("getDeliveryAttributes");
    EXPECT_EQ(route.permission == "management/secrets", secret) << route.pattern;
  }
}

TEST_F(TopicsApiTest, AppliesWhatAConfigurationDeclaresWithoutHttp) {
  const TopicName name{grid::testing::kSubscriptionId, "local", "declared"};
  const auto body = *json::parse(R"({"properties":{"inputSchema":"CloudEventSchemaV1_0"}})");
  TopicKeys keys;
  keys.key1 = "MDEyMzQ1Njc4OWFiY2RlZg==";
  const auto first = store->run(topics->put(name, body, keys));
  ASSERT_TRUE(first) << first.error().message;
  EXPECT_EQ((*first)->key1, *keys.key1);
  EXPECT_FALSE((*first)->key2.empty());
  const auto next = store->log().next();
  const auto again = store->run(topics->put(name, body, keys));
  EXPECT_EQ((*again)->key2, (*first)->key2);
  EXPECT_EQ(store->log().next(), next) << "nothing to write";
  keys.key2 = "no base64";
  EXPECT_EQ(store->run(topics->put(name, body, keys)).error().target, "key2");
}

}  // namespace
}  // namespace fanfare::management
