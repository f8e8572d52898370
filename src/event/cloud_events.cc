#include "event/cloud_events.h"

#include <array>
#include <unordered_set>
#include <vector>

#include "base/bytes.h"
#include "event/envelope.h"
#include "event/extension.h"
#include "json/decimal.h"

namespace fanfare::event {

namespace {

enum Field : std::size_t {
  Id,
  Source,
  SpecVersion,
  Type,
  Subject,
  Time,
  DataContentType,
  DataSchema,
  Data,
  DataBase64,
  kFields,
  Extension_
};

constexpr std::array<std::string_view, kFields> kNames = {
    "id",   "source",          "specversion", "type", "subject",
    "time", "datacontenttype", "dataschema",  "data", "data_base64"};

Field field_at(std::string_view name, Field candidate) {
  return name == kNames[candidate] ? candidate : Extension_;
}

/// By length, then by the letters that tell names of one length apart.
Field find_field(std::string_view name) {
  switch (name.size()) {
    case 2:
      return field_at(name, Id);
    case 4:
      return field_at(name, name[0] == 'd' ? Data : name[1] == 'y' ? Type : Time);
    case 6:
      return field_at(name, Source);
    case 7:
      return field_at(name, Subject);
    case 10:
      return field_at(name, DataSchema);
    case 11:
      return field_at(name, name[0] == 's' ? SpecVersion : DataBase64);
    case 15:
      return field_at(name, DataContentType);
    default:
      return Extension_;
  }
}

using Fields = std::array<json::Node, kFields>;

/// Extension names of one event; finds repeated ones, with a set once there are many.
class SeenNames {
 public:
  void clear() {
    few_.clear();
    many_.clear();
  }
  bool insert(std::string_view name) {
    if (few_.size() < 16) {
      for (const auto seen : few_) {
        if (seen == name) return false;
      }
      few_.push_back(name);
      return true;
    }
    if (many_.empty()) many_.insert(few_.begin(), few_.end());
    return many_.insert(name).second;
  }

 private:
  std::vector<std::string_view> few_;
  std::unordered_set<std::string_view> many_;
};

/// Whole numbers of 32 bits: the type Integer of CloudEvents 1.0.
bool is_cloud_integer(std::string_view number) {
  if (number.find_first_of(".eE") != std::string_view::npos) return false;
  const auto value = json::to_int64(json::read_decimal(number));
  return value && *value >= INT32_MIN && *value <= INT32_MAX;
}

base::Result<void> check_extension(std::string_view name, json::Node value, const Place& place) {
  const std::string quoted = "the extension attribute '" + shortened(name) + "'";
  if (!valid_extension_name(name)) {
    return place.invalid(name, quoted + " must be named by lower-case letters and digits alone");
  }
  if (value.is_null() || value.is_string() || value.is_bool()) return {};
  if (value.is_number() && is_cloud_integer(value.raw())) return {};
  return place.invalid(name, quoted + " must be a string, a boolean or a whole number of 32 bits");
}

base::Result<void> check_base64(RawJson token, const Place& place) {
  const bool plain = token.find('\\') == std::string_view::npos;
  const bool valid = plain ? base::base64_decode(token.substr(1, token.size() - 2)).has_value()
                           : base::base64_decode(unescape(token)).has_value();
  if (valid) return {};
  return place.invalid(kNames[DataBase64],
                       "the property 'data_base64' must be base64 (RFC 4648, with padding)");
}

/// Reads the events of one body into a batch.
class Reader {
 public:
  explicit Reader(EventBatch& batch) : batch_(batch) {}

  base::Result<void> read(json::Node item, const Place& place) {
    Fields fields;
    const std::size_t extensions_at = extensions_.size();
    if (auto collected = collect(item, fields, place); !collected) return collected;
    Event event;
    event.schema = Schema::CloudEvents;
    if (auto set = set_required(event, fields, place); !set) return set;
    if (auto set = set_optional(event, fields, place); !set) return set;
    if (auto set = set_data(event, fields, place); !set) return set;
    batch_.events.push_back(event);
    extension_ends_.push_back({extensions_at, extensions_.size()});
    return {};
  }

  /// The extensions of all events lie in one text, which must not grow any more when views are
  /// taken.
  void finish() {
    if (extensions_.empty()) return;
    const RawJson all = batch_.keep(std::move(extensions_));
    for (std::size_t i = 0; i < batch_.events.size(); ++i) {
      const auto [begin, end] = extension_ends_[i];
      batch_.events[i].extensions = all.substr(begin, end - begin);
    }
  }

 private:
  base::Result<void> collect(json::Node item, Fields& fields, const Place& place) {
    seen_.clear();
    std::string buffer;
    for (const json::MemberNode member : item.members()) {
      auto name = name_text(member.name, buffer);
      const Field field = find_field(name);
      if (field == Extension_) {
        if (name.data() == buffer.data()) name = batch_.keep(buffer);  // seen_ remembers views
        if (auto added = add_extension(name, member.value, place); !added) return added;
        continue;
      }
      if (fields[field]) return place.repeated(name);
      fields[field] = member.value;
    }
    return {};
  }

  base::Result<void> add_extension(std::string_view name, json::Node value, const Place& place) {
    if (auto checked = check_extension(name, value, place); !checked) return checked;
    if (!seen_.insert(name)) return place.repeated(name);
    if (value.is_null()) return {};
    extensions_.append(",\"").append(name).append("\":").append(value.raw());
    return {};
  }

  static base::Result<void> set_required(Event& event, const Fields& fields, const Place& place) {
    const auto version =
        required_string(fields[SpecVersion], kNames[SpecVersion], Empty::Allowed, place);
    if (!version) return version.error();
    if (!token_is(*version, "1.0"))
      return place.invalid(kNames[SpecVersion], "the property 'specversion' must be '1.0'");
    const auto id = required_string(fields[Id], kNames[Id], Empty::Refused, place);
    if (!id) return id.error();
    const auto source = required_string(fields[Source], kNames[Source], Empty::Refused, place);
    if (!source) return source.error();
    const auto type = required_string(fields[Type], kNames[Type], Empty::Refused, place);
    if (!type) return type.error();
    event.id = *id;
    event.source = *source;
    event.type = *type;
    return {};
  }

  static base::Result<void> set_optional(Event& event, const Fields& fields, const Place& place) {
    struct Optional {
      Field field;
      RawJson Event::* member;
    };
    for (const auto& [field, member] :
         {Optional{Subject, &Event::subject}, Optional{Time, &Event::time},
          Optional{DataContentType, &Event::data_content_type},
          Optional{DataSchema, &Event::data_schema}}) {
      const auto text = optional_string(fields[field], kNames[field], Empty::Refused, place);
      if (!text) return text.error();
      event.*member = *text;
    }
    return event.time.empty() ? base::Result<void>() : check_time(event.time, kNames[Time], place);
  }

  static base::Result<void> set_data(Event& event, const Fields& fields, const Place& place) {
    const auto base64 =
        optional_string(fields[DataBase64], kNames[DataBase64], Empty::Allowed, place);
    if (!base64) return base64.error();
    if (base64->empty()) {
      if (fields[Data]) event.data = fields[Data].raw();
      return {};
    }
    if (fields[Data] && !fields[Data].is_null()) {
      return place.invalid(kNames[DataBase64], "'data' and 'data_base64' exclude each other");
    }
    event.data_base64 = *base64;
    return check_base64(*base64, place);
  }

  EventBatch& batch_;
  SeenNames seen_;
  std::string extensions_;
  std::vector<std::pair<std::size_t, std::size_t>> extension_ends_;
};

bool has_member(std::string_view members, std::string_view name) {
  return members.find(",\"" + std::string(name) + "\":") != std::string_view::npos;
}

void append_extensions(std::string& out, RawJson extensions, std::string_view extra_members) {
  if (extra_members.empty()) {
    out += extensions;
    return;
  }
  while (const auto extension = next_extension(extensions)) {
    if (has_member(extra_members, extension->name)) continue;
    out.append(",\"").append(extension->name).append("\":").append(extension->value);
  }
}

}  // namespace

base::Result<EventBatch> parse_cloud_event(const BodyView& body, const Limits& limits) {
  BodyIndex index;
  const auto object = index.object(body.text, kCloudEventName, limits);
  if (!object) return object.error();
  EventBatch batch;
  batch.body = body.owner;
  Reader reader(batch);
  const auto place = Place::alone(kCloudEventName);
  if (auto checked = check_item(*object, place, limits); !checked) return checked.error();
  if (auto read = reader.read(*object, place); !read) return read.error();
  reader.finish();
  return batch;
}

base::Result<EventBatch> parse_cloud_event_batch(const BodyView& body, const Limits& limits) {
  BodyIndex index;
  const auto items = index.array(body.text, kCloudEventName, limits);
  if (!items) return items.error();
  EventBatch batch;
  batch.body = body.owner;
  Reader reader(batch);
  for (const json::Node item : items->elements()) {
    const auto place = Place::at(kCloudEventName, batch.events.size());
    if (auto checked = check_item(item, place, limits); !checked) return checked.error();
    if (auto read = reader.read(item, place); !read) return read.error();
  }
  reader.finish();
  return batch;
}

void append_cloud_event(std::string& out, const Event& event, std::string_view extra_members) {
  const bool translated = event.schema != Schema::CloudEvents;
  out.reserve(out.size() + event.bytes() + extra_members.size() + 128);
  out.push_back('{');
  append_member(out, "\"id\":", event.id);
  append_member(out, "\"source\":", event.source);
  if (event.subject != "\"\"") append_member(out, "\"subject\":", event.subject);
  if (!translated || event.data != "null") append_member(out, "\"data\":", event.data);
  append_member(out, "\"data_base64\":", event.data_base64);
  append_member(out, "\"datacontenttype\":", event.data_content_type);
  append_member(out, "\"dataschema\":", event.data_schema);
  append_member(out, "\"type\":", event.type);
  append_member(out, "\"time\":", event.time);
  out += "\"specversion\":\"1.0\"";
  append_extensions(out, event.extensions, extra_members);
  out += extra_members;
  out.push_back('}');
}

}  // namespace fanfare::event
