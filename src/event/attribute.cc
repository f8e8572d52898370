#include "event/attribute.h"

#include <array>

#include "base/bytes.h"
#include "event/envelope.h"
#include "event/extension.h"
#include "json/text.h"

namespace fanfare::event {

namespace {

struct FieldName {
  std::string_view name;
  Field field;
};

constexpr std::array kEventGridFields = {
    FieldName{"id", Field::Id},           FieldName{"topic", Field::Source},
    FieldName{"subject", Field::Subject}, FieldName{"eventType", Field::Type},
    FieldName{"eventTime", Field::Time},  FieldName{"dataVersion", Field::DataVersion},
    FieldName{"data", Field::Data}};

constexpr std::array kCloudEventFields = {FieldName{"id", Field::Id},
                                          FieldName{"source", Field::Source},
                                          FieldName{"subject", Field::Subject},
                                          FieldName{"type", Field::Type},
                                          FieldName{"time", Field::Time},
                                          FieldName{"specversion", Field::SpecVersion},
                                          FieldName{"datacontenttype", Field::DataContentType},
                                          FieldName{"dataschema", Field::DataSchema},
                                          FieldName{"data", Field::Data}};

template <std::size_t N>
std::optional<Field> find_in(const std::array<FieldName, N>& names, std::string_view name) {
  for (const auto& candidate : names) {
    if (base::ascii_iequals(candidate.name, name)) return candidate.field;
  }
  return std::nullopt;
}

/// The member that `name` means, or an empty node.
json::Node find_member(json::Node object, std::string_view name) {
  json::Node exact;
  json::Node similar;
  std::string buffer;
  for (const json::MemberNode member : object.members()) {
    const auto candidate = name_text(member.name, buffer);
    if (candidate == name) exact = member.value;
    if (base::ascii_iequals(candidate, name)) similar = member.value;
  }
  return exact ? exact : similar;
}

std::optional<std::string> scalar_text(RawJson value) {
  if (value.empty()) return std::nullopt;
  switch (value.front()) {
    case '"':
      return json::unescape(value);
    case 'n':
    case '{':
    case '[':
      return std::nullopt;
    default:
      return std::string(value);
  }
}

/// `path` lies within the event's data.
std::optional<std::string> data_value(const Event& event, std::string_view path) {
  if (event.data.empty()) return std::nullopt;
  BodyIndex index;
  const auto root = index.value(event.data, Limits());
  json::Node node = root ? *root : json::Node();
  for (bool more = true; node && more;) {
    if (!node.is_object()) return std::nullopt;
    const auto dot = path.find('.');
    node = find_member(node, path.substr(0, dot));
    more = dot != std::string_view::npos;
    if (more) path.remove_prefix(dot + 1);
  }
  return node ? scalar_text(node.raw()) : std::nullopt;
}

}  // namespace

std::optional<Field> find_field(Schema schema, std::string_view name) {
  return schema == Schema::CloudEvents ? find_in(kCloudEventFields, name)
                                       : find_in(kEventGridFields, name);
}

RawJson field_value(const Event& event, Field field) {
  switch (field) {
    case Field::Id:
      return event.id;
    case Field::Source:
      return event.source;
    case Field::Subject:
      return event.subject;
    case Field::Type:
      return event.type;
    case Field::Time:
      return event.time;
    case Field::DataVersion:
      return event.data_version;
    case Field::SpecVersion:
      return event.schema == Schema::CloudEvents ? RawJson("\"1.0\"") : RawJson();
    case Field::DataContentType:
      return event.data_content_type;
    case Field::DataSchema:
      return event.data_schema;
    case Field::Data:
      return event.data;
  }
  return {};
}

std::optional<std::string> attribute_value(const Event& event, std::string_view path) {
  const auto dot = std::min(path.find('.'), path.size());
  const auto field = find_field(event.schema, path.substr(0, dot));
  if (dot < path.size()) {
    return field == Field::Data ? data_value(event, path.substr(dot + 1)) : std::nullopt;
  }
  if (field) return scalar_text(field_value(event, *field));
  return event.schema == Schema::CloudEvents ? scalar_text(find_extension(event, path))
                                             : std::nullopt;
}

}  // namespace fanfare::event
