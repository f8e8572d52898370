#include "management/topic_resource.h"

#include <array>

#include "base/bytes.h"
#include "grid/members.h"
#include "grid/topic_json.h"
#include "http/address_filter.h"

namespace fanfare::management {

namespace {

using grid::Members;

constexpr std::size_t kTagsMax = 50;
constexpr std::size_t kIpRulesMax = 128;

/// One of a few words, whatever their case, in the spelling of the specification.
std::optional<std::string> word_of(Members& members, std::string_view name,
                                   std::initializer_list<std::string_view> words) {
  const auto text = members.text(name);
  if (!text) return std::nullopt;
  std::string allowed;
  for (const auto word : words) {
    if (base::ascii_iequals(word, *text)) return std::string(word);
    allowed += (allowed.empty() ? "'" : "', '") + std::string(word);
  }
  members.fail("must be " + allowed + "'", members.path_of(name));
  return std::nullopt;
}

void read_tags(Members& members, grid::Topic& topic) {
  const auto* tags = members.object("tags");
  if (tags == nullptr) return;
  topic.tags.clear();
  for (const auto& [name, value] : *tags->if_object()) {
    if (const auto* text = value.if_string())
      topic.tags.emplace_back(name, *text);
    else
      members.fail("must be a string", "tags." + name);
  }
  if (topic.tags.size() > kTagsMax) members.fail("must not have more than 50 entries", "tags");
}

std::optional<std::string> read_ip_rule(const json::Value& value, Members& members,
                                        const std::string& path) {
  Members rule(value, path);
  const auto mask = rule.text("ipMask");
  word_of(rule, "action", {"Allow"});
  if (auto done = rule.finish(); !done) {
    members.fail(done.error().message, done.error().target);
  } else if (!mask || !http::parse_address_range(*mask)) {
    members.fail("must be an address or a range such as 192.0.2.0/24", path + ".ipMask");
  } else {
    return mask;
  }
  return std::nullopt;
}

void read_ip_rules(Members& members, grid::Topic& topic) {
  const auto* rules = members.array("inboundIpRules");
  if (rules == nullptr) return;
  const auto path = members.path_of("inboundIpRules");
  if (rules->size() > kIpRulesMax) members.fail("must not have more than 128 entries", path);
  topic.inbound_ip_rules.clear();
  for (const auto& value : *rules) {
    const auto here = path + "[" + std::to_string(topic.inbound_ip_rules.size()) + "]";
    auto rule = read_ip_rule(value, members, here);
    if (!rule) return;
    topic.inbound_ip_rules.push_back(*std::move(rule));
  }
}

// What PUT and PATCH share.
void read_changeable(Members& properties, grid::Topic& topic) {
  if (const auto access = word_of(properties, "publicNetworkAccess", {"Enabled", "Disabled"})) {
    topic.public_network_access = *access == "Enabled";
  }
  if (const auto disabled = properties.flag("disableLocalAuth"))
    topic.disable_local_auth = *disabled;
  if (const auto boundary =
          word_of(properties, "dataResidencyBoundary", {"WithinGeopair", "WithinRegion"})) {
    topic.data_residency_boundary = *boundary;
  }
  // The server takes no older TLS than this anyway.
  word_of(properties, "minimumTlsVersionAllowed", {"1.0", "1.1", "1.2"});
  read_ip_rules(properties, topic);
  properties.ignore(
      {"provisioningState", "endpoint", "metricResourceId", "privateEndpointConnections"});
}

void read_input_schema(Members& properties, grid::Topic& topic, const grid::Topic* existing) {
  if (existing != nullptr) {
    topic.input_schema = existing->input_schema;
    topic.mapping = existing->mapping;
  }
  const auto path = properties.path_of("inputSchema");
  if (const auto text = properties.text("inputSchema")) {
    const auto schema = grid::parse_input_schema(*text);
    if (!schema) {
      properties.fail("must be 'EventGridSchema', 'CloudEventSchemaV1_0' or 'CustomEventSchema'",
                      path);
      return;
    }
    topic.input_schema = *schema;
  }
  const auto* mapping = properties.object("inputSchemaMapping");
  const auto mapping_path = properties.path_of("inputSchemaMapping");
  const bool custom = topic.input_schema == event::Schema::Custom;
  if (mapping != nullptr && !custom) {
    properties.fail("is only for topics with input schema 'CustomEventSchema'", mapping_path);
  } else if (mapping != nullptr) {
    auto parsed = grid::parse_input_mapping(*mapping, mapping_path);
    if (parsed)
      topic.mapping = *std::move(parsed);
    else
      properties.fail(parsed.error().message, parsed.error().target);
  } else if (custom && existing == nullptr) {
    properties.fail("is required with input schema 'CustomEventSchema'", mapping_path);
  }
}

// Members of the envelope that make no difference here; what would make one is refused.
void read_envelope(Members& members) {
  members.ignore({"id", "name", "type", "systemData", "etag"});
  if (const auto* identity = members.object("identity")) {
    Members inner(*identity, "identity");
    word_of(inner, "type", {"None"});
    inner.ignore({"principalId", "tenantId", "userAssignedIdentities"});
    if (auto done = inner.finish(); !done) members.fail(done.error().message, done.error().target);
  }
}

// `sku`, `kind` and `extendedLocation` are of earlier previews, which some clients still write.
void read_preview_members(Members& members) {
  if (const auto* sku = members.object("sku")) {
    Members inner(*sku, "sku");
    word_of(inner, "name", {"Basic"});
    if (auto done = inner.finish(); !done) members.fail(done.error().message, done.error().target);
  }
  word_of(members, "kind", {"Azure"});
  members.ignore({"extendedLocation"});
}

json::Value tags_of(const grid::Topic& topic) {
  auto tags = json::Value::object();
  for (const auto& [name, value] : topic.tags) tags.set(name, value);
  return tags;
}

json::Value rules_of(const grid::Topic& topic) {
  auto rules = json::Value::array();
  for (const auto& mask : topic.inbound_ip_rules) {
    rules.push(json::Value::object({{"ipMask", mask}, {"action", "Allow"}}));
  }
  return rules;
}

std::string_view state_text(ShownAs shown) {
  if (shown == ShownAs::Creating) return "Creating";
  return shown == ShownAs::Updating ? "Updating" : "Succeeded";
}

json::Value properties_of(const grid::Topic& topic, std::string_view base_url, ShownAs shown) {
  auto out = json::Value::object({{"provisioningState", state_text(shown)}});
  if (shown == ShownAs::Creating)
    out.set("endpoint", nullptr);
  else
    out.set("endpoint", topic_endpoint(topic, base_url));
  out.set("inputSchema", grid::to_string(topic.input_schema));
  if (topic.input_schema == event::Schema::Custom) {
    out.set("inputSchemaMapping", grid::to_json(topic.mapping));
  }
  out.set("metricResourceId", topic.metric_resource_id);
  out.set("publicNetworkAccess", topic.public_network_access ? "Enabled" : "Disabled");
  if (!topic.inbound_ip_rules.empty()) out.set("inboundIpRules", rules_of(topic));
  out.set("disableLocalAuth", topic.disable_local_auth);
  if (!topic.data_residency_boundary.empty()) {
    out.set("dataResidencyBoundary", topic.data_residency_boundary);
  }
  return out;
}

}  // namespace

base::Result<grid::Topic> topic_from_put(const json::Value& body, const grid::Topic* existing) {
  Members members(body, "");
  grid::Topic topic;
  topic.location =
      members.text("location").value_or(existing != nullptr ? existing->location : topic.location);
  read_tags(members, topic);
  read_envelope(members);
  read_preview_members(members);
  const json::Value nothing = json::Value::object();
  const auto* inner = members.object("properties");
  Members properties(inner != nullptr ? *inner : nothing, "properties");
  read_changeable(properties, topic);
  read_input_schema(properties, topic, existing);
  if (auto done = members.finish(); !done) return done.error();
  if (auto done = properties.finish(); !done) return done.error();
  return topic;
}

base::Result<grid::Topic> topic_from_patch(const json::Value& body, const grid::Topic& existing) {
  Members members(body, "");
  grid::Topic topic = existing;
  read_tags(members, topic);
  read_envelope(members);
  if (const auto* inner = members.object("properties")) {
    Members properties(*inner, "properties");
    read_changeable(properties, topic);
    if (auto done = properties.finish(); !done) {
      auto error = done.error();
      if (error.target.starts_with("properties.inputSchema")) error.message = "cannot be changed";
      return error;
    }
  }
  if (auto done = members.finish(); !done) return done.error();
  return topic;
}

std::string topic_endpoint(const grid::Topic& topic, std::string_view base_url) {
  return std::string(base_url) + "/topics/" + topic.name + "/api/events";
}

json::Value topic_resource(const grid::Topic& topic, std::string_view base_url, ShownAs shown) {
  return json::Value::object({
      {"id", topic.arm_id()},
      {"name", topic.name},
      {"type", "Microsoft.EventGrid/topics"},
      {"location", topic.location},
      {"tags", tags_of(topic)},
      {"properties", properties_of(topic, base_url, shown)},
  });
}

}  // namespace fanfare::management
