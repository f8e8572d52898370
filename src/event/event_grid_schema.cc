#include "event/event_grid_schema.h"

#include <array>

#include "event/envelope.h"

namespace fanfare::event {

namespace {

enum Field : std::size_t {
  Id,
  Topic,
  Subject,
  EventType,
  EventTime,
  Data,
  DataVersion,
  MetadataVersion,
  kFields,
  Unknown
};

constexpr std::array<std::string_view, kFields> kNames = {
    "id", "topic", "subject", "eventType", "eventTime", "data", "dataVersion", "metadataVersion"};

Field field_at(std::string_view name, Field candidate) {
  return name == kNames[candidate] ? candidate : Unknown;
}

Field find_field(std::string_view name) {
  switch (name.size()) {
    case 2:
      return field_at(name, Id);
    case 4:
      return field_at(name, Data);
    case 5:
      return field_at(name, Topic);
    case 7:
      return field_at(name, Subject);
    case 9:
      return name.ends_with('e')
                 ? field_at(name, name[5] == 'T' && name[6] == 'y' ? EventType : EventTime)
                 : Unknown;
    case 11:
      return field_at(name, DataVersion);
    case 15:
      return field_at(name, MetadataVersion);
    default:
      return Unknown;
  }
}

using Fields = std::array<json::Node, kFields>;

base::Error unknown_property(const Place& place, std::string_view name) {
  return place.invalid(
      name, "the property '" + shortened(name) +
                "' is unexpected; allowed are id, topic, subject, eventType, eventTime, data, "
                "dataVersion and metadataVersion");
}

base::Result<Fields> collect(json::Node item, const Place& place) {
  Fields fields;
  std::string buffer;
  for (const json::MemberNode member : item.members()) {
    const auto name = name_text(member.name, buffer);
    const Field field = find_field(name);
    if (field == Unknown) return unknown_property(place, name);
    if (fields[field]) return place.repeated(name);
    fields[field] = member.value;
  }
  return fields;
}

/// Reads the events of one body. The topic is stamped from one text that all of them share.
class Reader {
 public:
  Reader(const std::string& topic_arm_id, RawJson topic_token)
      : arm_id_(topic_arm_id), topic_token_(topic_token) {}

  base::Result<Event> read(json::Node item, const Place& place) const {
    const auto fields = collect(item, place);
    if (!fields) return fields.error();
    Event event;
    event.source = topic_token_;
    if (auto set = set_required(event, *fields, place); !set) return set.error();
    if (auto set = set_optional(event, *fields, place); !set) return set.error();
    return event;
  }

 private:
  static base::Result<void> set_required(Event& event, const Fields& fields, const Place& place) {
    const auto id = required_string(fields[Id], kNames[Id], Empty::Refused, place);
    if (!id) return id.error();
    const auto subject = required_string(fields[Subject], kNames[Subject], Empty::Allowed, place);
    if (!subject) return subject.error();
    const auto type = required_string(fields[EventType], kNames[EventType], Empty::Refused, place);
    if (!type) return type.error();
    const auto time = required_string(fields[EventTime], kNames[EventTime], Empty::Refused, place);
    if (!time) return time.error();
    event.id = *id;
    event.subject = *subject;
    event.type = *type;
    event.time = *time;
    return check_time(*time, kNames[EventTime], place);
  }

  base::Result<void> set_optional(Event& event, const Fields& fields, const Place& place) const {
    const auto topic = optional_string(fields[Topic], kNames[Topic], Empty::Allowed, place);
    if (!topic) return topic.error();
    if (!topic->empty() && !token_is(*topic, arm_id_)) {
      return place.invalid(kNames[Topic],
                           "the property 'topic' must be absent or '" + arm_id_ + "'");
    }
    const auto version =
        optional_string(fields[DataVersion], kNames[DataVersion], Empty::Allowed, place);
    if (!version) return version.error();
    event.data_version = version->empty() ? RawJson("\"\"") : *version;
    const auto metadata =
        optional_string(fields[MetadataVersion], kNames[MetadataVersion], Empty::Allowed, place);
    if (!metadata) return metadata.error();
    if (!metadata->empty() && !token_is(*metadata, "1")) {
      return place.invalid(kNames[MetadataVersion],
                           "the property 'metadataVersion' must be absent or '1'");
    }
    if (fields[Data]) event.data = fields[Data].raw();
    return {};
  }

  const std::string& arm_id_;
  RawJson topic_token_;
};

}  // namespace

base::Result<EventBatch> parse_event_grid(const BodyView& body, const std::string& topic_arm_id,
                                          const Limits& limits) {
  BodyIndex index;
  const auto items = index.array(body.text, kEventGridName, limits);
  if (!items) return items.error();
  EventBatch batch;
  batch.body = body.owner;
  const Reader reader(topic_arm_id, batch.keep(quote(topic_arm_id)));
  for (const json::Node item : items->elements()) {
    const auto place = Place::at(kEventGridName, batch.events.size());
    if (auto checked = check_item(item, place, limits); !checked) return checked.error();
    const auto event = reader.read(item, place);
    if (!event) return event.error();
    batch.events.push_back(*event);
  }
  return batch;
}

void append_event_grid(std::string& out, const Event& event, std::string_view extra_members) {
  constexpr std::string_view kMetadataVersion = "\"metadataVersion\":\"1\"";
  out.reserve(out.size() + event.bytes() + extra_members.size() + 128);
  out.push_back('{');
  append_member(out, "\"id\":", event.id);
  append_member(out, "\"topic\":", event.source);
  append_member(out, "\"subject\":", event.subject);
  if (event.data != "null") append_member(out, "\"data\":", event.data);
  append_member(out, "\"eventType\":", event.type);
  append_member(out, "\"eventTime\":", event.time);
  append_member(out, "\"dataVersion\":", event.data_version);
  out += kMetadataVersion;
  out += extra_members;
  out.push_back('}');
}

}  // namespace fanfare::event
