#include <gmock/gmock.h>

#include "event/cloud_events.h"
#include "event/custom_schema.h"
#include "event/event_grid_schema.h"
#include "json/index.h"
#include "json/value.h"
#include "unit/event/test_events.h"

namespace fanfare::event {
namespace {

using test::body_of;

/// The published examples: one event in both schemas each.
std::vector<std::string> examples() {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(test::data_path("events"))) {
    const auto name = entry.path().filename().string();
    if (name.ends_with(".eventgrid.json")) names.push_back(name.substr(0, name.size() - 15));
  }
  return names;
}

json::Value value_of(const std::string& text) {
  auto value = json::parse(text);
  EXPECT_TRUE(value) << value.error().message << value.error().target;
  return value.value_or(json::Value());
}

std::string raw_data(const std::string& file) {
  json::Index index;
  EXPECT_TRUE(index.build(file, 64));
  for (const auto member : (*index.root().elements().begin()).members()) {
    if (member.name.raw() == "\"data\"") return std::string(member.value.raw());
  }
  return {};
}

TEST(Translation, GivesTheExamplesInBothSchemas) {
  int count = 0;
  for (const auto& name : examples()) {
    SCOPED_TRACE(name);
    ++count;
    const auto grid_text = test::read_file(test::data_path("events") / (name + ".eventgrid.json"));
    const auto cloud_text =
        test::read_file(test::data_path("events") / (name + ".cloudevents.json"));
    const auto expected = value_of(grid_text).if_array()->at(0);
    const auto batch = parse_event_grid(body_of(grid_text), *expected.find("topic")->if_string());
    ASSERT_TRUE(batch) << batch.error().message;
    std::string grid;
    append_event_grid(grid, batch->events[0]);
    EXPECT_EQ(value_of(grid), expected);
    std::string cloud;
    append_cloud_event(cloud, batch->events[0]);
    auto expected_cloud = value_of(cloud_text).if_array()->at(0);
    // This example's two files spell one word of the data differently.
    if (name == "ChatThreadCreatedWithUser") expected_cloud.set("data", *expected.find("data"));
    EXPECT_EQ(value_of(cloud), expected_cloud);
    EXPECT_THAT(grid, testing::HasSubstr(raw_data(grid_text)));
    EXPECT_THAT(cloud, testing::HasSubstr(raw_data(grid_text)));
  }
  EXPECT_EQ(count, 10);
}

TEST(Translation, GivesTheCloudEventsExamplesBack) {
  for (const auto& name : examples()) {
    const auto text = test::read_file(test::data_path("events") / (name + ".cloudevents.json"));
    const auto batch = parse_cloud_event_batch(body_of(text));
    ASSERT_TRUE(batch) << batch.error().message;
    std::string out;
    append_cloud_event(out, batch->events[0]);
    EXPECT_EQ(value_of(out), value_of(text).if_array()->at(0));
    EXPECT_THAT(out, testing::HasSubstr(raw_data(text)));
  }
}

TEST(Translation, LeavesOutWhatACloudEventCannotHaveEmpty) {
  const auto batch = parse_event_grid(
      body_of(
          R"([{"id":"1","subject":"","eventType":"T","eventTime":"2020-01-01T00:00:00Z","data":null}])"),
      "/topic");
  ASSERT_TRUE(batch);
  std::string out;
  append_cloud_event(out, batch->events[0]);
  EXPECT_EQ(
      out,
      R"({"id":"1","source":"/topic","type":"T","time":"2020-01-01T00:00:00Z","specversion":"1.0"})");
}

/// As much of the CloudEvents JSON schema as that file uses: types, required members, lengths.
void expect_valid(const json::Value& event, const json::Value& schema) {
  for (const auto& name : *schema.find("required")->if_array())
    EXPECT_NE(event.find(*name.if_string()), nullptr);
  for (const auto& [name, property] : *schema.find("properties")->if_object()) {
    const json::Value* value = event.find(name);
    if (value == nullptr) continue;
    const auto& reference = *property.find("$ref")->if_string();
    const auto& definition =
        *schema.find("definitions")->find(reference.substr(sizeof("#/definitions/") - 1));
    if (definition.find("minLength") == nullptr) continue;
    ASSERT_TRUE(value->is_string()) << name;
    EXPECT_FALSE(value->if_string()->empty()) << name;
  }
}

TEST(Translation, EveryCloudEventObeysTheJsonSchemaOfTheSpecification) {
  const auto schema =
      value_of(test::read_file(test::data_path("cloudevents/cloudevents-json-format.schema.json")));
  InputMapping mapping;
  mapping.event_type.default_value = "T";
  mapping.subject.default_value = "";
  mapping.data_version.default_value = "";
  base::SeededRandom random(1);
  std::vector<EventBatch> batches;
  for (const auto& name : examples()) {
    const auto text = test::read_file(test::data_path("events") / (name + ".eventgrid.json"));
    const auto topic = *value_of(text).if_array()->at(0).find("topic")->if_string();
    batches.push_back(parse_event_grid(body_of(text), topic).value());
    batches.push_back(parse_custom(body_of(text), mapping, "/topic", {}, random).value());
  }
  batches.push_back(
      parse_cloud_event(body_of(test::cloud_event("data_base64", "\"AA==\""))).value());
  for (const auto& batch : batches) {
    std::string out;
    append_cloud_event(out, batch.events[0]);
    expect_valid(value_of(out), schema);
  }
}

}  // namespace
}  // namespace fanfare::event
