#include "delivery/handshake.h"

#include <gtest/gtest.h>

#include "json/value.h"
#include "samples.h"

namespace fanfare::delivery {
namespace {

const HandshakeRequest kRequest{.validation_code = "512d38b6-c7b8-40c8-89fe-f46f9e9622b6",
                                .validation_url = "https://fanfare.example/validate/1?token=t",
                                .event_id = "2d1781af-3a4c-4d7c-bd0c-e34b19da4e66"};

grid::EventSubscription cloud_events_subscription() {
  auto subscription = sample_subscription();
  subscription.delivery_schema = grid::DeliverySchema::CloudEventSchemaV1_0;
  return subscription;
}

std::string describe(const Judgement& judgement) {
  if (const auto* validated = std::get_if<Validated>(&judgement)) {
    const auto rate = validated->allowed_rate_per_minute;
    return rate ? "validated at " + std::to_string(*rate) : "validated";
  }
  if (std::holds_alternative<AwaitingManual>(judgement)) return "manual";
  if (const auto* refused = std::get_if<Refused>(&judgement)) {
    return "refused " + std::to_string(refused->status);
  }
  return "undecided " + std::to_string(std::get<Undecided>(judgement).status);
}

http::ClientResponse answer(int status, std::string body = {}, http::Headers headers = {}) {
  http::ClientResponse response;
  response.status = status;
  response.body = std::move(body);
  response.headers = std::move(headers);
  return response;
}

http::ClientResponse failure(http::Failure failure) {
  http::ClientResponse response;
  response.failure = failure;
  response.failure_text = "connection refused";
  return response;
}

TEST(Handshake, event_grid_form_is_one_validation_event) {
  const auto request = make_handshake(sample_subscription(), kRequest, kNoon);
  ASSERT_TRUE(request);
  EXPECT_EQ(request->method, http::Method::Post);
  EXPECT_EQ(request->url.target, "/in?code=1");
  EXPECT_EQ(request->headers.get("Content-Type"), "application/json; charset=utf-8");
  EXPECT_EQ(request->headers.get("aeg-event-type"), "SubscriptionValidation");
  EXPECT_EQ(request->headers.get("aeg-subscription-name"), "ORDERS-HOOK");
  EXPECT_EQ(
      request->body,
      R"([{"id":"2d1781af-3a4c-4d7c-bd0c-e34b19da4e66",)"
      R"("topic":"/subscriptions/s/resourceGroups/g/providers/Microsoft.EventGrid/topics/t",)"
      R"("subject":"","data":{"validationCode":"512d38b6-c7b8-40c8-89fe-f46f9e9622b6",)"
      R"("validationUrl":"https://fanfare.example/validate/1?token=t"},)"
      R"("eventType":"Microsoft.EventGrid.SubscriptionValidationEvent",)"
      R"("eventTime":"2026-01-31T12:00:00.0000000Z","metadataVersion":"1","dataVersion":"1"}])");
}

TEST(Handshake, custom_schema_is_asked_in_the_event_grid_form) {
  auto subscription = sample_subscription();
  subscription.delivery_schema = grid::DeliverySchema::CustomInputSchema;
  const auto request = make_handshake(subscription, kRequest, kNoon);
  ASSERT_TRUE(request);
  EXPECT_EQ(request->headers.get("aeg-event-type"), "SubscriptionValidation");
}

TEST(Handshake, cloud_events_form_is_options_with_origin_and_callback) {
  const auto request = make_handshake(cloud_events_subscription(), kRequest, kNoon);
  ASSERT_TRUE(request);
  EXPECT_EQ(request->method, http::Method::Options);
  EXPECT_EQ(request->headers.get("WebHook-Request-Origin"), "eventgrid.azure.net");
  EXPECT_EQ(request->headers.get("WebHook-Request-Callback"),
            "https://fanfare.example/validate/1?token=t");
  EXPECT_FALSE(request->headers.contains("WebHook-Request-Rate"));
  EXPECT_FALSE(request->headers.contains("aeg-event-type"));
  EXPECT_TRUE(request->body.empty());
}

TEST(Handshake, a_rate_is_asked_for_when_given) {
  auto wanted = kRequest;
  wanted.rate_per_minute = 120;
  wanted.validation_url.clear();
  const auto request = make_handshake(cloud_events_subscription(), wanted, kNoon);
  ASSERT_TRUE(request);
  EXPECT_EQ(request->headers.get("WebHook-Request-Rate"), "120");
  EXPECT_FALSE(request->headers.contains("WebHook-Request-Callback"));
}

TEST(Handshake, carries_the_static_headers_of_the_subscription) {
  for (auto subscription : {sample_subscription(), cloud_events_subscription()}) {
    webhook_of(subscription).attributes = {
        {.name = "Authorization", .value = "Bearer x", .is_secret = true},
        {.name = "aeg-event-type", .value = "Notification"},
        {.name = "x-dynamic",
         .kind = grid::DeliveryAttribute::Kind::Dynamic,
         .source_field = "data.x"}};
    const auto request = make_handshake(subscription, kRequest, kNoon);
    ASSERT_TRUE(request);
    EXPECT_EQ(request->headers.get("Authorization"), "Bearer x");
    EXPECT_NE(request->headers.get("aeg-event-type"), "Notification");
    EXPECT_FALSE(request->headers.contains("x-dynamic"));
  }
}

TEST(Handshake, an_unusable_url_is_an_error) {
  EXPECT_FALSE(make_handshake(sample_subscription("ftp://x/"), kRequest, kNoon));
}

struct EventGridCase {
  const char* name;
  http::ClientResponse response;
  const char* expected;
};
void PrintTo(const EventGridCase& c, std::ostream* out) { *out << c.name; }

class EventGridAnswerTest : public testing::TestWithParam<EventGridCase> {};

TEST_P(EventGridAnswerTest, is_judged) {
  EXPECT_EQ(describe(judge_handshake(sample_subscription(), kRequest, GetParam().response)),
            GetParam().expected);
}

const std::string kCode = kRequest.validation_code;

INSTANTIATE_TEST_SUITE_P(
    Handshake, EventGridAnswerTest,
    testing::Values(
        EventGridCase{"the_code", answer(200, R"({"validationResponse":")" + kCode + R"("})"),
                      "validated"},
        EventGridCase{"the_code_under_an_upper_case_name",
                      answer(200, R"({"ValidationResponse":")" + kCode + R"("})"), "validated"},
        EventGridCase{"the_code_under_any_casing",
                      answer(200, R"({"VALIDATIONRESPONSE": ")" + kCode + R"("})"), "validated"},
        EventGridCase{"the_code_beside_other_members",
                      answer(200, R"({"a":[1],"validationResponse":")" + kCode + R"("})"),
                      "validated"},
        EventGridCase{"the_code_behind_a_byte_order_mark",
                      answer(200, "\xEF\xBB\xBF{\"validationResponse\":\"" + kCode + "\"}"),
                      "validated"},
        EventGridCase{"another_code", answer(200, R"({"validationResponse":"other"})"), "manual"},
        EventGridCase{"an_empty_body", answer(200), "manual"},
        EventGridCase{"no_json", answer(200, "<html>"), "manual"},
        EventGridCase{"a_number_for_the_code", answer(200, R"({"validationResponse":1})"),
                      "manual"},
        EventGridCase{"an_array", answer(200, R"(["validationResponse"])"), "manual"},
        EventGridCase{"accepted_is_no_answer",
                      answer(202, R"({"validationResponse":")" + kCode + R"("})"), "undecided 202"},
        EventGridCase{"created_is_no_answer", answer(201), "undecided 201"},
        EventGridCase{"redirect", answer(302), "undecided 302"},
        EventGridCase{"not_found", answer(404), "undecided 404"},
        EventGridCase{"server_error", answer(500), "undecided 500"},
        EventGridCase{"no_connection", failure(http::Failure::Connect), "undecided 0"},
        EventGridCase{"timeout", failure(http::Failure::Timeout), "undecided 0"},
        EventGridCase{"certificate", failure(http::Failure::Tls), "undecided 0"},
        EventGridCase{"refused_address", failure(http::Failure::AddressNotAllowed), "refused 0"}),
    [](const auto& info) { return std::string(info.param.name); });

struct CloudEventsCase {
  const char* name;
  int status;
  const char* origin;  ///< WebHook-Allowed-Origin; null: absent
  const char* rate;    ///< WebHook-Allowed-Rate; null: absent
  const char* expected;
};
void PrintTo(const CloudEventsCase& c, std::ostream* out) { *out << c.name; }

class CloudEventsAnswerTest : public testing::TestWithParam<CloudEventsCase> {};

TEST_P(CloudEventsAnswerTest, is_judged) {
  const auto& c = GetParam();
  http::Headers headers;
  if (c.origin) headers.add("webhook-allowed-origin", c.origin);
  if (c.rate) headers.add("webhook-allowed-rate", c.rate);
  const auto judgement =
      judge_handshake(cloud_events_subscription(), kRequest, answer(c.status, {}, headers));
  EXPECT_EQ(describe(judgement), c.expected);
}

INSTANTIATE_TEST_SUITE_P(
    Handshake, CloudEventsAnswerTest,
    testing::Values(
        CloudEventsCase{"our_origin", 200, "eventgrid.azure.net", "120", "validated at 120"},
        CloudEventsCase{"our_origin_in_other_casing", 200, "EventGrid.Azure.Net", "*", "validated"},
        CloudEventsCase{"any_origin", 200, "*", "*", "validated"},
        CloudEventsCase{"no_rate", 200, "*", nullptr, "validated"},
        CloudEventsCase{"no_content", 204, "*", "10", "validated at 10"},
        CloudEventsCase{"the_header_grants_whatever_the_status", 404, "*", "*", "validated"},
        CloudEventsCase{"another_origin", 200, "example.com", "*", "refused 200"},
        CloudEventsCase{"status_alone_is_no_consent", 200, nullptr, nullptr, "manual"},
        CloudEventsCase{"a_rate_alone_is_no_consent", 200, nullptr, "100", "manual"},
        CloudEventsCase{"options_not_allowed", 405, nullptr, nullptr, "refused 405"},
        CloudEventsCase{"options_not_allowed_beats_the_header", 405, "*", "*", "refused 405"},
        CloudEventsCase{"not_found", 404, nullptr, nullptr, "undecided 404"},
        CloudEventsCase{"redirect", 301, nullptr, nullptr, "undecided 301"},
        CloudEventsCase{"server_error", 503, nullptr, nullptr, "undecided 503"},
        CloudEventsCase{"rate_of_zero", 200, "*", "0", "refused 200"},
        CloudEventsCase{"rate_below_zero", 200, "*", "-5", "refused 200"},
        CloudEventsCase{"rate_with_a_unit", 200, "*", "100/min", "refused 200"},
        CloudEventsCase{"rate_of_a_word", 200, "*", "fast", "refused 200"},
        CloudEventsCase{"rate_beyond_numbers", 200, "*", "99999999999999999999999", "validated"},
        CloudEventsCase{"rate_beyond_use", 200, "*", "4000000000", "validated"}),
    [](const auto& info) { return std::string(info.param.name); });

TEST(Handshake, a_refused_address_tells_nothing_of_the_inner_network) {
  const auto judgement =
      judge_handshake(sample_subscription(), kRequest, failure(http::Failure::AddressNotAllowed));
  EXPECT_EQ(std::get<Refused>(judgement).reason, "the endpoint's address is not allowed");
}

}  // namespace
}  // namespace fanfare::delivery
