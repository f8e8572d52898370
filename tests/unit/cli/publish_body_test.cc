#include "cli/publish_body.h"

#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

namespace fanfare::cli {
namespace {

const Stamps kStamps{[] { return std::string("made-id"); },
                     [] { return std::string("made-time"); }};

constexpr auto kEventGrid = R"({"id":"1","subject":"s","eventType":"T","eventTime":"t","n":1.50})";
constexpr auto kCloud = R"({"specversion":"1.0","id":"1","source":"/a","type":"T"})";

std::string array(std::string_view item) { return "[" + std::string(item) + "]"; }

Got<PublishBody> body(std::string_view text, std::optional<EventForm> form = std::nullopt,
                      Missing missing = Missing::Leave) {
  return body_of_text(text, "f.json", form, missing, kStamps);
}

std::string message(const Got<PublishBody>& got) {
  return got ? "no failure" : got.error().message;
}

TEST(PublishBodyTest, one_event_grid_event_becomes_an_array_and_stays_as_it_was_written) {
  const auto got = body(std::string("  ") + kEventGrid + "\n");
  ASSERT_TRUE(got) << message(got);
  EXPECT_EQ(got->text, array(kEventGrid));
  EXPECT_EQ(got->content_type, "application/json; charset=utf-8");
  EXPECT_EQ(got->events, 1u);
}

TEST(PublishBodyTest, an_array_goes_out_byte_for_byte) {
  const std::string text = "[ " + std::string(kEventGrid) + ",\n  " + kEventGrid + " ]";
  const auto got = body(text, EventForm::EventGrid);
  ASSERT_TRUE(got) << message(got);
  EXPECT_EQ(got->text, text);
  EXPECT_EQ(got->events, 2u);
}

TEST(PublishBodyTest, cloud_events_are_told_by_specversion_and_single_ones_stay_single) {
  const auto one = body(kCloud);
  ASSERT_TRUE(one) << message(one);
  EXPECT_EQ(one->text, kCloud);
  EXPECT_EQ(one->content_type, "application/cloudevents+json; charset=utf-8");
  const auto batch = body(array(kCloud));
  ASSERT_TRUE(batch) << message(batch);
  EXPECT_EQ(batch->content_type, "application/cloudevents-batch+json; charset=utf-8");
}

TEST(PublishBodyTest, a_topic_with_a_schema_of_its_own_takes_anything) {
  for (const auto text : {kEventGrid, kCloud, R"({"any":1})"}) {
    const auto got = body(text, EventForm::Custom);
    ASSERT_TRUE(got) << message(got);
    EXPECT_EQ(got->text, array(text));
  }
}

TEST(PublishBodyTest, events_of_the_other_schema_are_refused_before_anything_is_sent) {
  const auto got = body(array(kCloud), EventForm::EventGrid);
  EXPECT_EQ(
      message(got),
      "f.json: event 1 is of the schema CloudEventSchemaV1_0, the topic takes EventGridSchema");
  EXPECT_EQ(got.error().exit, Exit::Usage);
}

TEST(PublishBodyTest, only_ids_and_times_that_are_missing_are_filled_in) {
  const auto grid = body(R"({"eventType":"T","id":"mine"})", EventForm::EventGrid, Missing::Fill);
  ASSERT_TRUE(grid);
  EXPECT_EQ(grid->text, R"([{"eventType":"T","id":"mine","eventTime":"made-time"}])");
  const auto cloud = body(R"([{"specversion":"1.0","n":9007199254740993}])", {}, Missing::Fill);
  ASSERT_TRUE(cloud);
  EXPECT_EQ(cloud->text,
            R"([{"specversion":"1.0","n":9007199254740993,"id":"made-id","time":"made-time"}])");
  const auto custom = body(R"({"a":1})", EventForm::Custom, Missing::Fill);
  ASSERT_TRUE(custom);
  EXPECT_EQ(custom->text, R"([{"a":1}])");
}

TEST(PublishBodyTest, broken_json_is_named_with_its_line) {
  const auto got = body("\n[\n  {\"a\":1},\n  {\"a\":}\n]");
  EXPECT_EQ(message(got).find("f.json:4: not JSON: "), 0u) << message(got);
}

TEST(PublishBodyTest, nothing_to_publish_is_said) {
  EXPECT_EQ(message(body("")), "f.json: empty; one event or an array of events is expected");
  EXPECT_EQ(message(body("[]")), "f.json: there is no event in the array");
  EXPECT_EQ(message(body("[1]")), "f.json: event 1 is not a JSON object");
}

TEST(PublishBodyTest, an_event_is_made_from_its_parts) {
  EventParts parts{.type = "T", .subject = "s", .data = "{\"n\":1}", .source = {}, .id = {}};
  const auto grid = body_of_parts(parts, EventForm::EventGrid, kStamps);
  ASSERT_TRUE(grid);
  EXPECT_EQ(grid->text, R"([{"id":"made-id","subject":"s","eventType":"T","eventTime":"made-time",)"
                        R"("dataVersion":"1.0","data":{"n":1}}])");
  parts.id = "mine";
  const auto cloud = body_of_parts(parts, EventForm::CloudEvents, kStamps);
  ASSERT_TRUE(cloud);
  EXPECT_EQ(cloud->text,
            R"({"specversion":"1.0","id":"mine","source":"/fanfare/cli","type":"T","subject":"s",)"
            R"("time":"made-time","data":{"n":1}})");
  EXPECT_EQ(cloud->content_type, "application/cloudevents+json; charset=utf-8");
}

TEST(PublishBodyTest, data_that_is_no_json_says_how_to_quote_it) {
  const EventParts parts{.type = "T", .subject = {}, .data = "hello", .source = {}, .id = {}};
  const auto got = body_of_parts(parts, EventForm::EventGrid, kStamps);
  ASSERT_FALSE(got);
  EXPECT_EQ(got.error().hint, "Text needs quotes of its own: --data '\"text\"'.");
}

TEST(PublishBodyTest, a_schema_of_its_own_has_no_parts) {
  EXPECT_FALSE(body_of_parts(EventParts{.type = "T"}, EventForm::Custom, kStamps));
}

TEST(PublishBodyTest, schemas_are_read_ignoring_case) {
  EXPECT_EQ(form_of_input_schema("cloudeventschemav1_0"), EventForm::CloudEvents);
  EXPECT_EQ(form_of_input_schema("EventGridSchema"), EventForm::EventGrid);
  EXPECT_EQ(form_of_input_schema("CustomEventSchema"), EventForm::Custom);
  EXPECT_EQ(form_of_input_schema("other"), std::nullopt);
}

struct Example {
  const char* name;
  const char* file;
  EventForm form;
  std::size_t events;
};
void PrintTo(const Example& example, std::ostream* out) { *out << example.name; }
class ExampleTest : public testing::TestWithParam<Example> {};

TEST_P(ExampleTest, is_recognised) {
  std::ifstream in(std::string(FANFARE_TEST_DATA) + "/../../examples/events/" + GetParam().file);
  ASSERT_TRUE(in);
  std::stringstream text;
  text << in.rdbuf();
  const auto got = body(text.str());
  ASSERT_TRUE(got) << message(got);
  EXPECT_EQ(got->events, GetParam().events);
  const auto value = json::parse(got->text);
  const auto* items = value->if_array();
  EXPECT_EQ(detect_form(items == nullptr ? *value : items->front()), GetParam().form);
}

INSTANTIATE_TEST_SUITE_P(
    Files, ExampleTest,
    testing::Values(Example{"event_grid", "order-placed.eventgrid.json", EventForm::EventGrid, 1},
                    Example{"cloud_event", "order-placed.cloudevents.json", EventForm::CloudEvents,
                            1},
                    Example{"custom", "sensor-reading.custom.json", EventForm::Custom, 2},
                    Example{"sms", "sms-received.eventgrid.json", EventForm::EventGrid, 1}),
    [](const auto& info) { return info.param.name; });

}  // namespace
}  // namespace fanfare::cli
