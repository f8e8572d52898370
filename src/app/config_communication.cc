#include "app/config_communication.h"

#include "app/config_phone_numbers.h"
#include "communication/resources.h"
#include "management/arm.h"

namespace fanfare::app {
namespace {

const std::vector<std::string> kNames = {
    "name", "resource_group",  "immutable_id",        "key1",         "key2",
    "port", "events_revision", "event_subscriptions", "phone_numbers"};

constexpr std::string_view kNameRule =
    "1 to 63 letters, digits and hyphens, a hyphen neither first nor last";
constexpr std::string_view kRevisionRule = "2020-09-18, 2021-02-11, transitional or current";

bool is_revision(std::string_view text) {
  return communication::parse_events_revision(text).has_value();
}

DeclaredResource read_resource(const DeclaredReader& reader) {
  DeclaredResource out;
  if (!reader.is_group(kNames)) return out;
  out.name = reader.name(kNameRule, communication::valid_resource_name);
  out.resource_group = reader.resource_group("resource_group");
  out.immutable_id = reader.text("immutable_id", "a GUID", management::valid_subscription_id);
  out.key1 = reader.access_key("key1");
  out.key2 = reader.access_key("key2");
  out.port = reader.port();
  out.events_revision = reader.text("events_revision", kRevisionRule, is_revision);
  out.where = reader.where();
  out.subscriptions = reader.subscriptions("event_subscriptions");
  return out;
}

/// What no two resources may share.
void check_unique(const std::vector<DeclaredResource>& earlier, const DeclaredResource& resource,
                  const DeclaredReader& reader) {
  check_unique_name(earlier, resource, reader);
  for (const auto& other : earlier) {
    if (resource.port && other.port == resource.port) {
      reader.complain("port", "the port of another resource; see " + other.where);
    }
    if (resource.immutable_id && other.immutable_id &&
        base::ascii_iequals(*other.immutable_id, *resource.immutable_id)) {
      reader.complain("immutable_id", "the id of another resource; see " + other.where);
    }
  }
}

}  // namespace

std::vector<DeclaredResource> read_communication(const YamlNode& node, const ConfigSource& source,
                                                 const Complain& complain) {
  std::vector<DeclaredResource> out;
  if (node.kind == YamlNode::Kind::Null) return out;
  if (node.kind != YamlNode::Kind::Sequence) {
    complain(node.line, "communication",
             shown(node) + " is not allowed; allowed: a list of communication resources");
    return out;
  }
  for (std::size_t i = 0; i < node.items.size(); ++i) {
    const DeclaredReader reader(node.items[i], indexed("communication", i), source, complain);
    auto resource = read_resource(reader);
    if (const auto* list = reader.list("phone_numbers")) {
      resource.phone_numbers =
          read_phone_numbers(*list, reader.key() + ".phone_numbers", source, complain);
    }
    check_unique(out, resource, reader);
    out.push_back(std::move(resource));
  }
  return out;
}

}  // namespace fanfare::app
