#include "communication/chat/realtime/trouter_session.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "json/value.h"
#include "realtime_fixture.h"

namespace fanfare::communication::chat::realtime {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

std::string response_to(int number, int status = 200) {
  return "3:::{\"id\":" + std::to_string(number) + ",\"status\":" + std::to_string(status) +
         R"(,"headers":{"trouter-client":"{\"cd\":1}"},"body":""})";
}

class TrouterSessionTest : public testing::Test {
 protected:
  TrouterSession session_{"/v4/f/c/", 0, kNow};
};

TEST_F(TrouterSessionTest, greets_with_what_is_left_of_the_connection) {
  EXPECT_THAT(
      session_.open(base::minutes(5), kNow),
      ElementsAre("1::", R"(5:::{"name":"trouter.connected","args":[{"ttl":300,"dur":"0"}]})"));
}

/// What @azure/communication-signaling 1.0.0-beta.34 sent in Chromium, and what it waits for.
TEST_F(TrouterSessionTest, converses_with_the_official_client) {
  struct Turn {
    const char* sent;
    std::vector<std::string> answers;
  };
  session_.open(base::days(7), kNow);
  session_.notify(1, R"({"eventId":257})", kNow);
  const Turn turns[] = {
      {R"(5:1+::{"name":"user.activity","args":[{"state":"active","cv":"Ada2F9m8Fkek20CDBjbYdg.2"}]})",
       {"6:::1+[]"}},
      {R"(3:::{"id":1,"status":200,"headers":{"trouter-client":"{\"cd\":1}"},"body":""})", {}},
      {R"(5:2+::{"name":"ping"})", {"6:::2+[]"}},
      {R"(5:3+::{"name":"trouter.processed_message_loss","args":[{"droppedIndicators":[{"tag":"chat","etag":"1"}]}]})",
       {"6:::3+[]"}},
      {"2::", {}},
      {"0::", {}},
  };
  for (const Turn& turn : turns) {
    EXPECT_EQ(session_.on_frame(turn.sent, kNow), turn.answers) << turn.sent;
  }
  EXPECT_EQ(session_.acknowledged(), 1u);
  EXPECT_TRUE(session_.ended());
}

TEST_F(TrouterSessionTest, acknowledges_what_wants_it) {
  EXPECT_THAT(session_.on_frame(R"(5:1+::{"name":"ping"})", kNow), ElementsAre("6:::1+[]"));
  EXPECT_THAT(session_.on_frame(R"(5:2+::{"name":"user.activity","args":[{}]})", kNow),
              ElementsAre("6:::2+[]"));
  EXPECT_THAT(session_.on_frame(R"(5:::{"name":"whatever"})", kNow), IsEmpty());
  EXPECT_THAT(session_.on_frame("2::", kNow), IsEmpty());
  EXPECT_THAT(session_.on_frame("no frame", kNow), IsEmpty());
}

TEST_F(TrouterSessionTest, sends_a_notification_as_a_request_within_the_connections_path) {
  const std::string frame = session_.notify(7, R"({"eventId":200})", kNow);
  ASSERT_TRUE(frame.starts_with("3:::"));
  const auto request = *json::parse(std::string_view(frame).substr(4));
  EXPECT_EQ(request.find("id")->as_int(), 1);
  EXPECT_EQ(*request.find("method")->if_string(), "POST");
  EXPECT_EQ(*request.find("url")->if_string(), "/v4/f/c/");
  EXPECT_TRUE(request.find("headers")->is_object());
  EXPECT_EQ(*request.find("body")->if_string(), R"({"eventId":200})");
  EXPECT_EQ(session_.sent(), 7u);
}

TEST_F(TrouterSessionTest, has_come_as_far_as_every_answer_reaches) {
  for (const Position position : {5u, 6u, 9u}) session_.notify(position, "{}", kNow);
  EXPECT_EQ(session_.acknowledged(), 4u);
  session_.on_frame(response_to(2), kNow);
  EXPECT_EQ(session_.acknowledged(), 4u);
  session_.on_frame(response_to(1), kNow);
  EXPECT_EQ(session_.acknowledged(), 8u);
  session_.on_frame(response_to(3), kNow);
  EXPECT_EQ(session_.acknowledged(), 9u);
}

TEST_F(TrouterSessionTest, takes_any_status_for_an_answer) {
  session_.notify(1, "{}", kNow);
  session_.notify(2, "{}", kNow);
  session_.on_frame(response_to(1, 404), kNow);
  session_.on_frame(response_to(2, 504), kNow);
  EXPECT_EQ(session_.acknowledged(), 2u);
}

TEST_F(TrouterSessionTest, ignores_answers_to_nothing) {
  session_.notify(3, "{}", kNow);
  for (const char* frame : {"3:::", "3:::{", "3:::[]", R"(3:::{"id":"1"})", R"(3:::{"id":2})",
                            R"(3:::{"id":-1})", R"(3:::{"id":null})"}) {
    session_.on_frame(frame, kNow);
  }
  EXPECT_EQ(session_.acknowledged(), 2u);
}

TEST_F(TrouterSessionTest, waits_for_answers_when_too_many_are_owed) {
  TrouterLimits limits;
  limits.unanswered_max = 2;
  TrouterSession session("/", 0, kNow, limits);
  session.notify(1, "{}", kNow);
  EXPECT_TRUE(session.has_room());
  session.notify(2, "{}", kNow);
  EXPECT_FALSE(session.has_room());
  session.on_frame(response_to(1), kNow);
  EXPECT_TRUE(session.has_room());
}

TEST_F(TrouterSessionTest, waits_for_answers_when_too_much_is_owed) {
  TrouterLimits limits;
  limits.unanswered_bytes_max = 1000;
  TrouterSession session("/", 0, kNow, limits);
  session.notify(1, std::string(2000, 'x'), kNow);
  EXPECT_FALSE(session.has_room());
  session.on_frame(response_to(1), kNow);
  EXPECT_TRUE(session.has_room());
}

TEST_F(TrouterSessionTest, says_what_was_missed_under_a_new_tag_each_time) {
  EXPECT_EQ(session_.missed(10),
            R"(5:::{"name":"trouter.message_loss","args":[{"droppedIndicators":)"
            R"([{"tag":"chat","etag":"1"}]}]})");
  EXPECT_EQ(session_.sent(), 10u);
  EXPECT_THAT(session_.missed(12), testing::HasSubstr(R"("etag":"2")"));
  EXPECT_EQ(session_.acknowledged(), 12u);
}

TEST_F(TrouterSessionTest, sends_a_heartbeat_when_it_has_been_silent) {
  EXPECT_EQ(session_.on_tick(kNow + base::seconds(24)), "");
  EXPECT_EQ(session_.on_tick(kNow + base::seconds(25)), "2::");
  EXPECT_EQ(session_.on_tick(kNow + base::seconds(26)), "");
  session_.notify(1, "{}", kNow + base::seconds(40));
  EXPECT_EQ(session_.on_tick(kNow + base::seconds(60)), "");
}

TEST_F(TrouterSessionTest, ends_when_the_client_says_good_bye) {
  session_.on_frame("0::", kNow);
  EXPECT_TRUE(session_.ended());
  EXPECT_FALSE(session_.has_room());
}

TEST_F(TrouterSessionTest, ends_when_a_notification_gets_no_answer) {
  session_.notify(1, "{}", kNow);
  session_.on_frame("2::", kNow + base::seconds(19));
  session_.check_alive(kNow + base::seconds(19));
  EXPECT_FALSE(session_.ended());
  session_.check_alive(kNow + base::seconds(20));
  EXPECT_TRUE(session_.ended());
  EXPECT_EQ(session_.acknowledged(), 0u);
}

TEST_F(TrouterSessionTest, ends_when_the_client_is_silent_for_too_long) {
  session_.on_frame("2::", kNow + base::seconds(30));
  session_.check_alive(kNow + base::seconds(114));
  EXPECT_FALSE(session_.ended());
  session_.check_alive(kNow + base::seconds(115));
  EXPECT_TRUE(session_.ended());
}

TEST(TrouterFrames, end_a_socket_in_the_clients_words) {
  EXPECT_EQ(unauthorized_frame(), R"(0:::{"reason":"unauthorized"})");
  EXPECT_EQ(duplicate_frame(), "0:::dup");
}

}  // namespace
}  // namespace fanfare::communication::chat::realtime
