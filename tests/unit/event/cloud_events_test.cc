#include "event/cloud_events.h"

#include <gmock/gmock.h>

#include "json/value.h"
#include "unit/event/test_events.h"

namespace fanfare::event {
namespace {

using test::body_of;
using test::cloud_event;

std::string rendered(const Event& event, std::string_view extra = {}) {
  std::string out;
  append_cloud_event(out, event, extra);
  return out;
}

base::Result<EventBatch> single(const std::string& text, const Limits& limits = {}) {
  return parse_cloud_event(body_of(text), limits);
}

TEST(CloudEvents, KeepEveryAttributeAndExtensionAsSent) {
  const std::string text =
      R"({"specversion":"1.0","id":"1","zeta":"z\u0041","source":"/s","n":-5,"type":"T","flag":true,)"
      R"("subject":"u","time":"2020-09-18T00:47:13Z","datacontenttype":"text/plain","dataschema":"d:x","data":"hi"})";
  const auto batch = single(text);
  ASSERT_TRUE(batch) << batch.error().message;
  const Event& event = batch->events[0];
  EXPECT_EQ(event.extensions, R"(,"zeta":"z\u0041","n":-5,"flag":true)");
  EXPECT_EQ(*json::parse(rendered(event)), *json::parse(text));
}

TEST(CloudEvents, OfABatchKeepTheirOwnExtensions) {
  const auto batch = parse_cloud_event_batch(body_of(
      "[" + cloud_event("a", "1") + "," + cloud_event() + "," + cloud_event("b", "\"x\"") + "]"));
  ASSERT_TRUE(batch);
  ASSERT_EQ(batch->events.size(), 3u);
  EXPECT_EQ(batch->events[0].extensions, ",\"a\":1");
  EXPECT_EQ(batch->events[1].extensions, "");
  EXPECT_EQ(batch->events[2].extensions, ",\"b\":\"x\"");
}

TEST(CloudEvents, CarryBinaryDataAsTheBase64ThatWasSent) {
  const auto batch = single(cloud_event("data_base64", R"("Zm9v\/w==")"));
  ASSERT_TRUE(batch);
  EXPECT_EQ(batch->events[0].data_base64, R"("Zm9v\/w==")");
  EXPECT_THAT(rendered(batch->events[0]), testing::HasSubstr(R"("data_base64":"Zm9v\/w==")"));
}

TEST(CloudEvents, NullAttributesCountAsAbsent) {
  const auto batch = single(
      R"({"specversion":"1.0","id":"1","source":"/s","type":"T","subject":null,"time":null,"ext":null,)"
      R"("datacontenttype":null,"dataschema":null,"data":null,"data_base64":null})");
  ASSERT_TRUE(batch) << batch.error().message;
  EXPECT_EQ(rendered(batch->events[0]),
            R"({"id":"1","source":"/s","data":null,"type":"T","specversion":"1.0"})");
}

TEST(CloudEvents, DeadLetterMembersReplaceExtensionsOfTheSameName) {
  const auto batch = single(
      R"({"specversion":"1.0","id":"1","source":"/s","type":"T","deliveryattempts":1,"x":"1"})");
  ASSERT_TRUE(batch);
  EXPECT_EQ(
      rendered(batch->events[0], ",\"deliveryattempts\":30"),
      R"({"id":"1","source":"/s","type":"T","specversion":"1.0","x":"1","deliveryattempts":30})");
}

struct Case {
  const char* name;
  std::string body;
  const char* target;
  const char* message;
};

void PrintTo(const Case& c, std::ostream* out) { *out << c.name; }
class CloudEventFaultTest : public testing::TestWithParam<Case> {};

TEST_P(CloudEventFaultTest, IsRefusedWithPlaceAndReason) {
  const auto batch = single(GetParam().body);
  ASSERT_FALSE(batch);
  EXPECT_EQ(batch.error().code, base::Errc::InvalidArgument);
  EXPECT_EQ(batch.error().target, GetParam().target);
  EXPECT_THAT(batch.error().message, testing::HasSubstr(GetParam().message));
}

INSTANTIATE_TEST_SUITE_P(
    CloudEvents, CloudEventFaultTest,
    testing::Values(
        Case{"array", "[" + cloud_event() + "]", "",
             "'CloudEventV10' schema: expected token StartObject, received token StartArray"},
        Case{"no_version", cloud_event("specversion", ""), "specversion", "required"},
        Case{"old_version", cloud_event("specversion", "\"0.3\""), "specversion", "must be '1.0'"},
        Case{"number_version", cloud_event("specversion", "1.0"), "specversion",
             "must be a string"},
        Case{"no_id", cloud_event("id", ""), "id", "required"},
        Case{"null_id", cloud_event("id", "null"), "id", "required"},
        Case{"empty_id", cloud_event("id", "\"\""), "id", "must not be empty"},
        Case{"no_source", cloud_event("source", ""), "source", "required"},
        Case{"empty_source", cloud_event("source", "\"\""), "source", "must not be empty"},
        Case{"no_type", cloud_event("type", ""), "type", "required"},
        Case{"empty_subject", cloud_event("subject", "\"\""), "subject", "must not be empty"},
        Case{"number_subject", cloud_event("subject", "1"), "subject", "must be a string"},
        Case{"bad_time", cloud_event("time", "\"2020-09-18\""), "time", "RFC 3339"},
        Case{"object_content_type", cloud_event("datacontenttype", "{}"), "datacontenttype",
             "not a StartObject"},
        Case{"upper_case_extension", cloud_event("comExt", "1"), "comExt",
             "lower-case letters and digits"},
        Case{"event_grid_member", cloud_event("eventType", "\"x\""), "eventType", "lower-case"},
        Case{"underscore", cloud_event("a_b", "1"), "a_b", "lower-case"},
        Case{"empty_name", cloud_event("", "").substr(0, 1) + "\"\":1}", "", "lower-case"},
        Case{"null_upper_case", cloud_event("Ext", "null"), "Ext", "lower-case"},
        Case{"object_extension", cloud_event("ext", "{}"), "ext",
             "must be a string, a boolean or a whole number"},
        Case{"array_extension", cloud_event("ext", "[]"), "ext", "must be a string"},
        Case{"fraction_extension", cloud_event("ext", "1.5"), "ext", "whole number of 32 bits"},
        Case{"large_extension", cloud_event("ext", "2147483648"), "ext", "whole number of 32 bits"},
        Case{"repeated", cloud_event("id", "\"1\",\"id\":\"1\""), "id", "occurs twice"},
        Case{"repeated_extension", cloud_event("x", "1,\"x\":1"), "x", "occurs twice"},
        Case{"repeated_escaped", cloud_event("x", R"(1,"\u0078":1)"), "x", "occurs twice"},
        Case{"both_data", cloud_event("data", "1,\"data_base64\":\"AA==\""), "data_base64",
             "exclude each other"},
        Case{"bad_base64", cloud_event("data_base64", "\"AA\""), "data_base64", "must be base64"},
        Case{"url_base64", cloud_event("data_base64", "\"-_==\""), "data_base64", "must be base64"},
        Case{"number_base64", cloud_event("data_base64", "1"), "data_base64", "must be a string"}),
    [](const auto& info) { return std::string(info.param.name); });

TEST(CloudEvents, BatchesNameTheEventThatIsWrong) {
  const auto batch = parse_cloud_event_batch(
      body_of("[" + cloud_event() + "," + cloud_event("time", "\"x\"") + "]"));
  ASSERT_FALSE(batch);
  EXPECT_EQ(batch.error().target, "[1].time");
  const auto object = parse_cloud_event_batch(body_of(cloud_event()));
  ASSERT_FALSE(object);
  EXPECT_THAT(object.error().message,
              testing::HasSubstr("expected token StartArray, received token StartObject"));
}

TEST(CloudEvents, RefusesARepeatedNameAmongVeryManyExtensionsQuickly) {
  std::string text = cloud_event();
  text.pop_back();
  for (int i = 0; i < 50'000; ++i) text += ",\"e" + std::to_string(i) + "\":1";
  EXPECT_TRUE(single(text + "}"));
  const auto repeated = single(text + ",\"e49999\":1}");
  ASSERT_FALSE(repeated);
  EXPECT_EQ(repeated.error().target, "e49999");
}

TEST(CloudEvents, HoldTheLimits) {
  const auto large =
      single(cloud_event("data", "\"" + std::string(300, 'x') + "\""), {.event_bytes_max = 200});
  ASSERT_FALSE(large);
  EXPECT_EQ(large.error().code, base::Errc::TooLarge);
  const auto many = parse_cloud_event_batch(
      body_of("[" + cloud_event() + "," + cloud_event() + "]"), {.events_max = 1});
  ASSERT_FALSE(many);
  EXPECT_EQ(many.error().code, base::Errc::TooLarge);
}

}  // namespace
}  // namespace fanfare::event
