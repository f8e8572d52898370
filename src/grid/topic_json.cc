#include "grid/topic_json.h"

#include <array>
#include <utility>

#include "base/bytes.h"
#include "grid/members.h"

namespace fanfare::grid {

namespace {

constexpr std::array<std::pair<event::Schema, std::string_view>, 3> kSchemas = {{
    {event::Schema::EventGrid, "EventGridSchema"},
    {event::Schema::CloudEvents, "CloudEventSchemaV1_0"},
    {event::Schema::Custom, "CustomEventSchema"},
}};

void put_field(json::Value& out, std::string_view name, const std::optional<std::string>& field) {
  if (field) out.set(name, json::Value::object({{"sourceField", *field}}));
}

void put_field(json::Value& out, std::string_view name, const event::MappedField& field) {
  if (!field.source_field && !field.default_value) return;
  auto value = json::Value::object();
  if (field.source_field) value.set("sourceField", *field.source_field);
  if (field.default_value) value.set("defaultValue", *field.default_value);
  out.set(name, std::move(value));
}

enum class Default { Allowed, None };

event::MappedField read_field(Members& members, std::string_view name, Default fallback) {
  const auto* value = members.object(name);
  if (value == nullptr) return {};
  Members field(*value, members.path_of(name));
  event::MappedField out{field.text("sourceField"), std::nullopt};
  if (fallback == Default::Allowed) out.default_value = field.text("defaultValue");
  if (const auto done = field.finish(); !done)
    members.fail(done.error().message, done.error().target);
  return out;
}

json::Value tags_json(const Topic& topic) {
  auto tags = json::Value::object();
  for (const auto& [name, value] : topic.tags) tags.set(name, value);
  return tags;
}

json::Value texts_json(const std::vector<std::string>& texts) {
  return json::Value(json::Array(texts.begin(), texts.end()));
}

std::string text_of(const json::Value& value, std::string_view name) {
  const auto* member = value.find(name);
  const auto* text = member == nullptr ? nullptr : member->if_string();
  return text == nullptr ? std::string() : *text;
}

bool flag_of(const json::Value& value, std::string_view name) {
  const auto* member = value.find(name);
  const auto* flag = member == nullptr ? nullptr : member->if_bool();
  return flag != nullptr && *flag;
}

void read_lists(const json::Value& value, Topic& topic) {
  if (const auto* tags = value.find("tags"); tags != nullptr && tags->is_object()) {
    for (const auto& [name, tag] : *tags->if_object()) {
      if (const auto* text = tag.if_string()) topic.tags.emplace_back(name, *text);
    }
  }
  if (const auto* rules = value.find("inboundIpRules"); rules != nullptr && rules->is_array()) {
    for (const auto& rule : *rules->if_array()) {
      if (const auto* text = rule.if_string()) topic.inbound_ip_rules.push_back(*text);
    }
  }
}

base::Error corrupt(std::string what) {
  return base::Error{base::Errc::Corrupt, "stored topic: " + std::move(what), {}};
}

}  // namespace

std::string topic_key(queue::TopicId id) {
  auto digits = std::to_string(id.value);
  return std::string(kTopicPrefix) + std::string(10 - digits.size(), '0') + digits;
}

std::string_view to_string(event::Schema schema) {
  for (const auto& [value, name] : kSchemas) {
    if (value == schema) return name;
  }
  return "EventGridSchema";
}

std::optional<event::Schema> parse_input_schema(std::string_view text) {
  for (const auto& [value, name] : kSchemas) {
    if (base::ascii_iequals(name, text)) return value;
  }
  return std::nullopt;
}

json::Value to_json(const event::InputMapping& mapping) {
  auto properties = json::Value::object();
  put_field(properties, "id", mapping.id);
  put_field(properties, "topic", mapping.topic);
  put_field(properties, "eventTime", mapping.event_time);
  put_field(properties, "eventType", mapping.event_type);
  put_field(properties, "subject", mapping.subject);
  put_field(properties, "dataVersion", mapping.data_version);
  return json::Value::object(
      {{"inputSchemaMappingType", "Json"}, {"properties", std::move(properties)}});
}

base::Result<event::InputMapping> parse_input_mapping(const json::Value& value, std::string path) {
  Members outer(value, std::move(path));
  const auto type = outer.text("inputSchemaMappingType");
  if (!type || !base::ascii_iequals(*type, "Json")) {
    outer.fail("must be 'Json'", outer.path_of("inputSchemaMappingType"));
  }
  event::InputMapping mapping;
  if (const auto* inner = outer.object("properties")) {
    Members fields(*inner, outer.path_of("properties"));
    mapping.id = read_field(fields, "id", Default::None).source_field;
    mapping.topic = read_field(fields, "topic", Default::None).source_field;
    mapping.event_time = read_field(fields, "eventTime", Default::None).source_field;
    mapping.event_type = read_field(fields, "eventType", Default::Allowed);
    mapping.subject = read_field(fields, "subject", Default::Allowed);
    mapping.data_version = read_field(fields, "dataVersion", Default::Allowed);
    if (auto done = fields.finish(); !done) return done.error();
  }
  if (auto done = outer.finish(); !done) return done.error();
  return mapping;
}

std::string write_topic(const Topic& topic) {
  auto out = json::Value::object({
      {"id", topic.id.value},
      {"kind", topic.kind == TopicKind::System ? "System" : "Custom"},
      {"subscriptionId", topic.subscription_id},
      {"resourceGroup", topic.resource_group},
      {"name", topic.name},
      {"location", topic.location},
      {"inputSchema", to_string(topic.input_schema)},
      {"key1", topic.key1},
      {"key2", topic.key2},
      {"disableLocalAuth", topic.disable_local_auth},
      {"tags", tags_json(topic)},
      {"publicNetworkAccess", topic.public_network_access ? "Enabled" : "Disabled"},
      {"inboundIpRules", texts_json(topic.inbound_ip_rules)},
      {"dataResidencyBoundary", topic.data_residency_boundary},
      {"metricResourceId", topic.metric_resource_id},
  });
  if (topic.input_schema == event::Schema::Custom) {
    out.set("inputSchemaMapping", to_json(topic.mapping));
  }
  if (topic.kind == TopicKind::System) {
    out.set("source", topic.source);
    out.set("topicType", topic.topic_type);
  }
  return json::write(out);
}

base::Result<Topic> read_topic(std::string_view text) {
  const auto value = json::parse(text);
  if (!value) return corrupt(value.error().message);
  const auto* number = value->find("id");
  const auto id = number == nullptr ? std::nullopt : number->as_int();
  const auto schema = parse_input_schema(text_of(*value, "inputSchema"));
  if (!id || *id <= 0 || *id > UINT32_MAX) return corrupt("id is missing or out of range");
  if (!schema) return corrupt("inputSchema is unknown to this version");

  Topic topic;
  topic.id = queue::TopicId{static_cast<std::uint32_t>(*id)};
  topic.kind = text_of(*value, "kind") == "System" ? TopicKind::System : TopicKind::Custom;
  topic.subscription_id = text_of(*value, "subscriptionId");
  topic.resource_group = text_of(*value, "resourceGroup");
  topic.name = text_of(*value, "name");
  topic.location = text_of(*value, "location");
  topic.input_schema = *schema;
  topic.key1 = text_of(*value, "key1");
  topic.key2 = text_of(*value, "key2");
  topic.disable_local_auth = flag_of(*value, "disableLocalAuth");
  topic.public_network_access = text_of(*value, "publicNetworkAccess") != "Disabled";
  topic.data_residency_boundary = text_of(*value, "dataResidencyBoundary");
  topic.metric_resource_id = text_of(*value, "metricResourceId");
  topic.source = text_of(*value, "source");
  topic.topic_type = text_of(*value, "topicType");
  read_lists(*value, topic);
  if (const auto* mapping = value->find("inputSchemaMapping")) {
    auto parsed = parse_input_mapping(*mapping, "inputSchemaMapping");
    if (!parsed) return corrupt(parsed.error().target + " " + parsed.error().message);
    topic.mapping = *std::move(parsed);
  }
  return topic;
}

}  // namespace fanfare::grid
