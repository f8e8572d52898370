#include "event/binary_cloud_event.h"

#include <gmock/gmock.h>
#include <yaml-cpp/yaml.h>

#include <vector>

#include "event/cloud_events.h"
#include "json/value.h"
#include "unit/event/test_events.h"

namespace fanfare::event {
namespace {

using test::body_of;
using Headers = std::vector<HeaderField>;

const Headers kMinimal = {
    {"ce-specversion", "1.0"}, {"ce-id", "1"}, {"ce-source", "/s"}, {"ce-type", "T"}};

Headers with(Headers headers, std::initializer_list<HeaderField> more) {
  for (const auto& field : more) {
    std::erase_if(headers, [&](const HeaderField& header) { return header.name == field.name; });
    headers.push_back(field);
  }
  return headers;
}

base::Result<EventBatch> parse(const Headers& headers, std::string_view body = "",
                               const Limits& limits = {}) {
  return parse_binary_cloud_event(headers, body_of(body), limits);
}

json::Value rendered(const EventBatch& batch) {
  std::string out;
  append_cloud_event(out, batch.events.at(0));
  return json::parse(out).value();
}

/// Scenario outline "Binary content mode" of tests/data/cloudevents/features.
TEST(BinaryCloudEvent, ReadsTheConformanceScenarios) {
  for (const char* type : {"application/json", "application/json; charset=utf-8"}) {
    const auto batch = parse({{"Host", "example.com"},
                              {"ce-specversion", "1.0"},
                              {"ce-type", "com.example.someevent"},
                              {"ce-time", "2018-04-05T03:56:24Z"},
                              {"ce-id", "1234-1234-1234"},
                              {"ce-source", "/mycontext/subcontext"},
                              {"Content-Type", type},
                              {"Content-Length", "33"}},
                             "{\n    \"message\": \"Hello World!\"\n}\n");
    ASSERT_TRUE(batch) << batch.error().message;
    auto expected =
        json::parse(R"({"id":"1234-1234-1234","specversion":"1.0","type":"com.example.someevent",
      "source":"/mycontext/subcontext","time":"2018-04-05T03:56:24Z","data":{"message":"Hello World!"}})")
            .value();
    expected.set("datacontenttype", type);
    EXPECT_EQ(rendered(*batch), expected);
  }
}

/// Scenario outline "Structured content mode" of the same file.
TEST(StructuredCloudEvent, ReadsTheConformanceScenario) {
  const std::string text = R"({
        "specversion": "1.0",
        "type": "com.example.someevent",
        "time": "2018-04-05T03:56:24Z",
        "id": "1234-1234-1234",
        "source": "/mycontext/subcontext",
        "datacontenttype": "application/json",
        "data": {
            "message": "Hello World!"
        }
    })";
  const auto batch = parse_cloud_event(body_of(text));
  ASSERT_TRUE(batch);
  EXPECT_EQ(rendered(*batch), json::parse(text).value());
}

struct YamlEvent {
  std::vector<std::pair<std::string, std::string>> attributes;
  std::string content_type = "application/json";
  std::string data;
  std::string version;
};

YamlEvent read_yaml(const YAML::Node& node) {
  YamlEvent out;
  out.data = node["Data"].as<std::string>();
  for (const auto& attribute : node["ContextAttributes"]) {
    const auto name = attribute.first.as<std::string>();
    if (name == "Extensions") {
      for (const auto& extension : attribute.second) {
        out.attributes.emplace_back(extension.first.as<std::string>(),
                                    extension.second.as<std::string>());
      }
    } else if (name == "datacontenttype") {
      out.content_type = attribute.second.as<std::string>();
    } else {
      out.attributes.emplace_back(name, attribute.second.as<std::string>());
    }
    if (name == "specversion") out.version = attribute.second.as<std::string>();
  }
  return out;
}

json::Value expected_value(const YamlEvent& event) {
  json::Value value;
  for (const auto& [name, text] : event.attributes) value.set(name, text);
  value.set("datacontenttype", event.content_type);
  const bool is_json = event.content_type.starts_with("application/json");
  value.set("data", is_json ? json::parse(event.data).value() : json::Value(event.data));
  return value;
}

TEST(CloudEvents, TheConformanceEventsAreEqualInBothModes) {
  int events = 0;
  for (const char* file : {"yaml/v1.yaml", "yaml/v1.0/v1_minimum.yaml", "yaml/v03.yaml",
                           "yaml/v0.3/v03_minimum.yaml"}) {
    for (const auto& node : YAML::LoadAllFromFile(test::data_path("cloudevents") / file)) {
      const auto event = read_yaml(node);
      Headers headers = {{"Content-Type", event.content_type}};
      std::vector<std::string> names;
      for (const auto& [name, text] : event.attributes) names.push_back("ce-" + name);
      for (std::size_t i = 0; i < names.size(); ++i)
        headers.push_back({names[i], event.attributes[i].second});
      const auto binary = parse(headers, event.data);
      const auto structured = parse_cloud_event(body_of(json::write(expected_value(event))));
      if (event.version != "1.0") {
        EXPECT_FALSE(binary) << "version " << event.version << " is not spoken here";
        EXPECT_FALSE(structured);
        continue;
      }
      ++events;
      ASSERT_TRUE(binary) << binary.error().message;
      ASSERT_TRUE(structured) << structured.error().message;
      EXPECT_EQ(rendered(*binary), expected_value(event));
      EXPECT_EQ(rendered(*structured), expected_value(event));
    }
  }
  EXPECT_EQ(events, 8);
}

TEST(BinaryCloudEvent, DecodesHeaderValues) {
  const auto batch = parse(with(kMinimal, {{"ce-subject", "Euro%20%E2%82%AC%20%F0%9F%98%80"},
                                           {"CE-Quoted", "\"a \\\"b\\\"\""},
                                           {"ce-percent", "100%"}}));
  ASSERT_TRUE(batch) << batch.error().message;
  EXPECT_EQ(batch->events[0].subject, "\"Euro € 😀\"");
  EXPECT_EQ(batch->events[0].extensions, R"(,"percent":"100%","quoted":"a \"b\"")");
}

struct DataCase {
  const char* content_type;
  std::string body;
  const char* data;
  const char* base64;
};

TEST(BinaryCloudEvent, KeepsTheBodyByItsMediaType) {
  for (const auto& c :
       {DataCase{"application/json", " {\"a\" : 1}\n", "{\"a\" : 1}", ""},
        DataCase{"application/vnd.x+json", "[1]", "[1]", ""}, DataCase{"", "\"x\"", "\"x\"", ""},
        DataCase{"text/plain", "a\"b", "\"a\\\"b\"", ""},
        DataCase{"TEXT/XML; charset=utf-8", "<é/>", "\"<é/>\"", ""},
        DataCase{"text/plain; charset=iso-8859-1", "\xe9", "", "\"6Q==\""},
        DataCase{"application/octet-stream", std::string("\0\1\2", 3), "", "\"AAEC\""},
        DataCase{"application/json", "", "", ""}}) {
    Headers headers = kMinimal;
    if (*c.content_type != 0) headers.push_back({"content-type", c.content_type});
    const auto batch = parse(headers, c.body);
    ASSERT_TRUE(batch) << c.content_type << batch.error().message;
    EXPECT_EQ(batch->events[0].data, c.data) << c.content_type;
    EXPECT_EQ(batch->events[0].data_base64, c.base64) << c.content_type;
  }
}

struct Fault {
  const char* name;
  Headers headers;
  const char* target;
  const char* message;
};

void PrintTo(const Fault& c, std::ostream* out) { *out << c.name; }
class BinaryFaultTest : public testing::TestWithParam<Fault> {};

TEST_P(BinaryFaultTest, IsRefusedNamingTheHeader) {
  const auto batch = parse(GetParam().headers);
  ASSERT_FALSE(batch);
  EXPECT_EQ(batch.error().code, base::Errc::InvalidArgument);
  EXPECT_EQ(batch.error().target, GetParam().target);
  EXPECT_THAT(batch.error().message, testing::HasSubstr(GetParam().message));
}

INSTANTIATE_TEST_SUITE_P(
    BinaryCloudEvent, BinaryFaultTest,
    testing::Values(
        Fault{"version", with(kMinimal, {{"ce-specversion", "0.3"}}), "ce-specversion",
              "must be '1.0'"},
        Fault{"no_version",
              {{"ce-id", "1"}, {"ce-source", "/s"}, {"ce-type", "T"}},
              "ce-specversion",
              "required"},
        Fault{"no_id",
              {{"ce-specversion", "1.0"}, {"ce-source", "/s"}, {"ce-type", "T"}},
              "ce-id",
              "required"},
        Fault{"empty_type", with(kMinimal, {{"ce-type", ""}}), "ce-type", "must not be empty"},
        Fault{"bad_time", with(kMinimal, {{"ce-time", "now"}}), "ce-time", "RFC 3339"},
        Fault{"twice", {{"ce-id", "1"}, {"CE-ID", "2"}}, "ce-id", "occurs twice"},
        Fault{"content_type", with(kMinimal, {{"ce-datacontenttype", "a/b"}}), "ce-datacontenttype",
              "Content-Type"},
        Fault{"extension_name", with(kMinimal, {{"ce-a-b", "1"}}), "ce-a-b",
              "lower-case letters and digits"},
        Fault{"data", with(kMinimal, {{"ce-data", "1"}}), "ce-data", "no attribute"},
        Fault{"content_type_not_utf8", with(kMinimal, {{"content-type", "text/\x86"}}),
              "content-type", "UTF-8"},
        Fault{"not_utf8", with(kMinimal, {{"ce-subject", "%FF"}}), "ce-subject", "UTF-8"}),
    [](const auto& info) { return std::string(info.param.name); });

TEST(BinaryCloudEvent, ChecksJsonDataInFullAndHoldsTheLimit) {
  EXPECT_FALSE(parse(with(kMinimal, {{"content-type", "application/json"}}), "{\"a\":[1,]}"));
  const auto large = parse(kMinimal, "\"" + std::string(300, 'x') + "\"", {.event_bytes_max = 200});
  ASSERT_FALSE(large);
  EXPECT_EQ(large.error().code, base::Errc::TooLarge);
}

}  // namespace
}  // namespace fanfare::event
