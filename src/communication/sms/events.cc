#include "communication/sms/events.h"

#include <array>

#include "communication/phone_numbers/e164.h"
#include "communication/sms/timestamps.h"
#include "json/value.h"

namespace fanfare::communication::sms {

namespace {

constexpr std::string_view kReportType = "Microsoft.Communication.SMSDeliveryReportReceived";
constexpr std::string_view kReceivedType = "Microsoft.Communication.SMSReceived";

enum class Casing { Pascal, Camel };

Casing casing_of(EventsRevision revision) {
  const bool seed = revision == EventsRevision::Seed2020 || revision == EventsRevision::Seed2021;
  return seed ? Casing::Pascal : Casing::Camel;
}

/// The members' names are the same words in every revision.
std::string named(std::string_view camel, Casing casing) {
  std::string out(camel);
  if (casing == Casing::Pascal) out[0] = static_cast<char>(out[0] - 'a' + 'A');
  return out;
}

json::Value attempts_json(const Message& message, Casing casing) {
  auto out = json::Value::array();
  for (const auto& attempt : message.attempts) {
    out.push(json::Value::object({{named("timestamp", casing), short_timestamp(attempt.at)},
                                  {named("segmentsSucceeded", casing), attempt.segments_succeeded},
                                  {named("segmentsFailed", casing), attempt.segments_failed}}));
  }
  return out;
}

RaisedEvent event_about(const Message& message, std::string_view type, std::string_view number,
                        base::TimePoint now, const json::Value& data) {
  RaisedEvent event;
  event.type = type;
  event.id = message.id;
  event.subject = "/phonenumber/" + phone_numbers::digits_of(number);
  event.time = now;
  event.time_text = base::format_rfc3339(now, 0);
  event.data = json::write(data);
  event.source_case = SourceCase::Lower;
  return event;
}

}  // namespace

std::string status_details(const Message& message) {
  return std::to_string(message.code) + ": " + message.detail;
}

RaisedEvent delivery_report_received(const Resource& resource, const Message& message,
                                     base::TimePoint now, ReportForm form) {
  const auto casing = casing_of(resource.events_revision);
  const bool words_only = casing == Casing::Pascal || form.details == StatusDetails::WordsOnly;
  auto data = json::Value::object({
      {named("messageId", casing), message.id},
      // The samples write the sender without its plus, and the recipient with it.
      {named("from", casing), phone_numbers::digits_of(message.from)},
      {named("to", casing), message.to},
      {named("deliveryStatus", casing), to_string(message.state)},
      {named("deliveryStatusDetails", casing),
       words_only ? message.detail : status_details(message)},
      {named("receivedTimestamp", casing), short_timestamp(message.reported)},
      {named("deliveryAttempts", casing), attempts_json(message, casing)},
  });
  if (casing == Casing::Camel && message.tag) {
    data.set(form.tag == TagName::LowerCase ? "tag" : "Tag", *message.tag);
  }
  return event_about(message, kReportType, message.from, now, data);
}

RaisedEvent sms_received(const Resource& resource, const Message& message, base::TimePoint now) {
  const auto casing = casing_of(resource.events_revision);
  auto data = json::Value::object({
      {named("messageId", casing), message.id},
      {named("from", casing), phone_numbers::digits_of(message.from)},
      {named("to", casing), phone_numbers::digits_of(message.to)},
      {named("message", casing), message.text},
      {named("receivedTimestamp", casing),
       short_timestamp(std::chrono::floor<base::milliseconds>(message.created))},
  });
  if (resource.events_revision == EventsRevision::Current) {
    data.set("segmentCount", message.segments);
  }
  return event_about(message, kReceivedType, message.to, now, data);
}

}  // namespace fanfare::communication::sms
