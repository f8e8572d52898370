#include "management/event_subscriptions_api.h"

#include <fstream>
#include <iterator>

#include "base/time.h"
#include "unit/management/management_fixture.h"

namespace fanfare::management {
namespace {

using ::testing::AnyOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;
using ::testing::StartsWith;

constexpr const char* kHook = "https://example.org/hook";

class SubscriptionsApiTest : public testing::ManagementFixture {
 protected:
  using Answer = testing::Answer;

  SubscriptionsApiTest() { make_topic(); }

  Answer make(const std::string& name, const std::string& more = "") {
    return put(sub_id(name), wrapped(webhook(kHook) + more));
  }
  Answer make_ready(const std::string& name, const std::string& more = "") {
    auto made = make(name, more);
    EXPECT_EQ(made.status, 201) << made.text;
    EXPECT_EQ(ended(made).text_at("status"), "Succeeded");
    return made;
  }
  std::string link_path(std::size_t index = 0) {
    EXPECT_TRUE(eventually([&] { return endpoints->asked().size() > index; }));
    return path_of(endpoints->asked().at(index).validation_url);
  }
  Answer open_link(const std::string& path) { return send(http::Method::Get, path); }
  void await_state(const std::string& name, const std::string& state) {
    EXPECT_TRUE(eventually([&] { return state_of(name) == state; })) << state_of(name);
  }
};

// --- creating ------------------------------------------------------------------------------------

TEST_F(SubscriptionsApiTest, MakesASubscriptionWith201AndFollowsItsValidation) {
  endpoints->hold();
  const auto made = put(sub_id("first"), wrapped(webhook(std::string(kHook) + "?code=secret") +
                                                 R"(,"labels":["a","b"])"));
  EXPECT_EQ(made.status, 201);
  EXPECT_EQ(made.text_at("properties.provisioningState"), "Creating");
  EXPECT_EQ(made.headers.get("Retry-After"), "0");
  EXPECT_THAT(made.headers.get("Azure-AsyncOperation"),
              StartsWith("http://127.0.0.1:4880/subscriptions/"));
  EXPECT_TRUE(made.at("properties.eventDeliverySchema").is_null()) << "defaults come later";
  EXPECT_TRUE(made.at("properties.destination.properties.maxEventsPerBatch").is_null());
  EXPECT_EQ(state_of("first"), "Creating");
  const auto polled = poll(made);
  EXPECT_EQ(polled.text_at("status"), "InProgress");
  EXPECT_EQ(polled.headers.get("Retry-After"), "1");

  endpoints->release();
  const auto operation = ended(made);
  EXPECT_EQ(operation.text_at("status"), "Succeeded");
  EXPECT_EQ(operation.text_at("name").size(), 36u);
  EXPECT_EQ(operation.text_at("id"), made.headers.get("Azure-AsyncOperation"));

  const auto shown = get(sub_id("first"));
  EXPECT_EQ(shown.status, 200);
  EXPECT_EQ(shown.text_at("id"), sub_id("first"));
  EXPECT_EQ(shown.text_at("type"), "Microsoft.EventGrid/eventSubscriptions");
  EXPECT_EQ(shown.text_at("properties.provisioningState"), "Succeeded");
  EXPECT_EQ(shown.text_at("properties.topic"), topic_id());
  EXPECT_EQ(shown.text_at("properties.eventDeliverySchema"), "EventGridSchema");
  EXPECT_EQ(
      shown.at("properties.destination"),
      *json::parse(
          R"({"endpointType":"WebHook","properties":{"endpointBaseUrl":"https://example.org/hook",
                "maxEventsPerBatch":1,"preferredBatchSizeInKilobytes":64}})"));
  EXPECT_EQ(shown.at("properties.filter"),
            *json::parse(R"({"subjectBeginsWith":"","subjectEndsWith":""})"));
  EXPECT_EQ(shown.at("properties.retryPolicy"),
            *json::parse(R"({"maxDeliveryAttempts":30,"eventTimeToLiveInMinutes":1440})"));
  EXPECT_EQ(shown.at("properties.labels"), *json::parse(R"(["a","b"])"));
  EXPECT_THAT(shown.text, Not(HasSubstr("secret")));
}

TEST_F(SubscriptionsApiTest, AsksTheEndpointWithACodeAndALinkOfItsOwn) {
  make_ready("first");
  make_ready("second");
  const auto asked = endpoints->asked();
  ASSERT_THAT(asked, SizeIs(2));
  EXPECT_EQ(asked[0].validation_code.size(), 36u);
  EXPECT_NE(asked[0].validation_code, asked[1].validation_code);
  EXPECT_THAT(asked[0].validation_url, StartsWith("http://127.0.0.1:4880/validate/"));
  EXPECT_NE(asked[0].validation_url, asked[1].validation_url);
  EXPECT_GT(asked[0].validation_url.size(), 64u) << "256 bits that nobody guesses";
}

TEST_F(SubscriptionsApiTest, TakesTheInputSchemaForTheDefaultDeliverySchema) {
  make_topic("cloud", R"({"inputSchema":"CloudEventSchemaV1_0"})");
  const auto made = put(sub_id("first", "cloud"), wrapped(webhook(kHook)));
  EXPECT_EQ(ended(made).text_at("status"), "Succeeded");
  EXPECT_EQ(get(sub_id("first", "cloud")).text_at("properties.eventDeliverySchema"),
            "CloudEventSchemaV1_0");
  EXPECT_EQ(put(sub_id("second", "cloud"),
                wrapped(webhook(kHook) + R"(,"eventDeliverySchema":"EventGridSchema")"))
                .status,
            400);
}

TEST_F(SubscriptionsApiTest, RemembersTheRateThatTheEndpointAllowed) {
  endpoints->answer(kHook, delivery::Validated{120});
  make_ready("first");
  const auto stored = store->registry().catalog()->topic_by_name("events")->find("first");
  EXPECT_EQ(stored->allowed_rate_per_minute, 120);
}

TEST_F(SubscriptionsApiTest, FailsWithUrlValidationWhenTheEndpointRefuses) {
  endpoints->answer(kHook, delivery::Refused{"The endpoint answered BadRequest", 400});
  const auto made = put(sub_id("refused"), wrapped(webhook(std::string(kHook) + "?code=secret")));
  const auto operation = ended(made);
  EXPECT_EQ(operation.text_at("status"), "Failed");
  EXPECT_EQ(operation.text_at("error.code"), "Url validation");
  EXPECT_THAT(operation.text_at("error.message"), HasSubstr(kHook));
  EXPECT_THAT(operation.text_at("error.message"), HasSubstr("400"));
  EXPECT_THAT(operation.text_at("error.message"), Not(HasSubstr("secret")));
  EXPECT_EQ(state_of("refused"), "Failed");
  EXPECT_FALSE(store->registry().catalog()->topic_by_name("events")->find("refused")->active());

  endpoints->answer(kHook, delivery::Validated{});
  EXPECT_EQ(ended(put(sub_id("refused"), wrapped(webhook(kHook)))).text_at("status"), "Succeeded")
      << "asked again by the same PUT";
}

// --- manual validation ---------------------------------------------------------------------------

TEST_F(SubscriptionsApiTest, WaitsForTheLinkAndTakesItOnce) {
  endpoints->answer(kHook, delivery::AwaitingManual{});
  const auto made = make("patient");
  await_state("patient", "AwaitingManualAction");
  EXPECT_EQ(poll(made).text_at("status"), "InProgress");
  const auto link = link_path();
  auto wrong = link;
  wrong.back() = wrong.back() == '0' ? '1' : '0';
  EXPECT_EQ(open_link(wrong).status, 404);
  EXPECT_EQ(open_link("/validate/99" + link.substr(link.rfind('/'))).status, 404);
  EXPECT_EQ(open_link("/validate/x/y").status, 404);
  EXPECT_EQ(state_of("patient"), "AwaitingManualAction");
  EXPECT_EQ(open_link(link).status, 200);
  EXPECT_EQ(state_of("patient"), "Succeeded");
  EXPECT_EQ(poll(made).text_at("status"), "Succeeded");
  EXPECT_EQ(open_link(link).status, 404) << "used up";
}

TEST_F(SubscriptionsApiTest, TakesACallbackByPostWithTheRateItBrings) {
  endpoints->answer(kHook, delivery::AwaitingManual{});
  make("called");
  await_state("called", "AwaitingManualAction");
  const auto answer = send(http::Method::Post, link_path(), "", {{"WebHook-Allowed-Rate", "90"}});
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(
      store->registry().catalog()->topic_by_name("events")->find("called")->allowed_rate_per_minute,
      90);
}

TEST_F(SubscriptionsApiTest, TakesTheLinkEvenBeforeTheEndpointHasAnswered) {
  endpoints->answer(kHook, delivery::AwaitingManual{});
  endpoints->hold();
  const auto made = make("quick");
  EXPECT_EQ(open_link(link_path()).status, 200);
  EXPECT_EQ(state_of("quick"), "Succeeded");
  endpoints->release();
  EXPECT_EQ(ended(made).text_at("status"), "Succeeded");
  endpoints->answer(kHook, delivery::Validated{});
  make_ready("other");
  EXPECT_EQ(state_of("quick"), "Succeeded") << "the late answer changes nothing";
}

TEST_F(SubscriptionsApiTest, FailsWhenNobodyOpensTheLinkInTenMinutes) {
  endpoints->answer(kHook, delivery::AwaitingManual{});
  const auto made = make("forgotten");
  await_state("forgotten", "AwaitingManualAction");
  store->clock.advance_to(testing::kNow + base::minutes(10) - base::seconds(1));
  EXPECT_EQ(state_of("forgotten"), "AwaitingManualAction");
  store->clock.advance_to(testing::kNow + base::minutes(10));
  await_state("forgotten", "Failed");
  const auto operation = ended(made);
  EXPECT_EQ(operation.text_at("status"), "Failed");
  EXPECT_EQ(operation.text_at("error.code"), "Url validation");
  EXPECT_THAT(operation.text_at("error.message"), HasSubstr("10 minutes"));
  EXPECT_EQ(open_link(link_path()).status, 404);
}

TEST_F(SubscriptionsApiTest, GoesOnWaitingAfterARestart) {
  endpoints->answer(kHook, delivery::AwaitingManual{});
  const auto made = make("patient");
  await_state("patient", "AwaitingManualAction");
  const auto link = link_path();
  reopen();
  EXPECT_EQ(poll(made).text_at("status"), "InProgress") << "known from the subscription itself";
  EXPECT_EQ(open_link(link).status, 200);
  EXPECT_EQ(poll(made).text_at("status"), "Succeeded");

  make("forgotten");
  await_state("forgotten", "AwaitingManualAction");
  reopen();
  store->clock.advance_to(testing::kNow + base::hours(1));
  await_state("forgotten", "Failed");
}

TEST_F(SubscriptionsApiTest, AsksAgainAfterARestartWhatWasBeingAsked) {
  endpoints->hold();
  const auto made = make("unlucky");
  ASSERT_TRUE(eventually([&] { return endpoints->asked().size() == 1; }));
  reopen();
  endpoints->release();
  await_state("unlucky", "Succeeded");
  EXPECT_EQ(ended(made).text_at("status"), "Succeeded");
  EXPECT_EQ(endpoints->asked().size(), 2u);
  EXPECT_EQ(endpoints->asked()[0].validation_code, endpoints->asked()[1].validation_code);
}

// --- changing ------------------------------------------------------------------------------------

TEST_F(SubscriptionsApiTest, TheSamePutAgainAsksNobodyAndChangesNothing) {
  make_ready("first", R"(,"labels":["a"])");
  const auto next = store->log().next();
  const auto again = make("first", R"(,"labels":["a"])");
  EXPECT_EQ(again.status, 201);
  EXPECT_EQ(poll(again).text_at("status"), "Succeeded");
  EXPECT_EQ(store->log().next(), next);
  EXPECT_THAT(endpoints->asked(), SizeIs(1));
}

TEST_F(SubscriptionsApiTest, IsChangedByAFlatPatch) {
  make_ready("first", R"(,"labels":["old"],"filter":{"subjectEndsWith":".jpg"})");
  const auto patched =
      patch(sub_id("first"), R"({"labels":["new"],"retryPolicy":{"maxDeliveryAttempts":3}})");
  EXPECT_EQ(patched.status, 201) << patched.text;
  EXPECT_EQ(patched.text_at("properties.provisioningState"), "Updating");
  EXPECT_EQ(ended(patched).text_at("status"), "Succeeded");
  const auto shown = get(sub_id("first"));
  EXPECT_EQ(shown.at("properties.labels"), *json::parse(R"(["new"])"));
  EXPECT_EQ(shown.at("properties.retryPolicy.maxDeliveryAttempts"), json::Value(3));
  EXPECT_EQ(shown.text_at("properties.filter.subjectEndsWith"), ".jpg")
      << "what was not named stays";
  EXPECT_EQ(shown.text_at("properties.destination.properties.endpointBaseUrl"), kHook);
  EXPECT_EQ(patch(sub_id("first"), R"({"properties":{"labels":[]}})").status, 400);
  EXPECT_EQ(patch(sub_id("nobody"), R"({"labels":[]})").status, 404);
}

TEST_F(SubscriptionsApiTest, ClearsWhatAPatchSetsToNull) {
  make_ready(
      "first",
      R"(,"labels":["old"],"expirationTimeUtc":"2027-01-01T00:00:00Z","deadLetterDestination":{
      "endpointType":"StorageBlob","properties":{"blobContainerName":"dead","resourceId":
      "/subscriptions/5b4b650e-28b9-4790-b3ab-ddbd88d727c4/resourceGroups/g/providers/Microsoft.Storage/storageAccounts/a"}})");
  EXPECT_EQ(
      get(sub_id("first")).text_at("properties.deadLetterDestination.properties.blobContainerName"),
      "dead");
  const auto patched = patch(
      sub_id("first"), R"({"labels":null,"expirationTimeUtc":null,"deadLetterDestination":null})");
  EXPECT_EQ(ended(patched).text_at("status"), "Succeeded");
  const auto shown = get(sub_id("first"));
  for (const std::string name : {"labels", "expirationTimeUtc", "deadLetterDestination"}) {
    EXPECT_TRUE(shown.at("properties." + name).is_null()) << name;
  }
}

TEST_F(SubscriptionsApiTest, KeepsTheOldVersionInForceUntilTheNewEndpointAgrees) {
  make_ready("moving");
  const std::string elsewhere = "https://elsewhere.example/hook";
  endpoints->answer(elsewhere, delivery::AwaitingManual{});
  const auto patched = patch(sub_id("moving"), "{" + webhook(elsewhere) + "}");
  EXPECT_EQ(patched.text_at("properties.destination.properties.endpointBaseUrl"), elsewhere);
  await_state("moving", "AwaitingManualAction");
  const auto url_in_force = [&] {
    return post(sub_id("moving") + "/getFullUrl").text_at("endpointUrl");
  };
  const auto active = [&] {
    return store->registry().catalog()->topic_by_name("events")->find("moving")->active();
  };
  EXPECT_EQ(url_in_force(), kHook);
  EXPECT_TRUE(active());
  EXPECT_EQ(open_link(link_path(1)).status, 200);
  EXPECT_EQ(url_in_force(), elsewhere);
  EXPECT_EQ(state_of("moving"), "Succeeded");
  EXPECT_EQ(poll(patched).text_at("status"), "Succeeded");
}

TEST_F(SubscriptionsApiTest, AFailedUpdateStopsNothing) {
  make_ready("steady", R"(,"labels":["good"])");
  endpoints->answer("https://typo.example/hook", delivery::Refused{"The name does not resolve", 0});
  const auto patched = patch(sub_id("steady"), "{" + webhook("https://typo.example/hook") + "}");
  const auto operation = ended(patched);
  EXPECT_EQ(operation.text_at("status"), "Failed");
  EXPECT_THAT(operation.text_at("error.message"), HasSubstr("https://typo.example/hook"));
  EXPECT_THAT(operation.text_at("error.message"), HasSubstr("Unknown"));
  EXPECT_EQ(state_of("steady"), "Succeeded");
  EXPECT_EQ(post(sub_id("steady") + "/getFullUrl").text_at("endpointUrl"), kHook);
}

TEST_F(SubscriptionsApiTest, ALaterUpdateTakesThePlaceOfOneThatWaits) {
  make_ready("busy");
  endpoints->answer("https://one.example/", delivery::AwaitingManual{});
  const auto first = patch(sub_id("busy"), "{" + webhook("https://one.example/") + "}");
  await_state("busy", "AwaitingManualAction");
  const auto old_link = link_path(1);
  const auto second = patch(sub_id("busy"), "{" + webhook("https://two.example/") + "}");
  EXPECT_EQ(ended(second).text_at("status"), "Succeeded");
  EXPECT_EQ(poll(first).text_at("status"), "Canceled");
  EXPECT_EQ(open_link(old_link).status, 404);
  EXPECT_EQ(post(sub_id("busy") + "/getFullUrl").text_at("endpointUrl"), "https://two.example/");
}

// --- reading -------------------------------------------------------------------------------------

TEST_F(SubscriptionsApiTest, IsOneResourceInBothFormsWhateverTheCaseAndTheSlashes) {
  make_ready("Twice");
  const auto nested = get(topic_id() + "/eventSubscriptions/twice");
  EXPECT_EQ(nested.status, 200);
  EXPECT_EQ(nested.text_at("name"), "Twice");
  EXPECT_EQ(nested.text_at("id"), topic_id() + "/eventSubscriptions/Twice");
  EXPECT_EQ(nested.text_at("type"), "Microsoft.EventGrid/topics/eventSubscriptions");
  auto shouted = sub_id("TWICE");
  for (auto& c : shouted) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  EXPECT_EQ(get(shouted).status, 200);
  EXPECT_EQ(get("//" + sub_id("Twice").substr(1)).status, 200);
  EXPECT_EQ(put(topic_id() + "/eventSubscriptions/TWICE", wrapped(webhook(kHook))).status, 201);
  EXPECT_EQ(store->registry().catalog()->topic_by_name("events")->subscriptions.size(), 1u);
}

TEST_F(SubscriptionsApiTest, ShowsSecretsOnlyToThoseWhoAskByPost) {
  const auto made = put(
      sub_id("secrets"),
      wrapped(webhook(
          std::string(kHook) + "?code=hidden",
          R"(,"deliveryAttributeMappings":[{"name":"X-Token","type":"static","properties":{"value":"swordfish","isSecret":true}},
         {"name":"X-Kind","type":"Dynamic","properties":{"sourceField":"data.kind"}}])")));
  EXPECT_EQ(ended(made).text_at("status"), "Succeeded");
  EXPECT_THAT(made.text, Not(AnyOf(HasSubstr("swordfish"), HasSubstr("code=hidden"))));
  const auto shown = get(sub_id("secrets"));
  EXPECT_THAT(shown.text, Not(AnyOf(HasSubstr("swordfish"), HasSubstr("code=hidden"))));
  EXPECT_THAT(shown.text, HasSubstr("\"Hidden\""));
  EXPECT_EQ(post(sub_id("secrets") + "/getFullUrl").body,
            *json::parse(R"({"endpointUrl":"https://example.org/hook?code=hidden"})"));
  const auto attributes = post(sub_id("secrets") + "/getDeliveryAttributes");
  EXPECT_EQ(attributes.body.find("value")->if_array()->size(), 2u);
  EXPECT_THAT(attributes.text, HasSubstr("swordfish"));
  EXPECT_EQ(post(sub_id("nobody") + "/getFullUrl").status, 404);

  const auto back =
      patch(sub_id("secrets"),
            "{\"destination\":" + json::write(shown.at("properties.destination")) + "}");
  EXPECT_EQ(ended(back).text_at("status"), "Succeeded");
  EXPECT_THAT(post(sub_id("secrets") + "/getDeliveryAttributes").text, HasSubstr("swordfish"))
      << "what was shown as Hidden is kept";
  EXPECT_EQ(post(sub_id("secrets") + "/getFullUrl").text_at("endpointUrl"),
            std::string(kHook) + "?code=hidden");
}

TEST_F(SubscriptionsApiTest, ListsByTopicGroupSubscriptionLocationAndType) {
  make_topic("other");
  make_ready("one");
  make_ready("two");
  EXPECT_EQ(ended(put(sub_id("three", "other"), wrapped(webhook(kHook)))).text_at("status"),
            "Succeeded");
  const std::string s = "/subscriptions/5b4b650e-28b9-4790-b3ab-ddbd88d727c4";
  const std::string provider = "/providers/Microsoft.EventGrid";
  const std::pair<std::string, std::size_t> lists[] = {
      {topic_id() + provider + "/eventSubscriptions", 2},
      {topic_id() + "/eventSubscriptions", 2},
      {s + provider + "/eventSubscriptions", 3},
      {s + "/resourceGroups/local" + provider + "/eventSubscriptions", 3},
      {s + "/resourceGroups/else" + provider + "/eventSubscriptions", 0},
      {s + provider + "/locations/westus2/eventSubscriptions", 3},
      {s + provider + "/locations/mars/eventSubscriptions", 0},
      {s + provider + "/topicTypes/Microsoft.EventGrid.Topics/eventSubscriptions", 3},
      {s + provider + "/topicTypes/Microsoft.Storage.StorageAccounts/eventSubscriptions", 0},
      {s + "/resourceGroups/local" + provider +
           "/locations/westus2/topicTypes/microsoft.eventgrid.topics/eventSubscriptions",
       3},
  };
  for (const auto& [path, count] : lists) {
    const auto listed = get(path);
    ASSERT_EQ(listed.status, 200) << path << listed.text;
    EXPECT_EQ(listed.body.find("value")->if_array()->size(), count) << path;
    EXPECT_EQ(listed.body.find("nextLink"), nullptr);
  }
  EXPECT_EQ(get(topic_id("nowhere") + "/eventSubscriptions").status, 404);
  const auto filtered = get(topic_id() + "/eventSubscriptions",
                            "?api-version=2022-06-15&$top=100&$filter=name%20eq%20'TWO'");
  EXPECT_EQ(filtered.body.find("value")->if_array()->size(), 1u);
  EXPECT_EQ(
      get(topic_id() + "/eventSubscriptions", "?api-version=2022-06-15&$filter=nonsense").status,
      400);
}

TEST_F(SubscriptionsApiTest, IsDeletedWith202AndThen204) {
  make_ready("leaving");
  const auto gone = remove(sub_id("leaving"));
  EXPECT_EQ(gone.status, 202);
  EXPECT_EQ(poll(gone).text_at("status"), "Succeeded");
  EXPECT_EQ(get(path_of(gone.headers.get("Location")), "").status, 204);
  EXPECT_EQ(get(sub_id("leaving")).status, 404);
  EXPECT_EQ(remove(sub_id("leaving")).status, 204);
  EXPECT_EQ(remove(sub_id("leaving", "nowhere")).status, 204);
}

TEST_F(SubscriptionsApiTest, DeletingOneThatWaitsCancelsItsOperation) {
  endpoints->answer(kHook, delivery::AwaitingManual{});
  const auto made = make("gone");
  await_state("gone", "AwaitingManualAction");
  EXPECT_EQ(remove(sub_id("gone")).status, 202);
  EXPECT_EQ(poll(made).text_at("status"), "Canceled");
  EXPECT_EQ(open_link(link_path()).status, 404);
}

TEST_F(SubscriptionsApiTest, IsGoneAtItsExpiration) {
  const auto at = base::format_rfc3339(testing::kNow + base::hours(1));
  make_ready("mortal", ",\"expirationTimeUtc\":\"" + at + "\"");
  make_ready("eternal");
  EXPECT_EQ(get(sub_id("mortal")).text_at("properties.expirationTimeUtc"), at);
  store->clock.advance_to(testing::kNow + base::minutes(59));
  EXPECT_EQ(get(sub_id("mortal")).status, 200);
  store->clock.advance_to(testing::kNow + base::hours(1));
  EXPECT_TRUE(eventually([&] { return get(sub_id("mortal")).status == 404; }));
  EXPECT_EQ(get(sub_id("eternal")).status, 200);
}

// --- the specification's examples ----------------------------------------------------------------

json::Value example(const std::string& name) {
  std::ifstream file(std::string(FANFARE_TEST_DATA) + "/arm/" + name + ".json");
  const std::string text((std::istreambuf_iterator<char>(file)), {});
  EXPECT_FALSE(text.empty()) << name;
  return *json::parse(text);
}

/// Every member of `expected` is in `shown`; nulls and defaults that are left out do not count.
void expect_contains(const json::Value& shown, const json::Value& expected,
                     const std::string& path) {
  if (!expected.is_object()) {
    EXPECT_EQ(shown, expected) << path << ": " << json::write(shown);
    return;
  }
  for (const auto& [name, value] : *expected.if_object()) {
    if (value.is_null() || (name == "isSubjectCaseSensitive" && value == json::Value(false)))
      continue;
    const auto* member = shown.find(name);
    ASSERT_NE(member, nullptr) << path << "." << name;
    expect_contains(*member, value, path + "." + name);
  }
}

TEST_F(SubscriptionsApiTest, TakesTheSpecificationsWebhookExamples) {
  const std::string group =
      "/subscriptions/5b4b650e-28b9-4790-b3ab-ddbd88d727c4/resourceGroups/examplerg/providers/"
      "Microsoft.EventGrid/topics/";
  for (const std::string name : {"exampletopic1", "exampletopic2"}) {
    ASSERT_EQ(put(group + name, R"({"location":"x"})").status, 201);
  }
  const struct {
    const char* file;
    const char* body;
    std::string id;
  } cases[] = {
      {"EventSubscriptions_CreateOrUpdateForCustomTopic_WebhookDestination",
       "eventSubscriptionInfo",
       group +
           "exampletopic1/providers/Microsoft.EventGrid/eventSubscriptions/examplesubscription1"},
      {"TopicEventSubscriptions_CreateOrUpdate", "eventSubscriptionInfo",
       group + "exampleTopic1/eventSubscriptions/exampleEventSubscriptionName1"},
      {"TopicEventSubscriptions_Update", "eventSubscriptionUpdateParameters",
       group + "exampleTopic1/eventSubscriptions/exampleEventSubscriptionName1"},
  };
  for (const auto& c : cases) {
    const auto text = example(c.file);
    const auto body = json::write(*text.find("parameters")->find(c.body));
    const auto answer =
        std::string(c.body).ends_with("Parameters") ? patch(c.id, body) : put(c.id, body);
    ASSERT_EQ(answer.status, 201) << answer.text;
    EXPECT_EQ(ended(answer).text_at("status"), "Succeeded");
    auto expected = *text.find("responses")->find("201")->find("body");
    for (const std::string spelling : {"id", "name"}) expected.erase(spelling);
    expected.find("properties")->erase("topic");
    expect_contains(get(c.id).body, expected, c.file);
  }
}

TEST_F(SubscriptionsApiTest, RefusesTheExamplesOfDestinationsThatItDoesNotHave) {
  for (const std::string kind : {"AzureFunction", "EventHub", "HybridConnection", "ServiceBusQueue",
                                 "ServiceBusTopic", "StorageQueue"}) {
    const auto text =
        example("EventSubscriptions_CreateOrUpdateForCustomTopic_" + kind + "Destination");
    const auto refused =
        put(sub_id("other"), json::write(*text.find("parameters")->find("eventSubscriptionInfo")));
    EXPECT_EQ(refused.status, 400) << kind;
    EXPECT_EQ(refused.text_at("error.target"), "properties.destination.endpointType") << kind;
  }
}

// --- what is wrong -------------------------------------------------------------------------------

struct Wrong {
  const char* name;
  std::string members;
  const char* target;
};
void PrintTo(const Wrong& c, std::ostream* out) { *out << c.members; }
class WrongSubscriptionTest : public SubscriptionsApiTest,
                              public ::testing::WithParamInterface<Wrong> {};
TEST_P(WrongSubscriptionTest, IsRefusedNamingTheProperty) {
  const auto refused = put(sub_id("wrong"), wrapped(GetParam().members));
  EXPECT_EQ(refused.status, 400) << refused.text;
  EXPECT_EQ(refused.text_at("error.code"), "InvalidRequest");
  EXPECT_EQ(refused.text_at("error.target"), GetParam().target);
  EXPECT_GT(refused.text_at("error.message").size(), 10u);
  EXPECT_EQ(get(sub_id("wrong")).status, 404) << "nothing was made";
  EXPECT_THAT(endpoints->asked(), IsEmpty());
}
std::string hook(const std::string& url = kHook, const std::string& more = "") {
  return R"("destination":{"endpointType":"WebHook","properties":{"endpointUrl":")" + url + "\"" +
         more + "}}";
}
INSTANTIATE_TEST_SUITE_P(
    Table, WrongSubscriptionTest,
    ::testing::Values(
        Wrong{"no_destination", "", "properties.destination"},
        Wrong{"no_url", R"("destination":{"endpointType":"WebHook","properties":{}})",
              "properties.destination.properties.endpointUrl"},
        Wrong{"no_properties", R"("destination":{"endpointType":"WebHook"})",
              "properties.destination.properties.endpointUrl"},
        Wrong{"no_url_at_all", hook("not a url"), "properties.destination.properties.endpointUrl"},
        Wrong{"another_scheme", hook("ftp://example.org/"),
              "properties.destination.properties.endpointUrl"},
        Wrong{"user_in_url", hook("https://a@example.org/"),
              "properties.destination.properties.endpointUrl"},
        Wrong{"private_address", hook("https://169.254.169.254/latest"),
              "properties.destination.properties.endpointUrl"},
        Wrong{"past_expiration", hook() + R"(,"expirationTimeUtc":"2001-01-01T00:00:00Z")",
              "properties.expirationTimeUtc"},
        Wrong{"schema_that_cannot_be", hook() + R"(,"eventDeliverySchema":"CustomInputSchema")",
              "properties.eventDeliverySchema"},
        Wrong{
            "attribute_with_aeg",
            hook(
                kHook,
                R"(,"deliveryAttributeMappings":[{"name":"aeg-x","type":"Static","properties":{"value":"1"}}])"),
            "properties.destination.properties.deliveryAttributeMappings[0].name"},
        Wrong{
            "dead_letter_account",
            hook() +
                R"(,"deadLetterDestination":{"endpointType":"StorageBlob","properties":{"resourceId":"x","blobContainerName":"abc"}})",
            "properties.deadLetterDestination.properties.resourceId"},
        Wrong{
            "dead_letter_container",
            hook() +
                R"(,"deadLetterDestination":{"endpointType":"StorageBlob","properties":{"blobContainerName":"../up","resourceId":"/subscriptions/5b4b650e-28b9-4790-b3ab-ddbd88d727c4/resourceGroups/g/providers/Microsoft.Storage/storageAccounts/a"}})",
            "properties.deadLetterDestination.properties.blobContainerName"},
        Wrong{
            "unknown_operator",
            hook() +
                R"(,"filter":{"advancedFilters":[{"operatorType":"StringLike","key":"data.a","values":["x"]}]})",
            "properties.filter.advancedFilters[0].operatorType"},
        Wrong{"unknown_property", hook() + R"(,"colour":"red")", "properties.colour"}),
    [](const auto& info) { return std::string(info.param.name); });

TEST_F(SubscriptionsApiTest, RefusesScopesAndNamesThatCannotBe) {
  const auto nowhere = put(sub_id("abc", "nowhere"), wrapped(webhook(kHook)));
  EXPECT_EQ(nowhere.status, 404);
  EXPECT_EQ(nowhere.text_at("error.code"), "ResourceNotFound");
  for (const std::string name : {"ab", "a.b", "a%20b"}) {
    EXPECT_EQ(put(sub_id(name), wrapped(webhook(kHook))).status, 400) << name;
  }
  const std::string s = "/subscriptions/5b4b650e-28b9-4790-b3ab-ddbd88d727c4";
  EXPECT_EQ(
      put(s + "/providers/Microsoft.EventGrid/eventSubscriptions/abc", wrapped(webhook(kHook)))
          .status,
      400)
      << "only topics can be subscribed to";
  EXPECT_EQ(
      put("/nonsense/providers/Microsoft.EventGrid/eventSubscriptions/abc", wrapped(webhook(kHook)))
          .status,
      400);
  EXPECT_EQ(put(sub_id("abc"), R"({"properties":)").status, 400);
  EXPECT_EQ(put(sub_id("abc"), R"({})").status, 400);
  EXPECT_EQ(put(sub_id("abc"), R"({"destination":{}})").status, 400);
}

class TrustingTest : public testing::ManagementFixture {
 protected:
  TrustingTest() : ManagementFixture(WebhookValidation::Skip) { make_topic(); }
};
TEST_F(TrustingTest, AsksNobodyWhereValidationIsSwitchedOff) {
  const auto made = put(sub_id("first"), wrapped(webhook("http://127.0.0.1:8080/")));
  EXPECT_EQ(made.status, 201);
  EXPECT_EQ(poll(made).text_at("status"), "Succeeded");
  EXPECT_EQ(state_of("first"), "Succeeded");
  const auto patched = patch(sub_id("first"), R"({"labels":["x"]})");
  EXPECT_EQ(poll(patched).text_at("status"), "Succeeded");
  EXPECT_EQ(state_of("first"), "Succeeded");
  EXPECT_THAT(endpoints->asked(), IsEmpty());
}

TEST_F(SubscriptionsApiTest, AppliesWhatAConfigurationDeclaresWithoutHttp) {
  const auto body = *json::parse(wrapped(webhook(kHook)));
  const auto change =
      store->run(subscriptions->put(topic_id(), "declared", body, "http://127.0.0.1:4880"));
  ASSERT_TRUE(change) << change.error().message;
  EXPECT_TRUE(change->created);
  await_state("declared", "Succeeded");
  const auto again =
      store->run(subscriptions->put(topic_id(), "declared", body, "http://127.0.0.1:4880"));
  ASSERT_TRUE(again);
  EXPECT_FALSE(again->created);
  EXPECT_THAT(endpoints->asked(), SizeIs(1)) << "a restart asks nobody again";
}

TEST(Operations, AreForgottenOldestFirst) {
  Operations operations(2);
  for (const std::string id : {"a", "b", "c"})
    operations.put({id, OperationStatus::InProgress, {}, {}});
  EXPECT_FALSE(operations.find("a"));
  EXPECT_TRUE(operations.find("B")) << "ids compare without case";
  operations.end("c", OperationStatus::Failed, "code", "why");
  operations.end("c", OperationStatus::Succeeded);
  EXPECT_EQ(operations.find("c")->status, OperationStatus::Failed) << "the first end counts";
}

}  // namespace
}  // namespace fanfare::management
