#include "communication/resource_json.h"

#include <array>
#include <cstdio>
#include <utility>

#include "json/value.h"

namespace fanfare::communication {

namespace {

json::Value tags_json(const Resource& resource) {
  auto tags = json::Value::object();
  for (const auto& [name, value] : resource.tags) tags.set(name, value);
  return tags;
}

std::string text_of(const json::Value& value, std::string_view name) {
  const auto* member = value.find(name);
  const auto* text = member == nullptr ? nullptr : member->if_string();
  return text == nullptr ? std::string() : *text;
}

std::uint32_t number_of(const json::Value& value, std::string_view name) {
  const auto* member = value.find(name);
  const auto number = member == nullptr ? std::nullopt : member->as_int();
  return number && *number > 0 && *number <= UINT32_MAX ? static_cast<std::uint32_t>(*number) : 0;
}

void read_tags(const json::Value& value, Resource& resource) {
  const auto* tags = value.find("tags");
  if (tags == nullptr || !tags->is_object()) return;
  for (const auto& [name, tag] : *tags->if_object()) {
    if (const auto* text = tag.if_string()) resource.tags.emplace_back(name, *text);
  }
}

base::Error corrupt(std::string what) {
  return base::Error{base::Errc::Corrupt, "stored communication resource: " + std::move(what), {}};
}

}  // namespace

std::string resource_key(ResourceId id) {
  std::array<char, 16> digits{};
  std::snprintf(digits.data(), digits.size(), "%010u", id.value);
  return std::string(kResourcePrefix) + digits.data();
}

std::string write_resource(const Resource& resource) {
  return json::write(json::Value::object({
      {"id", resource.id.value},
      {"subscriptionId", resource.subscription_id},
      {"resourceGroup", resource.resource_group},
      {"name", resource.name},
      {"immutableId", resource.immutable_id},
      {"dataLocation", resource.data_location},
      {"key1", resource.key1},
      {"key2", resource.key2},
      {"eventsRevision", to_string(resource.events_revision)},
      {"systemTopic", resource.system_topic.value},
      {"tags", tags_json(resource)},
  }));
}

base::Result<Resource> read_resource(std::string_view text) {
  const auto value = json::parse(text);
  if (!value) return corrupt(value.error().message);
  Resource resource;
  resource.id.value = number_of(*value, "id");
  resource.system_topic.value = number_of(*value, "systemTopic");
  if (resource.id.value == 0) return corrupt("id is missing or out of range");
  if (resource.system_topic.value == 0) return corrupt("systemTopic is missing or out of range");
  const auto revision = parse_events_revision(text_of(*value, "eventsRevision"));
  if (!revision) return corrupt("eventsRevision is unknown to this version");
  resource.events_revision = *revision;
  resource.subscription_id = text_of(*value, "subscriptionId");
  resource.resource_group = text_of(*value, "resourceGroup");
  resource.name = text_of(*value, "name");
  resource.immutable_id = text_of(*value, "immutableId");
  resource.data_location = text_of(*value, "dataLocation");
  resource.key1 = text_of(*value, "key1");
  resource.key2 = text_of(*value, "key2");
  read_tags(*value, resource);
  return resource;
}

}  // namespace fanfare::communication
