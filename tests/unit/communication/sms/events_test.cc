#include "communication/sms/events.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <regex>
#include <set>
#include <sstream>

#include "carrier/codes.h"
#include "communication/raised_event.h"
#include "event/cloud_events.h"
#include "event/event_grid_schema.h"
#include "json/value.h"

namespace fanfare::communication::sms {
namespace {

using json::Value;
using testing::SizeIs;

const auto kAt = *base::parse_rfc3339("2026-01-31T12:00:00.1234567Z");

Resource resource_in(EventsRevision revision) {
  Resource out;
  out.subscription_id = "00000000-0000-0000-0000-000000000000";
  out.resource_group = "Local";
  out.name = "Fanfare";
  out.events_revision = revision;
  return out;
}

Message a_message(State state) {
  Message out;
  const bool sent = state != State::Received;
  out.id = sent ? outgoing_id(kAt, base::system_random()) : incoming_id(kAt, base::system_random());
  out.state = state;
  out.from = "+15555550100";
  out.to = "+14255550100";
  out.text = "Great to connect";
  out.created = kAt;
  out.tag = "customer";
  out.code = state == State::Failed ? 4004 : carrier::kDelivered;
  out.detail = carrier::words_of(out.code);
  out.reported = kAt + base::seconds(5);
  out.attempts = {{kAt + base::seconds(1), 1, 0}};
  return out;
}

RaisedEvent event_of(const std::string& type, EventsRevision revision, ReportForm form = {}) {
  const auto resource = resource_in(revision);
  if (type == "SMSReceived") return sms_received(resource, a_message(State::Received), kAt);
  return delivery_report_received(resource, a_message(State::Delivered), kAt, form);
}

std::string rendered(RaisedEvent raised, const Resource& resource, const std::string& schema) {
  std::vector<RaisedEvent> all;
  all.push_back(std::move(raised));
  const auto batch = to_batch(resource, std::move(all));
  std::string out;
  if (schema == "cloudevents") {
    event::append_cloud_event(out, batch.events.at(0));
  } else {
    event::append_event_grid(out, batch.events.at(0));
  }
  return out;
}

/// What kind of text a string is; two of the same kind look alike to a reader.
std::string kind_of(const std::string& text) {
  static const std::pair<std::regex, const char*> kinds[] = {
      {std::regex(R"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ)"), "time, to the second"},
      {std::regex(R"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{1,3}Z)"), "time, to the millisecond"},
      {std::regex(R"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{4,7}Z)"), "time"},
      {std::regex(R"(\+\d{11})"), "number with plus"},
      {std::regex(R"(\d{11})"), "number without plus"},
      {std::regex(R"(/phonenumber/\d{11})"), "subject"},
      {std::regex(R"((Outgoing|Incoming)_\d{14}[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12})"), "id"},
      {std::regex(R"(/subscriptions/[^/]+/resource[gG]roups/[^/]+/providers)"
                  R"(/microsoft\.communication/communicationservices/[^/]+)"),
       "resource"},
  };
  for (const auto& [form, kind] : kinds) {
    if (std::regex_match(text, form)) return kind;
  }
  return "text";
}

void expect_alike(const Value& ours, const Value& sample, const std::string& path) {
  ASSERT_EQ(ours.is_object(), sample.is_object()) << path;
  ASSERT_EQ(ours.is_array(), sample.is_array()) << path;
  ASSERT_EQ(ours.is_string(), sample.is_string()) << path;
  ASSERT_EQ(ours.is_number(), sample.is_number()) << path;
  if (ours.is_object()) {
    std::set<std::string> names, wanted;
    for (const auto& [name, value] : *ours.if_object()) names.insert(name);
    for (const auto& [name, value] : *sample.if_object()) wanted.insert(name);
    ASSERT_EQ(names, wanted) << path;
    for (const auto& [name, value] : *sample.if_object()) {
      expect_alike(*ours.find(name), value, path + "." + name);
    }
  } else if (ours.is_array()) {
    ASSERT_EQ(ours.if_array()->size(), sample.if_array()->size()) << path;
    for (const auto& item : *ours.if_array()) {
      expect_alike(item, sample.if_array()->front(), path + "[]");
    }
  } else if (ours.is_string()) {
    static const std::set<std::string> exact{"$.eventType", "$.type", "$.dataVersion",
                                             "$.metadataVersion", "$.specversion"};
    if (exact.contains(path)) {
      EXPECT_EQ(*ours.if_string(), *sample.if_string()) << path;
    } else {
      EXPECT_EQ(kind_of(*ours.if_string()), kind_of(*sample.if_string()))
          << path << ": " << *ours.if_string() << ", sample " << *sample.if_string();
    }
  }
}

TEST(SmsEvents, LookAsTheirPublishedSamplesInEveryRevisionAndSchema) {
  int compared = 0;
  for (const std::string type : {"SMSReceived", "SMSDeliveryReportReceived"}) {
    std::ifstream file(std::string(FANFARE_TEST_DATA) + "/../golden/events/" + type + ".json");
    std::stringstream text;
    text << file.rdbuf();
    const auto samples = json::parse(text.str());
    ASSERT_TRUE(samples) << type;
    for (const auto& sample : *samples->if_array()) {
      for (const auto& name : *sample.find("revisions")->if_array()) {
        const auto& schema = *sample.find("schema")->if_string();
        SCOPED_TRACE(type + " in " + *name.if_string() + " as " + schema);
        const auto revision = *parse_events_revision(*name.if_string());
        const auto ours =
            json::parse(rendered(event_of(type, revision), resource_in(revision), schema));
        ASSERT_TRUE(ours);
        expect_alike(*ours, *sample.find("event"), "$");
        ++compared;
      }
    }
  }
  EXPECT_EQ(compared, 16);
}

TEST(SmsEvents, TheStatusIsToldInWordsToTheSeedsAndWithItsCodeToday) {
  const auto details = [](EventsRevision revision, ReportForm form, const char* member) {
    const auto resource = resource_in(revision);
    const auto raised = delivery_report_received(resource, a_message(State::Failed), kAt, form);
    return *json::parse(raised.data)->find(member)->if_string();
  };
  const ReportForm plain;
  const ReportForm words{.details = StatusDetails::WordsOnly};
  EXPECT_EQ(details(EventsRevision::Seed2020, plain, "DeliveryStatusDetails"),
            "The destination number does not exist.");
  EXPECT_EQ(details(EventsRevision::Current, plain, "deliveryStatusDetails"),
            "4004: The destination number does not exist.");
  EXPECT_EQ(details(EventsRevision::Current, words, "deliveryStatusDetails"),
            "The destination number does not exist.");
  EXPECT_EQ(details(EventsRevision::Current, plain, "deliveryStatus"), "Failed");
}

TEST(SmsEvents, TheTagIsWrittenAsOneLikesAndLeftOutWhenThereIsNone) {
  const auto resource = resource_in(EventsRevision::Current);
  auto message = a_message(State::Delivered);
  const ReportForm upper{.tag = TagName::UpperCase};
  const auto shown = json::parse(delivery_report_received(resource, message, kAt, upper).data);
  EXPECT_NE(shown->find("Tag"), nullptr);
  EXPECT_EQ(shown->find("tag"), nullptr);
  message.tag.reset();
  const auto without = json::parse(delivery_report_received(resource, message, kAt, {}).data);
  EXPECT_EQ(without->find("tag"), nullptr);
}

TEST(SmsEvents, EveryAttemptIsToldInOrder) {
  auto message = a_message(State::Failed);
  message.attempts = {{kAt, 0, 3}, {kAt + base::minutes(1), 2, 1}};
  const auto data = json::parse(
      delivery_report_received(resource_in(EventsRevision::Current), message, kAt, {}).data);
  const auto& attempts = *data->find("deliveryAttempts")->if_array();
  ASSERT_THAT(attempts, SizeIs(2));
  EXPECT_EQ(attempts[0].find("segmentsFailed")->as_int(), 3);
  EXPECT_EQ(attempts[1].find("segmentsSucceeded")->as_int(), 2);
}

}  // namespace
}  // namespace fanfare::communication::sms
