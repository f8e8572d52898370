#include "management/communication_resource.h"

#include <array>
#include <utility>
#include <vector>

#include "base/bytes.h"
#include "grid/members.h"

namespace fanfare::management {

namespace {

using communication::ResourceWish;
using grid::Members;

constexpr std::size_t kTagsMax = 50;
constexpr std::string_view kVersion = "1.0.0";

void read_tags(Members& members, ResourceWish& wish) {
  const auto* tags = members.object("tags");
  if (tags == nullptr) return;
  auto& out = wish.tags.emplace();
  for (const auto& [name, value] : *tags->if_object()) {
    if (const auto* text = value.if_string())
      out.emplace_back(name, *text);
    else
      members.fail("must be a string", "tags." + name);
  }
  if (out.size() > kTagsMax) members.fail("must not have more than 50 entries", "tags");
}

/// No identity of its own and no e-mail domains are offered; asking for none is fine.
void read_envelope(Members& members) {
  members.ignore({"id", "name", "type", "systemData", "etag"});
  if (const auto* identity = members.object("identity")) {
    Members inner(*identity, "identity");
    const auto type = inner.text("type");
    if (type && !base::ascii_iequals(*type, "None")) inner.fail("must be 'None'", "identity.type");
    inner.ignore({"principalId", "tenantId", "userAssignedIdentities"});
    if (auto done = inner.finish(); !done) members.fail(done.error().message, done.error().target);
  }
}

void read_domains(Members& properties) {
  const auto* domains = properties.array("linkedDomains");
  if (domains == nullptr || domains->empty()) return;
  properties.fail("must be empty: there is no e-mail here", properties.path_of("linkedDomains"));
}

/// Stored and in tokens without spaces and in lower case; shown as Azure writes it.
std::string stored_location(std::string_view shown) {
  auto out = base::ascii_lower(shown);
  std::erase(out, ' ');
  return out;
}

std::string shown_location(const std::string& stored) {
  constexpr std::array<std::string_view, 17> kLocations = {
      "Africa",      "Asia Pacific", "Australia", "Brazil",        "Canada", "Europe",
      "France",      "Germany",      "India",     "Japan",         "Korea",  "Norway",
      "Switzerland", "UAE",          "UK",        "United States", "usgov"};
  for (const auto location : kLocations) {
    if (stored_location(location) == stored) return std::string(location);
  }
  return stored;
}

json::Value tags_of(const communication::Resource& resource) {
  auto tags = json::Value::object();
  for (const auto& [name, value] : resource.tags) tags.set(name, value);
  return tags;
}

std::string host_of(std::string_view endpoint) {
  const auto begin = endpoint.find("://");
  if (begin != std::string_view::npos) endpoint.remove_prefix(begin + 3);
  while (endpoint.ends_with('/')) endpoint.remove_suffix(1);
  return std::string(endpoint);
}

std::string connection_string(std::string_view endpoint, const std::string& key) {
  return "endpoint=" + std::string(endpoint) + ";accesskey=" + key;
}

}  // namespace

base::Result<ResourceWish> communication_from_put(const json::Value& body) {
  Members members(body, "");
  ResourceWish wish;
  wish.tags.emplace();
  members.text("location");
  read_tags(members, wish);
  read_envelope(members);
  const auto* inner = members.object("properties");
  if (inner == nullptr) members.fail("is required", "properties");
  if (auto done = members.finish(); !done) return done.error();
  Members properties(*inner, "properties");
  if (const auto location = properties.text("dataLocation")) {
    wish.data_location = stored_location(*location);
  }
  if (!wish.data_location) properties.fail("is required", "properties.dataLocation");
  read_domains(properties);
  properties.ignore({"provisioningState", "hostName", "notificationHubId", "version",
                     "immutableResourceId", "publicNetworkAccess", "disableLocalAuth"});
  if (auto done = properties.finish(); !done) return done.error();
  return wish;
}

base::Result<ResourceWish> communication_from_patch(const json::Value& body) {
  Members members(body, "");
  ResourceWish wish;
  read_tags(members, wish);
  read_envelope(members);
  members.ignore({"location"});
  const auto* inner = members.object("properties");
  if (auto done = members.finish(); !done) return done.error();
  if (inner == nullptr) return wish;
  Members properties(*inner, "properties");
  read_domains(properties);
  if (auto done = properties.finish(); !done) return done.error();
  return wish;
}

json::Value communication_resource(const communication::Resource& resource,
                                   std::string_view endpoint) {
  return json::Value::object({
      {"id", resource.arm_id()},
      {"name", resource.name},
      {"type", "Microsoft.Communication/CommunicationServices"},
      {"location", "global"},
      {"tags", tags_of(resource)},
      {"properties", json::Value::object({
                         {"provisioningState", "Succeeded"},
                         {"hostName", host_of(endpoint)},
                         {"dataLocation", shown_location(resource.data_location)},
                         {"version", kVersion},
                         {"immutableResourceId", resource.immutable_id},
                         {"linkedDomains", json::Value::array()},
                     })},
  });
}

json::Value communication_keys(const communication::Resource& resource, std::string_view endpoint) {
  return json::Value::object({
      {"primaryKey", resource.key1},
      {"secondaryKey", resource.key2},
      {"primaryConnectionString", connection_string(endpoint, resource.key1)},
      {"secondaryConnectionString", connection_string(endpoint, resource.key2)},
  });
}

}  // namespace fanfare::management
