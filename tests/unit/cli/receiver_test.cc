#include "cli/receiver.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "json/value.h"

namespace fanfare::cli {
namespace {

using testing::HasSubstr;
using testing::Not;

http::Request request(http::Method method, http::Headers headers, std::string_view body) {
  http::Request out;
  out.method = method;
  out.target = "/hook?code=1";
  out.headers = std::move(headers);
  out.body = http::Body(body);
  return out;
}

Received seen(http::Method method, http::Headers headers, std::string_view body) {
  return received(request(method, std::move(headers), body), "2024-05-14T09:30:00.1234567Z");
}

constexpr auto kValidation =
    R"([{"id":"1","data":{"validationCode":"abc","validationUrl":"http://x/validate"}}])";

Received event_grid_handshake() {
  return seen(http::Method::Post, {{"aeg-event-type", "SubscriptionValidation"}}, kValidation);
}

Received cloud_events_handshake() {
  return seen(http::Method::Options,
              {{"WebHook-Request-Origin", "eventgrid.azure.net"},
               {"WebHook-Request-Callback", "http://x/callback"}},
              "");
}

TEST(ReceiverTest, answers_the_event_grid_handshake_with_its_code) {
  const auto got = event_grid_handshake();
  EXPECT_EQ(got.kind, RequestKind::EventGridHandshake);
  const auto response = answer(got, Handshake::Answer, 503);
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(response.body, R"({"validationResponse":"abc"})");
}

TEST(ReceiverTest, reads_the_code_from_a_single_object_too) {
  const auto got = seen(http::Method::Post, {{"aeg-event-type", "SubscriptionValidation"}},
                        R"({"data":{"validationCode":"xyz"}})");
  EXPECT_EQ(answer(got, Handshake::Answer, 200).body, R"({"validationResponse":"xyz"})");
}

TEST(ReceiverTest, answers_the_cloud_events_handshake_with_origin_and_rate) {
  const auto response = answer(cloud_events_handshake(), Handshake::Answer, 503);
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(response.headers.get("WebHook-Allowed-Origin"), "eventgrid.azure.net");
  EXPECT_EQ(response.headers.get("WebHook-Allowed-Rate"), "*");
}

TEST(ReceiverTest, an_ignored_handshake_gets_200_without_consent_and_shows_where_to_go) {
  for (const auto& got : {event_grid_handshake(), cloud_events_handshake()}) {
    const auto response = answer(got, Handshake::Ignore, 200);
    EXPECT_EQ(response.status, 200);
    EXPECT_EQ(response.body, "");
    EXPECT_FALSE(response.headers.contains("WebHook-Allowed-Origin"));
    EXPECT_FALSE(got.validation_url.empty());
    EXPECT_THAT(describe(got, 200, Colour::Off), HasSubstr(got.validation_url));
  }
}

TEST(ReceiverTest, deliveries_get_the_status_that_was_asked_for) {
  const auto got = seen(http::Method::Post, {{"aeg-event-type", "Notification"}}, "[{},{}]");
  EXPECT_EQ(got.kind, RequestKind::Delivery);
  EXPECT_EQ(got.events, 2u);
  EXPECT_EQ(answer(got, Handshake::Answer, 503).status, 503);
}

TEST(ReceiverTest, other_methods_are_not_deliveries) {
  EXPECT_EQ(answer(seen(http::Method::Get, {}, ""), Handshake::Answer, 200).status, 405);
}

TEST(ReceiverTest, counts_the_events_of_a_request) {
  const auto count = [](http::Headers headers, std::string_view body) {
    return seen(http::Method::Post, std::move(headers), body).events;
  };
  EXPECT_EQ(count({}, R"({"specversion":"1.0"})"), 1u);
  EXPECT_EQ(count({}, "[1,2,3]"), 3u);
  EXPECT_EQ(count({{"ce-id", "1"}}, "<xml/>"), 1u);
  EXPECT_EQ(count({}, "text"), 1u);
  EXPECT_EQ(count({}, ""), 0u);
}

TEST(ReceiverTest, people_see_what_matters_and_no_escape_sequences) {
  const auto got = seen(http::Method::Post, {{"Host", "localhost"}, {"aeg-delivery-count", "0"}},
                        "[{\"subject\":\"\\u009b31m\"}]");
  const auto text = describe(got, 200, Colour::Off);
  EXPECT_THAT(text, HasSubstr("2024-05-14T09:30:00Z 1 event POST /hook?code=1 answered 200\n"));
  EXPECT_THAT(text, HasSubstr("  aeg-delivery-count: 0\n"));
  EXPECT_THAT(text, Not(HasSubstr("localhost")));
  EXPECT_THAT(text, Not(HasSubstr("\xC2\x9B")));
  EXPECT_TRUE(text.ends_with("\n\n"));
}

TEST(ReceiverTest, programs_get_everything_in_one_line) {
  const auto line = as_json_line(
      seen(http::Method::Post, {{"Aeg-Event-Type", "Notification"}}, "[{\"n\":1.0}]"), 200);
  EXPECT_EQ(line, R"({"received":"2024-05-14T09:30:00.1234567Z","kind":"delivery","method":"POST",)"
                  R"("path":"/hook?code=1","headers":{"aeg-event-type":"Notification"},)"
                  R"("body":[{"n":1.0}],"events":1,"answered":200})"
                  "\n");
}

}  // namespace
}  // namespace fanfare::cli
