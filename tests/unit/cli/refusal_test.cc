#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cli/api_client.h"
#include "cli/resources.h"

namespace fanfare::cli {
namespace {

using testing::HasSubstr;

TEST(RefusalTest, says_what_the_server_said) {
  const auto failure = refusal(
      400,
      R"({"error":{"code":"InvalidRequest","message":"must be set","target":"properties.a"}})");
  EXPECT_EQ(failure.exit, Exit::Failed);
  EXPECT_EQ(failure.message, "properties.a: must be set (400 InvalidRequest)");
}

TEST(RefusalTest, a_target_that_the_message_names_is_not_said_twice) {
  EXPECT_EQ(
      refusal(404, R"({"error":{"code":"NotFound","message":"no '/t'","target":"/t"}})").message,
      "no '/t' (404 NotFound)");
}

TEST(RefusalTest, an_answer_without_a_known_body_shows_its_status) {
  EXPECT_EQ(refusal(502, "<html>").message, "the server answered 502 Bad Gateway");
}

TEST(RefusalTest, a_missing_key_is_hinted_at) {
  EXPECT_THAT(refusal(401, "").hint, HasSubstr("--management-key"));
}

TEST(TransportFailureTest, has_a_status_and_a_next_step_of_its_own_for_each_kind) {
  const auto server = *http::parse_url("https://localhost:4880");
  http::ClientResponse response;
  response.failure = http::Failure::Connect;
  EXPECT_EQ(transport_failure(server, response).exit, Exit::Unreachable);
  EXPECT_THAT(transport_failure(server, response).hint, HasSubstr("fanfare serve"));
  response.failure = http::Failure::Tls;
  EXPECT_EQ(transport_failure(server, response).exit, Exit::Unreachable);
  EXPECT_THAT(transport_failure(server, response).hint, HasSubstr("--ca"));
  response.failure = http::Failure::Timeout;
  EXPECT_EQ(transport_failure(server, response).exit, Exit::Unfinished);
  response.failure = http::Failure::TooLarge;
  EXPECT_EQ(transport_failure(server, response).exit, Exit::Failed);
}

TEST(QueryTest, leaves_out_what_is_empty_and_escapes_the_rest) {
  EXPECT_EQ(query_of({{"a", ""}, {"b", "x y&z"}, {"c", "1"}}), "?b=x%20y%26z&c=1");
  EXPECT_EQ(query_of({{"a", ""}}), "");
}

TEST(ResourcesTest, names_become_paths_and_ids_stay) {
  const ResourceScope scope;
  EXPECT_EQ(topic_path(scope, "events"),
            "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/local/providers/"
            "Microsoft.EventGrid/topics/events");
  EXPECT_EQ(topic_path(scope, "/subscriptions/a/b"), "/subscriptions/a/b");
  EXPECT_EQ(event_subscription_path("/t", "a/b"),
            "/t/providers/Microsoft.EventGrid/eventSubscriptions/a%2Fb");
}

TEST(ResourcesTest, text_at_a_path_is_empty_where_there_is_none) {
  const auto value = *json::parse(R"({"a":{"b":"x","n":1.50,"t":true,"z":null,"l":[]}})");
  EXPECT_EQ(text_at(value, "a.b"), "x");
  EXPECT_EQ(text_at(value, "a.n"), "1.50");
  EXPECT_EQ(text_at(value, "a.t"), "true");
  for (const auto path : {"a.z", "a.l", "a.x.y", "b", "a.b.c"}) EXPECT_EQ(text_at(value, path), "");
}

}  // namespace
}  // namespace fanfare::cli
