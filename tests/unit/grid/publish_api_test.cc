#include "grid/publish_api.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "auth/sas.h"
#include "base/bytes.h"
#include "json/value.h"
#include "unit/grid/store_fixture.h"

namespace fanfare::grid {
namespace {

using testing::a_subscription;
using testing::a_topic;
using ::testing::HasSubstr;
using testing::kNow;
using ::testing::Not;
using testing::Store;

constexpr std::string_view kKey = "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=";

std::string event_text(std::string_view id = "1") {
  return R"({"id":")" + std::string(id) +
         R"(","subject":"a/b","eventType":"T","eventTime":"2026-01-31T12:00:00Z","dataVersion":"1","data":{"n":1}})";
}
std::string cloud_text() {
  return R"({"specversion":"1.0","id":"1","source":"/s","type":"T","data":{"n":1}})";
}

/// Knows two tokens: one whose holder may send, one whose holder may not.
class TwoBearers final : public auth::BearerVerifier {
 public:
  base::Result<auth::Principal> verify(std::string_view token,
                                       std::string_view audience) const override {
    auth::Principal principal;
    principal.kind = auth::CredentialKind::Bearer;
    if (audience == auth::kEventGridAudience && token == "sender") {
      principal.roles = {"EventGrid Data Sender"};
      return principal;
    }
    if (token == "reader") return principal;
    return base::Error{base::Errc::Unauthorized, "The token is not one of ours.", {}};
  }
};

class PublishApiTest : public ::testing::Test {
 protected:
  PublishApiTest() {
    put(a_topic("events"));
    put(a_topic("cloud", event::Schema::CloudEvents));
    auto custom = a_topic("custom", event::Schema::Custom);
    custom.mapping.id = "key";
    custom.mapping.event_type = {"kind", std::nullopt};
    custom.mapping.subject = {std::nullopt, "things"};
    custom.mapping.data_version = {std::nullopt, "1"};
    put(custom);
    router = make_router({});
  }

  void put(Topic topic) {
    auto stored = store.run(store.registry().put_topic(std::move(topic)));
    FANFARE_CHECK(stored.has_value());
  }

  http::Router make_router(PublishOptions options) {
    apis.push_back(std::make_unique<PublishApi>(
        store.registry(), publisher, bearers, store.clock, base::system_random(),
        [](const Catalog& catalog, const http::Request& request) {
          return request.local_port == 5000 ? catalog.topic_by_name("cloud")
                                            : topic_of_host(catalog, request);
        },
        options,
        [this](const Topic* topic, PublishFault fault) {
          refusals.emplace_back(topic == nullptr ? "" : topic->name, fault);
        }));
    http::Router out;
    out.add(apis.back()->routes());
    return out;
  }

  static http::Request request(std::string target, std::string_view body,
                               std::initializer_list<http::Headers::Field> headers = {}) {
    http::Request out;
    out.method = http::Method::Post;
    out.target = std::move(target);
    out.headers.add("Host", "localhost:4880");
    for (const auto& field : headers) out.headers.add(field.name, field.value);
    out.body = http::Body(body);
    out.host = "localhost";
    out.local_port = 4880;
    out.peer = "127.0.0.1";
    return out;
  }
  static http::Request keyed(std::string target, std::string_view body,
                             std::initializer_list<http::Headers::Field> headers = {}) {
    auto out = request(std::move(target), body, headers);
    out.headers.add("aeg-sas-key", kKey);
    return out;
  }

  http::Response send(http::Request r) { return store.run(router.handle(std::move(r))); }

  struct Refused {
    int status;
    std::string code;
    std::string detail;
    std::string message;
    std::string target;
  };
  static Refused read(const http::Response& response) {
    const auto body = json::parse(response.body);
    FANFARE_CHECK(body.has_value());
    const auto& error = *body->find("error");
    const auto& detail = error.find("details")->if_array()->at(0);
    EXPECT_EQ(*detail.find("message")->if_string(), *error.find("message")->if_string());
    EXPECT_THAT(response.headers.get("Content-Type"), HasSubstr("application/json"));
    EXPECT_FALSE(response.headers.get("x-ms-request-id").empty());
    const auto* target = detail.find("target");
    return {response.status, *error.find("code")->if_string(), *detail.find("code")->if_string(),
            *error.find("message")->if_string(), target == nullptr ? "" : *target->if_string()};
  }

  Store store;
  TwoBearers bearers;
  std::vector<std::string> counted;
  Publisher publisher{
      store.queue(), store.clock, [this](const Published& published) {
        counted.push_back(published.topic.topic->name + " " + std::to_string(published.events) +
                          " " + std::to_string(published.unmatched));
        for (const auto& [id, count] : published.matched) {
          counted.back() += " " + std::to_string(id.value) + ":" + std::to_string(count);
        }
      }};
  std::vector<std::unique_ptr<PublishApi>> apis;
  std::vector<std::pair<std::string, PublishFault>> refusals;
  http::Router router;
};

TEST_F(PublishApiTest, Answers200WithNothingOnceTheEventsAreStored) {
  const auto before = store.log().next();
  const auto response = send(keyed("/topics/events/api/events?api-version=2018-01-01",
                                   "[" + event_text("1") + "," + event_text("2") + "]"));
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(response.body, "");
  EXPECT_EQ(response.headers.get("x-ms-request-id").size(), 36u);
  EXPECT_EQ(store.log().next(), before + 1) << "one commit for the batch";
  EXPECT_THAT(counted, ::testing::ElementsAre("events 2 2"));
}

TEST_F(PublishApiTest, OwesEachEventToWhoeverItMatches) {
  const auto topic = *store.registry().catalog()->topic_by_name("events")->topic;
  auto picky = a_subscription(topic, "picky");
  picky.filter.subject_begins_with = "a/";
  auto other = a_subscription(topic, "other");
  other.filter.subject_begins_with = "z/";
  auto idle = a_subscription(topic, "idle");
  idle.state = ProvisioningState::AwaitingManualAction;
  const auto first = *store.run(store.registry().put_subscription(picky));
  const auto second = *store.run(store.registry().put_subscription(other));
  const auto third = *store.run(store.registry().put_subscription(idle));
  EXPECT_EQ(send(keyed("/topics/EVENTS/api/events", "[" + event_text() + "]")).status, 200);
  EXPECT_EQ(store.queue().stats(first->id).pending, 1u);
  EXPECT_EQ(store.queue().stats(second->id).pending, 0u);
  EXPECT_EQ(store.queue().stats(third->id).pending, 0u) << "not validated yet";
  EXPECT_THAT(counted,
              ::testing::ElementsAre("events 1 0 " + std::to_string(first->id.value) + ":1"));
}

TEST_F(PublishApiTest, FindsTheTopicByPathByHostNameAndByPort) {
  const auto body = "[" + event_text() + "]";
  for (const std::string host : {"events.localhost", "events.westus2-1.eventgrid.azure.net"}) {
    for (const std::string path : {"/api/events", "/", "//api/events", "/api/events/"}) {
      auto r = keyed(path, body);
      r.host = host;
      EXPECT_EQ(send(std::move(r)).status, 200) << host << path;
    }
  }
  auto by_port =
      keyed("/api/events", cloud_text(), {{"Content-Type", "application/cloudevents+json"}});
  by_port.local_port = 5000;
  EXPECT_EQ(send(std::move(by_port)).status, 200);
  EXPECT_EQ(send(keyed("/api/events", body)).status, 404) << "localhost names no topic";
}

struct ShapeCase {
  const char* name;
  const char* topic;
  const char* content_type;
  std::string body;
  int status;
};
void PrintTo(const ShapeCase& c, std::ostream* out) { *out << c.name; }

class ShapeTest : public PublishApiTest, public ::testing::WithParamInterface<ShapeCase> {};
TEST_P(ShapeTest, IsJudgedByTheTopicsInputSchema) {
  const auto& c = GetParam();
  auto r = keyed("/topics/" + std::string(c.topic) + "/api/events", c.body);
  if (c.content_type != nullptr) r.headers.set("Content-Type", c.content_type);
  EXPECT_EQ(send(std::move(r)).status, c.status);
}
INSTANTIATE_TEST_SUITE_P(
    Table, ShapeTest,
    ::testing::Values(
        ShapeCase{"json", "events", "application/json", "[" + event_text() + "]", 200},
        ShapeCase{"json_with_charset", "events", "application/json; charset=utf-8",
                  "[" + event_text() + "]", 200},
        ShapeCase{"form_type_of_plain_curl", "events", "application/x-www-form-urlencoded",
                  "[" + event_text() + "]", 200},
        ShapeCase{"no_content_type", "events", nullptr, "[" + event_text() + "]", 200},
        ShapeCase{"an_empty_array", "events", "application/json", "[]", 200},
        ShapeCase{"a_bare_object", "events", "application/json", event_text(), 400},
        ShapeCase{"a_cloud_event", "events", "application/json", "[" + cloud_text() + "]", 400},
        ShapeCase{"one_cloud_event", "cloud", "application/cloudevents+json; charset=utf-8",
                  cloud_text(), 200},
        ShapeCase{"type_in_capitals", "cloud", "Application/CloudEvents+JSON", cloud_text(), 200},
        ShapeCase{"a_batch", "cloud", "application/cloudevents-batch+json; charset=utf-8",
                  "[" + cloud_text() + "]", 200},
        ShapeCase{"array_as_one", "cloud", "application/cloudevents+json", "[" + cloud_text() + "]",
                  400},
        ShapeCase{"object_as_batch", "cloud", "application/cloudevents-batch+json", cloud_text(),
                  400},
        ShapeCase{"cloud_event_as_json", "cloud", "application/json", cloud_text(), 415},
        ShapeCase{"cloud_event_without_type", "cloud", nullptr, cloud_text(), 415},
        ShapeCase{"custom", "custom", "application/json", R"([{"key":"k","kind":"K"}])", 200},
        ShapeCase{"custom_without_kind", "custom", "application/json", R"([{"key":"k"}])", 400}),
    [](const auto& info) { return std::string(info.param.name); });

TEST_F(PublishApiTest, TakesCloudEventsInBinaryMode) {
  auto r = keyed("/topics/cloud/api/events", R"({"n":1})",
                 {{"Content-Type", "application/json"},
                  {"ce-specversion", "1.0"},
                  {"ce-id", "1"},
                  {"ce-source", "/s"},
                  {"ce-type", "T"}});
  EXPECT_EQ(send(std::move(r)).status, 200);
}

TEST_F(PublishApiTest, RefusesBinaryModeWhereItIsSwitchedOff) {
  PublishOptions options;
  options.cloud_events_binary = BinaryMode::Refuse;
  router = make_router(options);
  const auto response = send(keyed("/topics/cloud/api/events", R"({"n":1})",
                                   {{"Content-Type", "application/json"},
                                    {"ce-specversion", "1.0"},
                                    {"ce-id", "1"},
                                    {"ce-source", "/s"},
                                    {"ce-type", "T"}}));
  EXPECT_EQ(response.status, 415);
  EXPECT_THAT(read(response).message, HasSubstr("application/cloudevents+json"));
}

struct CredentialCase {
  const char* name;
  const char* header;  ///< null: none
  std::string value;
  const char* query;
  int status;
  const char* code;
};
void PrintTo(const CredentialCase& c, std::ostream* out) { *out << c.name; }

std::string token(std::string_view resource, base::TimePoint expiry = kNow + base::hours(1)) {
  return *auth::make_sas_token(resource, expiry, kKey);
}
const std::string kUrl = "http://localhost:4880/topics/events/api/events";

class CredentialTest : public PublishApiTest,
                       public ::testing::WithParamInterface<CredentialCase> {};
TEST_P(CredentialTest, OpensOrClosesTheTopic) {
  const auto& c = GetParam();
  auto r = request("/topics/events/api/events" + std::string(c.query), "[" + event_text() + "]");
  if (c.header != nullptr) r.headers.add(c.header, c.value);
  const auto before = store.log().next();
  const auto response = send(std::move(r));
  EXPECT_EQ(response.status, c.status) << response.body;
  if (c.status == 200) return;
  EXPECT_EQ(read(response).code, c.code);
  EXPECT_EQ(store.log().next(), before) << "nothing stored";
  EXPECT_THAT(response.body, Not(HasSubstr(std::string(kKey))));
  if (c.status == 401) EXPECT_TRUE(response.headers.contains("WWW-Authenticate"));
}
INSTANTIATE_TEST_SUITE_P(
    Forms, CredentialTest,
    ::testing::Values(
        CredentialCase{"key_header", "aeg-sas-key", std::string(kKey), "", 200, ""},
        CredentialCase{"second_key", "aeg-sas-key",
                       "ZmVkY2JhOTg3NjU0MzIxMGZlZGNiYTk4NzY1NDMyMTA=", "", 200, ""},
        CredentialCase{"wrong_key", "aeg-sas-key", "AAAA", "", 401, "Unauthorized"},
        CredentialCase{"empty_key", "aeg-sas-key", "", "", 401, "Unauthorized"},
        CredentialCase{"key_in_query", nullptr, "",
                       "?aeg-sas-key=MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=", 200, ""},
        CredentialCase{"wrong_key_in_query", nullptr, "", "?aeg-sas-key=x", 401, "Unauthorized"},
        CredentialCase{"wrong_header_beats_right_query", "aeg-sas-key", "AAAA",
                       "?aeg-sas-key=MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=", 401,
                       "Unauthorized"},
        CredentialCase{"sas_header", "aeg-sas-token", token(kUrl), "", 200, ""},
        CredentialCase{"sas_authorization", "Authorization",
                       "SharedAccessSignature " + token(kUrl + "?apiVersion=2018-01-01"), "", 200,
                       ""},
        CredentialCase{"expired_sas", "aeg-sas-token", token(kUrl, kNow - base::seconds(1)), "",
                       401, "Unauthorized"},
        CredentialCase{"sas_of_another_topic", "aeg-sas-token",
                       token("http://localhost:4880/topics/other/api/events"), "", 401,
                       "Unauthorized"},
        CredentialCase{"malformed_sas", "aeg-sas-token", "nonsense", "", 400, "BadRequest"},
        CredentialCase{"bearer", "Authorization", "Bearer sender", "", 200, ""},
        CredentialCase{"bearer_in_any_case", "Authorization", "bEARER sender", "", 200, ""},
        CredentialCase{"unknown_bearer", "Authorization", "Bearer who", "", 401, "Unauthorized"},
        CredentialCase{"bearer_without_the_right", "Authorization", "Bearer reader", "", 403,
                       "Forbidden"},
        CredentialCase{"another_scheme", "Authorization", "Basic eDp5", "", 401, "Unauthorized"},
        CredentialCase{"nothing", nullptr, "", "", 401, "Unauthorized"}),
    [](const auto& info) { return std::string(info.param.name); });

TEST_F(PublishApiTest, TakesOnlyBearersWhereLocalAuthenticationIsDisabled) {
  auto topic = a_topic("events");
  topic.disable_local_auth = true;
  put(topic);
  const auto body = "[" + event_text() + "]";
  const auto path = "/topics/events/api/events";
  EXPECT_EQ(send(keyed(path, body)).status, 403);
  EXPECT_EQ(send(request(path, body, {{"aeg-sas-token", token(kUrl)}})).status, 403);
  EXPECT_EQ(
      send(request(path, body, {{"Authorization", "SharedAccessSignature " + token(kUrl)}})).status,
      403);
  EXPECT_EQ(send(request(path, body)).status, 401);
  EXPECT_EQ(send(request(path, body, {{"Authorization", "Bearer sender"}})).status, 200);
}

TEST_F(PublishApiTest, AsksTheTopicsNetworkRules) {
  auto topic = a_topic("events");
  topic.inbound_ip_rules = {"192.0.2.0/24"};
  put(topic);
  auto outside = keyed("/topics/events/api/events", "[]");
  const auto refused = send(std::move(outside));
  EXPECT_EQ(read(refused).code, "Forbidden");
  auto inside = keyed("/topics/events/api/events", "[]");
  inside.peer = "192.0.2.77";
  EXPECT_EQ(send(std::move(inside)).status, 200);
  topic.inbound_ip_rules.clear();
  topic.public_network_access = false;
  put(topic);
  EXPECT_EQ(send(keyed("/topics/events/api/events", "[]")).status, 403);
}

struct BodyCase {
  const char* name;
  std::string body;
  const char* says;
  const char* target;
};
void PrintTo(const BodyCase& c, std::ostream* out) { *out << c.name; }

class BodyTest : public PublishApiTest, public ::testing::WithParamInterface<BodyCase> {};
TEST_P(BodyTest, IsRefusedWholeNamingEventAndField) {
  const auto before = store.log().next();
  const auto response = send(keyed("/topics/events/api/events", GetParam().body));
  const auto refused = read(response);
  EXPECT_EQ(refused.status, 400);
  EXPECT_EQ(refused.code, "BadRequest");
  EXPECT_EQ(refused.detail, "InputJsonInvalid");
  EXPECT_THAT(refused.message, HasSubstr(GetParam().says));
  EXPECT_EQ(refused.target, GetParam().target);
  EXPECT_EQ(store.log().next(), before) << "nothing stored";
  EXPECT_THAT(refusals, ::testing::ElementsAre(std::pair("events", PublishFault::InvalidBody)));
}
std::string second(std::string_view from, std::string_view to) {
  auto text = event_text();
  return "[" + event_text() + "," + text.replace(text.find(from), from.size(), to) + "]";
}
INSTANTIATE_TEST_SUITE_P(
    Wrong, BodyTest,
    ::testing::Values(BodyCase{"missing_subject", second(R"("subject":"a/b",)", ""),
                               "events[1].subject", "events[1].subject"},
                      BodyCase{"bad_time", second("2026-01-31", "2026-02-30"),
                               "events[1].eventTime", "events[1].eventTime"},
                      BodyCase{"unknown_member", second(R"("subject")", R"("colour":1,"subject")"),
                               "colour", "events[1].colour"},
                      BodyCase{"wrong_topic", second(R"("subject")", R"("topic":"x","subject")"),
                               "topic", "events[1].topic"},
                      BodyCase{"member_twice", second(R"("subject")", R"("id":"2","subject")"),
                               "id", "events[1].id"}),
    [](const auto& info) { return std::string(info.param.name); });

TEST_F(PublishApiTest, RefusesWhatIsNoJson) {
  for (const std::string body : {"", "hello", "[", "[1]", "{}", "[{}] x", "\xef\xbb\xbf[]"}) {
    const auto refused = read(send(keyed("/topics/events/api/events", body)));
    EXPECT_EQ(refused.status, 400) << body;
    EXPECT_EQ(refused.code, "BadRequest");
  }
}

TEST_F(PublishApiTest, RefusesWhatIsTooLarge) {
  PublishOptions options;
  options.request_bytes_max = 2000;
  options.limits.event_bytes_max = 1000;
  options.limits.events_max = 3;
  router = make_router(options);
  const auto path = "/topics/events/api/events";
  const auto padded = [](std::size_t bytes) {
    auto text = event_text();
    return text.replace(text.find("{\"n\":1}"), 7, "\"" + std::string(bytes, 'x') + "\"");
  };
  const auto request_size = read(send(keyed(path, "[" + padded(1900) + "]")));
  EXPECT_EQ(request_size.status, 413);
  EXPECT_EQ(request_size.code, "RequestEntityTooLarge");
  EXPECT_EQ(request_size.detail, "PayloadTooLarge");
  EXPECT_THAT(request_size.message, HasSubstr("2000"));
  EXPECT_EQ(read(send(keyed(path, "[" + padded(1000) + "]"))).status, 413);
  EXPECT_EQ(read(send(keyed(path, "[" + event_text() + "," + event_text() + "," + event_text() +
                                      "," + event_text() + "]")))
                .status,
            413);
  EXPECT_EQ(send(keyed(path, "[" + padded(500) + "]")).status, 200);
}

TEST_F(PublishApiTest, RefusesContentCodings) {
  const auto refused =
      read(send(keyed("/topics/events/api/events", "[]", {{"Content-Encoding", "gzip"}})));
  EXPECT_EQ(refused.status, 415);
  EXPECT_EQ(refused.code, "UnsupportedMediaType");
  EXPECT_EQ(
      send(keyed("/topics/events/api/events", "[]", {{"Content-Encoding", "identity"}})).status,
      200);
}

TEST_F(PublishApiTest, KnowsNoSuchTopic) {
  const auto refused = read(send(keyed("/topics/nowhere/api/events", "[]")));
  EXPECT_EQ(refused.status, 404);
  EXPECT_EQ(refused.code, "NotFound");
  auto system = a_topic("fed-inside");
  system.kind = TopicKind::System;
  system.source = "/subscriptions/s/resourceGroups/g/providers/P/things/one";
  put(system);
  EXPECT_EQ(send(keyed("/topics/fed-inside/api/events", "[]")).status, 404)
      << "system topics have no endpoint";
}

TEST_F(PublishApiTest, TakesPostAloneAndSaysSo) {
  for (const auto method : {http::Method::Get, http::Method::Put, http::Method::Patch,
                            http::Method::Delete, http::Method::Head}) {
    auto r = request("/topics/events/api/events", "");
    r.method = method;
    const auto response = send(std::move(r));
    EXPECT_EQ(response.status, 405);
    EXPECT_EQ(response.headers.get("Allow"), "POST, OPTIONS");
  }
  auto options = request("/api/events", "");
  options.method = http::Method::Options;
  const auto response = send(std::move(options));
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(response.headers.get("Allow"), "POST, OPTIONS");
}

TEST_F(PublishApiTest, AsksToComeBackWhenTheLogTakesNothing) {
  store.log().close();
  const auto response = send(keyed("/topics/events/api/events", "[" + event_text() + "]"));
  const auto refused = read(response);
  EXPECT_EQ(refused.status, 503);
  EXPECT_EQ(response.headers.get("Retry-After"), "1");
  EXPECT_THAT(counted, ::testing::IsEmpty());
}

TEST(PublishErrors, HaveOneRowForEachFault) {
  const struct {
    PublishFault fault;
    int status;
    std::string_view code;
  } rows[] = {{PublishFault::InvalidBody, 400, "BadRequest"},
              {PublishFault::InvalidSas, 400, "BadRequest"},
              {PublishFault::Unauthorized, 401, "Unauthorized"},
              {PublishFault::Forbidden, 403, "Forbidden"},
              {PublishFault::UnknownTopic, 404, "NotFound"},
              {PublishFault::MethodNotAllowed, 405, "MethodNotAllowed"},
              {PublishFault::TooLarge, 413, "RequestEntityTooLarge"},
              {PublishFault::WrongContentType, 415, "UnsupportedMediaType"},
              {PublishFault::Internal, 500, "InternalServerError"},
              {PublishFault::Unavailable, 503, "InternalServerError"}};
  for (const auto& row : rows) {
    EXPECT_EQ(publish_answer(row.fault).status, row.status);
    EXPECT_EQ(publish_answer(row.fault).code, row.code);
  }
}

}  // namespace
}  // namespace fanfare::grid
