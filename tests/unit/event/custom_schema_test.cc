#include "event/custom_schema.h"

#include <gmock/gmock.h>

#include "event/event_grid_schema.h"
#include "unit/event/test_events.h"

namespace fanfare::event {
namespace {

using test::body_of;
using test::kTopic;

InputMapping mapping() {
  InputMapping out;
  out.id = "key";
  out.event_time = "at";
  out.event_type = {"kind", "Default.Type"};
  out.subject = {"about", std::nullopt};
  out.data_version = {std::nullopt, "7"};
  return out;
}

base::Result<EventBatch> parse(const std::string& text, const InputMapping& how = mapping()) {
  base::SeededRandom random(1);
  const auto now = base::parse_rfc3339("2020-09-18T00:47:13.5Z").value();
  return parse_custom(body_of(text), how, kTopic, now, random);
}

TEST(CustomSchema, MapsFieldsAndKeepsTheWholeObjectAsData) {
  const std::string object =
      R"({ "about":"s/1", "key":"k\n", "n":1.0, "kind":"K", "at":"2020-01-01T00:00:00Z", "n":2 })";
  const auto batch = parse("[" + object + "]");
  ASSERT_TRUE(batch) << batch.error().message;
  const Event& event = batch->events[0];
  EXPECT_EQ(event.schema, Schema::Custom);
  EXPECT_EQ(event.id, "\"k\\n\"");
  EXPECT_EQ(event.subject, "\"s/1\"");
  EXPECT_EQ(event.type, "\"K\"");
  EXPECT_EQ(event.time, "\"2020-01-01T00:00:00Z\"");
  EXPECT_EQ(event.data_version, "\"7\"");
  EXPECT_EQ(event.source, "\"" + kTopic + "\"");
  EXPECT_EQ(event.data, object);
  std::string out;
  append_custom(out, event);
  EXPECT_EQ(out, object);
}

TEST(CustomSchema, StampsWhatIsAbsentOrNull) {
  const auto batch = parse(R"([{"about":"s","key":null,"kind":null},{"about":"s","key":""}])");
  ASSERT_TRUE(batch) << batch.error().message;
  EXPECT_EQ(batch->events[0].type, "\"Default.Type\"");
  EXPECT_EQ(batch->events[0].time, "\"2020-09-18T00:47:13.5000000Z\"");
  EXPECT_EQ(batch->events[0].id.size(), 38u) << "a UUID in quotes";
  EXPECT_EQ(batch->events[1].id.size(), 38u);
  EXPECT_NE(batch->events[0].id, batch->events[1].id);
}

TEST(CustomSchema, TakesNumbersAndBooleansByTheirText) {
  const auto batch = parse(R"([{"about":true,"key":12345678901234567890,"kind":1.50}])");
  ASSERT_TRUE(batch);
  EXPECT_EQ(batch->events[0].subject, "\"true\"");
  EXPECT_EQ(batch->events[0].id, "\"12345678901234567890\"");
  EXPECT_EQ(batch->events[0].type, "\"1.50\"");
}

TEST(CustomSchema, OneFieldMayServeTwice) {
  auto how = mapping();
  how.subject.source_field = "kind";
  const auto batch = parse(R"([{"kind":"K"}])", how);
  ASSERT_TRUE(batch);
  EXPECT_EQ(batch->events[0].subject, "\"K\"");
  EXPECT_EQ(batch->events[0].type, "\"K\"");
}

TEST(CustomSchema, MapsToTheEventGridForm) {
  const auto batch = parse(R"([{"about":"s","key":"1","at":"2020-01-01T00:00:00Z"}])");
  ASSERT_TRUE(batch);
  std::string out;
  append_event_grid(out, batch->events[0]);
  EXPECT_EQ(
      out, R"({"id":"1","topic":")" + kTopic +
               R"(","subject":"s","data":{"about":"s","key":"1","at":"2020-01-01T00:00:00Z"},)"
               R"("eventType":"Default.Type","eventTime":"2020-01-01T00:00:00Z","dataVersion":"7",)"
               R"("metadataVersion":"1"})");
}

struct Case {
  const char* name;
  const char* body;
  const char* target;
  const char* message;
};

void PrintTo(const Case& c, std::ostream* out) { *out << c.name; }
class CustomFaultTest : public testing::TestWithParam<Case> {};

TEST_P(CustomFaultTest, IsRefusedWithPlaceAndReason) {
  const auto batch = parse(GetParam().body);
  ASSERT_FALSE(batch);
  EXPECT_EQ(batch.error().code, base::Errc::InvalidArgument);
  EXPECT_EQ(batch.error().target, GetParam().target);
  EXPECT_THAT(batch.error().message, testing::HasSubstr(GetParam().message));
}

INSTANTIATE_TEST_SUITE_P(
    CustomSchema, CustomFaultTest,
    testing::Values(
        Case{"object", "{}", "", "'CustomEvent' schema: expected token StartArray"},
        Case{"no_object", "[{\"about\":\"s\"},[]]", "[1]",
             "expected token StartObject, received token StartArray"},
        Case{"missing", "[{}]", "[0].about", "'about' is required: subject comes from it"},
        Case{"object_value", "[{\"about\":{}}]", "[0].about",
             "must be a string, a number or a boolean"},
        Case{"bad_time", "[{\"about\":\"s\",\"at\":\"x\"}]", "[0].at", "RFC 3339"},
        Case{"empty_type", "[{\"about\":\"s\",\"kind\":\"\"}]", "[0].kind", "must not be empty"},
        Case{"repeated", "[{\"about\":\"s\",\"about\":\"t\"}]", "[0].about", "occurs twice"}),
    [](const auto& info) { return std::string(info.param.name); });

TEST(CustomSchema, NeedsAFieldOrADefaultForTheRequiredMembers) {
  auto how = mapping();
  how.data_version = {};
  const auto batch = parse(R"([{"about":"s"}])", how);
  ASSERT_FALSE(batch);
  EXPECT_THAT(batch.error().message,
              testing::HasSubstr("neither a source field nor a default value for dataVersion"));
}

}  // namespace
}  // namespace fanfare::event
