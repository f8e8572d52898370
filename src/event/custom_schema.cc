#include "event/custom_schema.h"

#include <array>

#include "event/envelope.h"

namespace fanfare::event {

namespace {

enum Slot : std::size_t { Id, Time, Type, Subject, DataVersion, kSlots };

/// What the envelope calls each slot, for messages.
constexpr std::array<std::string_view, kSlots> kSlotNames = {"id", "eventTime", "eventType",
                                                             "subject", "dataVersion"};

/// The mapping with its defaults as JSON texts.
struct Source {
  std::optional<std::string> field;
  std::optional<RawJson> fallback;
};

class Reader {
 public:
  Reader(EventBatch& batch, const InputMapping& mapping, const std::string& topic_arm_id,
         base::TimePoint now, base::Random& random)
      : batch_(batch), random_(random) {
    topic_ = batch.keep(quote(topic_arm_id));
    sources_[Id].field = mapping.id;
    sources_[Time].field = mapping.event_time;
    sources_[Time].fallback = batch.keep(quote(base::format_rfc3339(now)));
    set(Type, mapping.event_type);
    set(Subject, mapping.subject);
    set(DataVersion, mapping.data_version);
  }

  base::Result<void> read(json::Node item, const Place& place) {
    std::array<json::Node, kSlots> found;
    if (auto collected = collect(item, found, place); !collected) return collected;
    std::array<RawJson, kSlots> values;
    for (std::size_t slot = 0; slot < kSlots; ++slot) {
      auto value = text_of(static_cast<Slot>(slot), found[slot], place);
      if (!value) return value.error();
      values[slot] = *value;
    }
    if (auto checked = check_time(values[Time], member_name(Time), place); !checked) return checked;
    if (values[Type].size() == 2) {
      return place.invalid(
          member_name(Type),
          "the event type from '" + std::string(member_name(Type)) + "' must not be empty");
    }
    batch_.events.push_back({.schema = Schema::Custom,
                             .id = values[Id],
                             .source = topic_,
                             .subject = values[Subject],
                             .type = values[Type],
                             .time = values[Time],
                             .data_version = values[DataVersion],
                             .data = item.raw()});
    return {};
  }

 private:
  void set(Slot slot, const MappedField& mapped) {
    sources_[slot].field = mapped.source_field;
    if (mapped.default_value) sources_[slot].fallback = batch_.keep(quote(*mapped.default_value));
  }

  /// Repeated names are refused only where the envelope would be in doubt.
  base::Result<void> collect(json::Node item, std::array<json::Node, kSlots>& found,
                             const Place& place) {
    std::string buffer;
    for (const json::MemberNode member : item.members()) {
      const auto name = name_text(member.name, buffer);
      for (std::size_t slot = 0; slot < kSlots; ++slot) {
        if (sources_[slot].field != name) continue;
        if (found[slot]) return place.repeated(name);
        found[slot] = member.value;
      }
    }
    return {};
  }

  base::Result<RawJson> text_of(Slot slot, json::Node value, const Place& place) {
    if (!value || value.is_null()) return stamp(slot, place);
    if (value.is_number() || value.is_bool())
      return batch_.keep("\"" + std::string(value.raw()) + "\"");
    if (!value.is_string()) {
      return place.invalid(member_name(slot), "the property '" + std::string(member_name(slot)) +
                                                  "' must be a string, a number or a boolean");
    }
    const bool empty_id = slot == Id && value.raw().size() == 2;
    if (empty_id) return stamp(slot, place);
    return value.raw();
  }

  base::Result<RawJson> stamp(Slot slot, const Place& place) {
    if (slot == Id) return batch_.keep("\"" + base::uuid4(random_) + "\"");
    if (sources_[slot].fallback) return *sources_[slot].fallback;
    const std::string envelope_name(kSlotNames[slot]);
    if (!sources_[slot].field) {
      return place.invalid(
          "",
          "the topic's inputSchemaMapping names neither a source field nor a default value for " +
              envelope_name);
    }
    return place.invalid(member_name(slot), "the property '" + *sources_[slot].field +
                                                "' is required: " + envelope_name +
                                                " comes from it and has no default value");
  }

  std::string_view member_name(Slot slot) const {
    return sources_[slot].field ? std::string_view(*sources_[slot].field) : kSlotNames[slot];
  }

  EventBatch& batch_;
  base::Random& random_;
  RawJson topic_;
  std::array<Source, kSlots> sources_;
};

}  // namespace

base::Result<EventBatch> parse_custom(const BodyView& body, const InputMapping& mapping,
                                      const std::string& topic_arm_id, base::TimePoint now,
                                      base::Random& random, const Limits& limits) {
  BodyIndex index;
  const auto items = index.array(body.text, kCustomName, limits);
  if (!items) return items.error();
  EventBatch batch;
  batch.body = body.owner;
  Reader reader(batch, mapping, topic_arm_id, now, random);
  for (const json::Node item : items->elements()) {
    const auto place = Place::at(kCustomName, batch.events.size());
    if (auto checked = check_item(item, place, limits); !checked) return checked.error();
    if (auto read = reader.read(item, place); !read) return read.error();
  }
  return batch;
}

void append_custom(std::string& out, const Event& event) { out += event.data; }

}  // namespace fanfare::event
