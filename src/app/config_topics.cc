#include "app/config_topics.h"

#include "app/config_reader.h"
#include "base/bytes.h"
#include "grid/topic.h"
#include "management/topic_resource.h"

namespace fanfare::app {
namespace {

const std::vector<std::string> kTopicNames = {"name", "resourceGroup", "properties",        "key1",
                                              "key2", "port",          "eventSubscriptions"};

constexpr std::string_view kTopicNameRule =
    "3 to 50 letters, digits and hyphens, not beginning with Microsoft, EventGrid or System";

DeclaredTopic read_topic(const DeclaredReader& reader) {
  DeclaredTopic out;
  if (!reader.is_group(kTopicNames)) return out;
  out.name = reader.name(kTopicNameRule, grid::valid_topic_name);
  out.resource_group = reader.resource_group("resourceGroup");
  out.properties = reader.properties();
  const auto body = json::Value::object({{"properties", out.properties}});
  const auto parsed = management::topic_from_put(body, nullptr);
  if (!parsed) reader.refuse_property(parsed.error());
  out.key1 = reader.access_key("key1");
  out.key2 = reader.access_key("key2");
  out.port = reader.port();
  out.where = reader.where();
  out.subscriptions = reader.subscriptions("eventSubscriptions");
  return out;
}

}  // namespace

std::vector<DeclaredTopic> read_topics(const YamlNode& node, const ConfigSource& source,
                                       const Complain& complain) {
  std::vector<DeclaredTopic> out;
  if (node.kind == YamlNode::Kind::Null) return out;
  if (node.kind != YamlNode::Kind::Sequence) {
    complain(node.line, "topics", shown(node) + " is not allowed; allowed: a list of topics");
    return out;
  }
  for (std::size_t i = 0; i < node.items.size(); ++i) {
    const DeclaredReader reader(node.items[i], indexed("topics", i), source, complain);
    auto topic = read_topic(reader);
    check_unique_name(out, topic, reader);
    for (const auto& other : out) {
      if (!topic.port || other.port != topic.port) continue;
      reader.complain("port", "the port of another topic; see " + other.where);
    }
    out.push_back(std::move(topic));
  }
  return out;
}

}  // namespace fanfare::app
