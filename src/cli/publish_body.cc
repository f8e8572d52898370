#include "cli/publish_body.h"

#include <algorithm>
#include <charconv>

#include "base/bytes.h"

namespace fanfare::cli {
namespace {

constexpr std::string_view kJson = "application/json; charset=utf-8";
constexpr std::string_view kCloudEvent = "application/cloudevents+json; charset=utf-8";
constexpr std::string_view kCloudEvents = "application/cloudevents-batch+json; charset=utf-8";

/// `file.json:3: not JSON: …`
std::unexpected<Failure> not_json(std::string_view text, const std::string& name,
                                  const base::Error& error) {
  std::size_t offset = 0;
  constexpr std::string_view kOffset = "offset ";
  std::string_view target = error.target;
  if (target.starts_with(kOffset)) target.remove_prefix(kOffset.size());
  const auto [end, code] = std::from_chars(target.data(), target.data() + target.size(), offset);
  const bool known = code == std::errc() && end == target.data() + target.size();
  const auto line = 1 + std::ranges::count(text.substr(0, std::min(offset, text.size())), '\n');
  const auto where = known ? name + ":" + std::to_string(line) : name;
  return usage(where + ": not JSON: " + error.message + (known ? "" : " (" + error.target + ")"));
}

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view kSpace = " \t\r\n";
  const auto first = text.find_first_not_of(kSpace);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kSpace) - first + 1);
}

void add_missing(json::Value& event, std::string_view name,
                 const std::function<std::string()>& make) {
  if (event.find(name) == nullptr) event.set(name, make());
}

void fill(json::Value& event, EventForm form, const Stamps& stamps) {
  if (form == EventForm::Custom) return;
  add_missing(event, "id", stamps.id);
  add_missing(event, form == EventForm::CloudEvents ? "time" : "eventTime", stamps.time);
}

/// The first event that is no object, or whose schema cannot be the topic's.
std::optional<std::string> misfit(const json::Array& events, EventForm form) {
  for (std::size_t i = 0; i < events.size(); ++i) {
    const auto which = "event " + std::to_string(i + 1);
    if (!events[i].is_object()) return which + " is not a JSON object";
    const auto own = detect_form(events[i]);
    if (form == EventForm::Custom || own == EventForm::Custom || own == form) continue;
    return which + " is of the schema " + std::string(to_string(own)) + ", the topic takes " +
           std::string(to_string(form));
  }
  return std::nullopt;
}

/// One event stays one for CloudEvents; the other schemas want an array.
PublishBody wrapped(std::string text, bool is_array, std::size_t events, EventForm form) {
  if (form == EventForm::CloudEvents) {
    return {std::move(text), std::string(is_array ? kCloudEvents : kCloudEvent), events};
  }
  if (!is_array) text = "[" + text + "]";
  return {std::move(text), std::string(kJson), events};
}

}  // namespace

std::string_view to_string(EventForm form) {
  switch (form) {
    case EventForm::EventGrid:
      return "EventGridSchema";
    case EventForm::CloudEvents:
      return "CloudEventSchemaV1_0";
    case EventForm::Custom:
      return "CustomEventSchema";
  }
  return "";
}

std::optional<EventForm> form_of_input_schema(std::string_view input_schema) {
  for (const auto form : {EventForm::EventGrid, EventForm::CloudEvents, EventForm::Custom}) {
    if (base::ascii_iequals(to_string(form), input_schema)) return form;
  }
  return std::nullopt;
}

EventForm detect_form(const json::Value& event) {
  if (event.find("specversion") != nullptr) return EventForm::CloudEvents;
  if (event.find("eventType") != nullptr) return EventForm::EventGrid;
  return EventForm::Custom;
}

Got<PublishBody> body_of_text(std::string_view text, const std::string& name,
                              std::optional<EventForm> form, Missing missing,
                              const Stamps& stamps) {
  const auto sent = trimmed(text);
  if (sent.empty()) return usage(name + ": empty; one event or an array of events is expected");
  auto value = json::parse(text);
  if (!value) return not_json(text, name, value.error());
  const bool is_array = value->is_array();
  json::Array events = is_array ? std::move(*value->if_array()) : json::Array{std::move(*value)};
  if (events.empty()) return usage(name + ": there is no event in the array");
  const auto as = form.value_or(detect_form(events.front()));
  if (const auto reason = misfit(events, as)) return usage(name + ": " + *reason);
  const auto count = events.size();
  if (missing == Missing::Leave) return wrapped(std::string(sent), is_array, count, as);
  for (auto& event : events) fill(event, as, stamps);
  auto filled = is_array ? json::Value(std::move(events)) : std::move(events.front());
  return wrapped(json::write(filled), is_array, count, as);
}

Got<PublishBody> body_of_parts(const EventParts& parts, EventForm form, const Stamps& stamps) {
  if (form == EventForm::Custom) {
    return usage("the topic takes events of a schema of its own; write one into a file");
  }
  auto data =
      parts.data.empty() ? base::Result<json::Value>(json::Value()) : json::parse(parts.data);
  if (!data) {
    return usage("--data: not JSON: " + data.error().message,
                 "Text needs quotes of its own: --data '\"text\"'.");
  }
  const auto id = parts.id.empty() ? stamps.id() : parts.id;
  json::Value event = json::Value::object();
  if (form == EventForm::CloudEvents) {
    event.set("specversion", "1.0");
    event.set("id", id);
    event.set("source", parts.source.empty() ? "/fanfare/cli" : parts.source);
    event.set("type", parts.type);
    if (!parts.subject.empty()) event.set("subject", parts.subject);
    event.set("time", stamps.time());
  } else {
    event.set("id", id);
    event.set("subject", parts.subject);
    event.set("eventType", parts.type);
    event.set("eventTime", stamps.time());
    event.set("dataVersion", "1.0");
  }
  if (!parts.data.empty()) event.set("data", std::move(*data));
  return wrapped(json::write(event), false, 1, form);
}

}  // namespace fanfare::cli
