#include "event/event_grid_schema.h"

#include <gmock/gmock.h>

#include "unit/event/test_events.h"

namespace fanfare::event {
namespace {

using test::body_of;
using test::grid_event;
using test::kTopic;

base::Result<EventBatch> parse(const std::string& text, const Limits& limits = {}) {
  return parse_event_grid(body_of(text), kTopic, limits);
}

std::string rendered(const Event& event, std::string_view extra = {}) {
  std::string out;
  append_event_grid(out, event, extra);
  return out;
}

TEST(EventGridSchema, KeepsTheTextOfEveryMember) {
  const auto batch = parse(
      R"([ { "id" : "\u0031" , "subject":"","eventType":"T","eventTime":"2020-09-18T00:47:13.2342692+02:00",
    "data" : { "b" : 1.0, "a" : [ 9007199254740993 ] } , "dataVersion":"2","metadataVersion":"1","topic":")" +
      kTopic + "\"}]");
  ASSERT_TRUE(batch) << batch.error().message;
  ASSERT_EQ(batch->events.size(), 1u);
  const Event& event = batch->events[0];
  EXPECT_EQ(event.schema, Schema::EventGrid);
  EXPECT_EQ(event.id, R"("\u0031")");
  EXPECT_EQ(event.subject, R"("")");
  EXPECT_EQ(event.type, R"("T")");
  EXPECT_EQ(event.time, R"("2020-09-18T00:47:13.2342692+02:00")");
  EXPECT_EQ(event.data, "{ \"b\" : 1.0, \"a\" : [ 9007199254740993 ] }");
  EXPECT_EQ(event.data_version, R"("2")");
  EXPECT_EQ(event.source, "\"" + kTopic + "\"");
}

TEST(EventGridSchema, StampsTopicAndDataVersion) {
  const auto batch = parse("[" + grid_event("dataVersion") + "]");
  ASSERT_TRUE(batch);
  EXPECT_EQ(batch->events[0].data_version, R"("")");
  EXPECT_EQ(batch->events[0].source, "\"" + kTopic + "\"");
}

TEST(EventGridSchema, TakesAnEmptyArrayAsNoEvents) {
  const auto batch = parse(" [ ] ");
  ASSERT_TRUE(batch);
  EXPECT_TRUE(batch->events.empty());
}

TEST(EventGridSchema, ViewsTheBodyThatTheBatchOwns) {
  base::Result<EventBatch> batch = base::invalid("");
  {
    const auto body = BodyView::copy_of("[" + grid_event() + "," + grid_event("id", "\"2\"") + "]");
    batch = parse_event_grid(body, kTopic);
  }
  ASSERT_TRUE(batch);
  EXPECT_EQ(batch->events[1].id, "\"2\"");
}

struct Case {
  const char* name;
  std::string body;
  const char* target;  ///< nullptr: accepted
  const char* message;
};

void PrintTo(const Case& c, std::ostream* out) { *out << c.name; }
class EventGridFaultTest : public testing::TestWithParam<Case> {};

TEST_P(EventGridFaultTest, IsRefusedWithPlaceAndReason) {
  const auto batch = parse(GetParam().body);
  ASSERT_FALSE(batch);
  EXPECT_EQ(batch.error().code, base::Errc::InvalidArgument);
  EXPECT_EQ(batch.error().target, GetParam().target);
  EXPECT_THAT(batch.error().message, testing::HasSubstr(GetParam().message));
}

std::string one(std::string_view name, std::string_view value) {
  return "[" + grid_event(name, value) + "]";
}
std::string second(std::string_view name, std::string_view value) {
  return "[" + grid_event() + "," + grid_event(name, value) + "]";
}

INSTANTIATE_TEST_SUITE_P(
    EventGrid, EventGridFaultTest,
    testing::Values(
        Case{"object", grid_event(), "",
             "'EventGridEvent' schema: expected token StartArray, received token StartObject"},
        Case{"string", "\"x\"", "", "received token String"},
        Case{"item_no_object", "[1]", "[0]", "expected token StartObject, received token Number"},
        Case{"no_json", "[{]", "offset 2", "not valid JSON"},
        Case{"bad_data", one("data", "[1,,2]"), "offset 88", "a value must stand here"},
        Case{"unknown", one("source", "\"/s\""), "[0].source",
             "the property 'source' is unexpected; allowed are id, topic"},
        Case{"other_case", one("ID", "\"1\""), "[0].ID", "unexpected"},
        Case{"second_event", second("extra", "1"), "[1].extra", "unexpected"},
        Case{"no_id", one("id", ""), "[0].id", "'id' is required, a string"},
        Case{"null_id", one("id", "null"), "[0].id", "'id' is required"},
        Case{"empty_id", one("id", "\"\""), "[0].id", "must not be empty"},
        Case{"number_id", one("id", "7"), "[0].id", "must be a string, not a Number"},
        Case{"no_subject", one("subject", ""), "[0].subject", "required"},
        Case{"no_type", one("eventType", ""), "[0].eventType", "required"},
        Case{"empty_type", one("eventType", "\"\""), "[0].eventType", "must not be empty"},
        Case{"no_time", one("eventTime", ""), "[0].eventTime", "required"},
        Case{"bad_time", second("eventTime", "\"yesterday\""), "[1].eventTime",
             "not an RFC 3339 timestamp"},
        Case{"no_offset", one("eventTime", "\"2020-09-18T00:47:13\""), "[0].eventTime", "offset"},
        Case{"number_time", one("eventTime", "1600388865"), "[0].eventTime", "must be a string"},
        Case{"version_number", one("dataVersion", "1.0"), "[0].dataVersion",
             "must be a string, not a Number"},
        Case{"other_topic", one("topic", "\"/other\""), "[0].topic",
             "must be absent or '/subscriptions/0/"},
        Case{"empty_topic", one("topic", "\"\""), "[0].topic", "must be absent"},
        Case{"metadata_version", one("metadataVersion", "\"2\""), "[0].metadataVersion",
             "must be absent or '1'"},
        Case{"repeated", "[{\"id\":\"1\",\"id\":\"2\"}]", "[0].id", "'id' occurs twice"},
        Case{"repeated_escaped", R"([{"id":"1","\u0069d":"2"}])", "[0].id", "'id' occurs twice"},
        Case{"repeated_data", "[{\"data\":1,\"data\":1}]", "[0].data", "occurs twice"}),
    [](const auto& info) { return std::string(info.param.name); });

class EventGridAcceptTest : public testing::TestWithParam<std::pair<const char*, const char*>> {};

TEST_P(EventGridAcceptTest, IsAccepted) {
  const auto [member, value] = GetParam();
  const auto batch = parse(one(member, value));
  EXPECT_TRUE(batch) << batch.error().message;
}

INSTANTIATE_TEST_SUITE_P(
    EventGrid, EventGridAcceptTest,
    testing::Values(std::pair{"data", ""}, std::pair{"data", "null"}, std::pair{"data", "\"text\""},
                    std::pair{"data", "{\"a\":1,\"a\":2}"}, std::pair{"dataVersion", "null"},
                    std::pair{"topic", "null"}, std::pair{"metadataVersion", "null"},
                    std::pair{"metadataVersion", "\"\\u0031\""}, std::pair{"subject", "\"\""},
                    std::pair{"eventTime", "\"9999-12-31T23:59:59.9999999Z\""},
                    std::pair{"eventTime", R"("2020-09-18\u005400:47:13Z")"}));

TEST(EventGridSchema, HoldsTheLimits) {
  const Limits limits{.event_bytes_max = 200, .events_max = 2, .depth_max = 6};
  const auto padded = [](std::size_t bytes) {
    const auto bare = grid_event("data", "\"\"").size();
    return grid_event("data", "\"" + std::string(bytes - bare, 'x') + "\"");
  };
  EXPECT_TRUE(parse("[" + padded(200) + "]", limits));
  const auto large = parse("[" + grid_event() + "," + padded(201) + "]", limits);
  ASSERT_FALSE(large);
  EXPECT_EQ(large.error().code, base::Errc::TooLarge);
  EXPECT_EQ(large.error().target, "[1]");
  EXPECT_THAT(large.error().message, testing::HasSubstr("200 bytes"));

  const auto many =
      parse("[" + grid_event() + "," + grid_event() + "," + grid_event() + "]", limits);
  ASSERT_FALSE(many);
  EXPECT_EQ(many.error().code, base::Errc::TooLarge);
  EXPECT_THAT(many.error().message, testing::HasSubstr("at most 2 events"));

  EXPECT_TRUE(parse(one("data", "[[[[]]]]"), limits));
  const auto deep = parse(one("data", "[[[[[]]]]]"), limits);
  ASSERT_FALSE(deep);
  EXPECT_EQ(deep.error().code, base::Errc::InvalidArgument);
  EXPECT_THAT(deep.error().message, testing::HasSubstr("at most 6 levels"));
}

TEST(EventGridSchema, CutsLongNamesInItsMessages) {
  std::string name = "x";
  for (int i = 0; i < 1000; ++i) name += "é";
  const auto refused = parse("[{\"" + name + "\":1}]");
  ASSERT_FALSE(refused);
  EXPECT_LT(refused.error().message.size(), 400u);
  EXPECT_THAT(refused.error().target, testing::EndsWith("éé…"));
  EXPECT_LT(refused.error().target.size(), 120u);
}

TEST(EventGridSchema, TakesTheMeasuredSizesByDefault) {
  const std::string data =
      "\"" + std::string(kEventBytesMax - grid_event("data", "\"\"").size(), 'x');
  EXPECT_TRUE(parse(one("data", data + "\"")));
  EXPECT_FALSE(parse(one("data", data + "x\"")));
  std::string many;
  for (std::size_t i = 0; i < kEventsMax; ++i) many += (i == 0 ? "" : ",") + grid_event();
  EXPECT_TRUE(parse("[" + many + "]"));
  EXPECT_FALSE(parse("[" + many + "," + grid_event() + "]"));
}

TEST(EventGridSchema, WritesMembersInTheOrderOfTheSamples) {
  const auto batch = parse("[" + grid_event() + "]");
  ASSERT_TRUE(batch);
  EXPECT_EQ(
      rendered(batch->events[0]),
      R"({"id":"1","topic":")" + kTopic +
          R"(","subject":"a/b","data":{"x":1},"eventType":"T","eventTime":"2020-09-18T00:47:13Z",)"
          R"("dataVersion":"1.0","metadataVersion":"1"})");
}

TEST(EventGridSchema, LeavesNullDataOutAndPutsExtraMembersIn) {
  const auto batch = parse(one("data", "null"));
  ASSERT_TRUE(batch);
  EXPECT_EQ(rendered(batch->events[0], ",\"deliveryAttempts\":3"),
            R"({"id":"1","topic":")" + kTopic +
                R"(","subject":"a/b","eventType":"T","eventTime":"2020-09-18T00:47:13Z",)"
                R"("dataVersion":"1.0","metadataVersion":"1","deliveryAttempts":3})");
}

}  // namespace
}  // namespace fanfare::event
