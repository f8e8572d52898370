#include "app/config_topics.h"

#include <algorithm>
#include <charconv>

#include "app/config_nearest.h"
#include "app/config_values.h"
#include "base/bytes.h"
#include "grid/subscription.h"
#include "grid/subscription_json.h"
#include "grid/topic.h"
#include "management/topic_resource.h"

namespace fanfare::app {
namespace {

const std::vector<std::string> kTopicNames = {"name", "resourceGroup", "properties",        "key1",
                                              "key2", "port",          "eventSubscriptions"};
const std::vector<std::string> kSubscriptionNames = {"name", "properties"};

constexpr std::string_view kTopicNameRule =
    "3 to 50 letters, digits and hyphens, not beginning with Microsoft, EventGrid or System";
constexpr std::string_view kSubscriptionNameRule = "3 to 64 letters, digits and hyphens";

bool same_name(std::string_view a, std::string_view b) { return base::ascii_iequals(a, b); }

/// 1 to 90 letters, digits, `-`, `_`, `.`, `(`, `)`, not ending with a dot: the rule of ARM.
bool valid_resource_group(std::string_view name) {
  const auto fits = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           std::string_view("-_.()").contains(c);
  };
  return !name.empty() && name.size() <= 90 && !name.ends_with('.') &&
         std::ranges::all_of(name, fits);
}

/// Reads one declared resource; every reader complains by itself and leaves the default.
class Reader {
 public:
  Reader(const YamlNode& node, std::string key, const ConfigSource& source,
         const Complain& complain)
      : node_(node), key_(std::move(key)), source_(source), complain_(complain) {}

  /// False, after a complaint, when the node is no group of settings. Complains of unknown names.
  bool is_group(const std::vector<std::string>& allowed) const {
    if (node_.kind != YamlNode::Kind::Map) {
      complain_(node_.line, key_, "a group of settings is expected, with at least a name");
      return false;
    }
    for (const auto& member : node_.members) {
      if (std::ranges::find(allowed, member.name) != allowed.end()) continue;
      complain_(member.line, key_ + "." + member.name,
                unknown_name("setting", member.name, key_, allowed));
    }
    return true;
  }

  template <class Valid>
  std::string name(std::string_view rule, Valid valid) const {
    const auto* node = node_.find("name");
    if (node == nullptr) {
      complain_(node_.line, key_ + ".name", "a name is required: " + std::string(rule));
      return {};
    }
    const auto text = read_text(*node);
    if (text && valid(*text)) return *text;
    refuse("name", *node, shown(*node), rule);
    return {};
  }

  std::string resource_group() const {
    const auto* node = node_.find("resourceGroup");
    if (node == nullptr) return "local";
    const auto text = read_text(*node);
    if (text && valid_resource_group(*text)) return *text;
    refuse("resourceGroup", *node, shown(*node),
           "1 to 90 letters, digits and -_.(), not ending with a dot");
    return "local";
  }

  json::Value properties() const {
    const auto* node = node_.find("properties");
    if (node == nullptr || node->kind == YamlNode::Kind::Null) return json::Value::object();
    if (node->kind != YamlNode::Kind::Map) {
      refuse("properties", *node, shown(*node), "the properties of the management API's body");
      return json::Value::object();
    }
    auto value = to_json(*node);
    if (value) return std::move(*value);
    const int line = std::atoi(value.error().target.c_str());
    complain_(line, key_ + ".properties", value.error().message);
    return json::Value::object();
  }

  /// Complains at the line of the member that `error` names by its path.
  void refuse_property(const base::Error& error) const {
    complain_(line_of(error.target), key_ + "." + error.target, error.message);
  }

  /// Never repeats the value: it is a secret.
  std::optional<std::string> access_key(std::string_view name) const {
    const auto* node = node_.find(name);
    if (node == nullptr) return std::nullopt;
    const auto text = read_text(*node);
    const auto bytes = text ? base::base64_decode(*text) : std::nullopt;
    if (bytes && bytes->size() >= 16 && bytes->size() <= 256) return *text;
    complain_(node->line, key_ + "." + std::string(name),
              "this value is not allowed; allowed: base64 of 16 to 256 bytes");
    return std::nullopt;
  }

  std::optional<std::uint16_t> port() const {
    const auto* node = node_.find("port");
    if (node == nullptr) return std::nullopt;
    const auto value = read_integer(*node, 1, 65535);
    if (value) return static_cast<std::uint16_t>(*value);
    refuse("port", *node, shown(*node), "a port from 1 to 65535");
    return std::nullopt;
  }

  const YamlNode* list(std::string_view name) const {
    const auto* node = node_.find(name);
    if (node == nullptr || node->kind == YamlNode::Kind::Null) return nullptr;
    if (node->kind == YamlNode::Kind::Sequence) return node;
    refuse(name, *node, shown(*node), "a list");
    return nullptr;
  }

  std::string where() const { return source_.at(node_.line); }

 private:
  /// The line of `properties.filter.advancedFilters[1].key`, or of as much of it as is there.
  int line_of(std::string_view path) const {
    const YamlNode* node = &node_;
    while (!path.empty()) {
      const auto end = std::min(path.find_first_of(".[]"), path.size());
      const auto step = path.substr(0, end);
      path.remove_prefix(std::min(end + 1, path.size()));
      if (step.empty()) continue;
      const auto* next = child_of(*node, step);
      if (next == nullptr) break;
      node = next;
    }
    return node->line;
  }

  static const YamlNode* child_of(const YamlNode& node, std::string_view step) {
    if (node.kind != YamlNode::Kind::Sequence) return node.find(step);
    std::size_t index = node.items.size();
    std::from_chars(step.data(), step.data() + step.size(), index);
    return index < node.items.size() ? &node.items[index] : nullptr;
  }

  void refuse(std::string_view name, const YamlNode& node, const std::string& value,
              std::string_view allowed) const {
    complain_(node.line, key_ + "." + std::string(name),
              value + " is not allowed; allowed: " + std::string(allowed));
  }

  const YamlNode& node_;
  std::string key_;
  const ConfigSource& source_;
  const Complain& complain_;
};

DeclaredSubscription read_subscription(const Reader& reader) {
  DeclaredSubscription out;
  if (!reader.is_group(kSubscriptionNames)) return out;
  out.name = reader.name(kSubscriptionNameRule, grid::valid_subscription_name);
  out.properties = reader.properties();
  const auto parsed = grid::parse_subscription_properties(out.properties, "properties");
  if (!parsed) reader.refuse_property(parsed.error());
  out.where = reader.where();
  return out;
}

std::string indexed(std::string_view name, std::size_t index) {
  return std::string(name) + "[" + std::to_string(index) + "]";
}

/// Complains when an earlier item has the same name.
template <class Declared>
void check_unique(const std::vector<Declared>& earlier, const Declared& item, int line,
                  const std::string& key, const Complain& complain) {
  for (const auto& other : earlier) {
    if (item.name.empty() || !same_name(other.name, item.name)) continue;
    complain(line, key + ".name",
             "\"" + item.name + "\" is declared twice; first at " + other.where);
  }
}

DeclaredTopic read_topic(const YamlNode& node, const std::string& key, const ConfigSource& source,
                         const Complain& complain) {
  const Reader reader(node, key, source, complain);
  DeclaredTopic out;
  if (!reader.is_group(kTopicNames)) return out;
  out.name = reader.name(kTopicNameRule, grid::valid_topic_name);
  out.resource_group = reader.resource_group();
  out.properties = reader.properties();
  const auto body = json::Value::object({{"properties", out.properties}});
  const auto parsed = management::topic_from_put(body, nullptr);
  if (!parsed) reader.refuse_property(parsed.error());
  out.key1 = reader.access_key("key1");
  out.key2 = reader.access_key("key2");
  out.port = reader.port();
  out.where = reader.where();
  const auto* list = reader.list("eventSubscriptions");
  if (list == nullptr) return out;
  for (std::size_t i = 0; i < list->items.size(); ++i) {
    const auto item_key = indexed(key + ".eventSubscriptions", i);
    auto item = read_subscription(Reader(list->items[i], item_key, source, complain));
    check_unique(out.subscriptions, item, list->items[i].line, item_key, complain);
    out.subscriptions.push_back(std::move(item));
  }
  return out;
}

}  // namespace

std::string unknown_name(std::string_view what, const std::string& name, std::string_view section,
                         const std::vector<std::string>& allowed) {
  std::string out = "unknown " + std::string(what) + " \"" + name + "\"";
  if (const auto near = nearest(name, allowed))
    out += "; did you mean \"" + *near + "\"?";
  else
    out += ".";
  out += section.empty() ? " Allowed here: " : " Allowed in " + std::string(section) + ": ";
  for (const auto& word : allowed) out += (&word == &allowed.front() ? "" : ", ") + word;
  return out;
}

std::vector<DeclaredTopic> read_topics(const YamlNode& node, const ConfigSource& source,
                                       const Complain& complain) {
  std::vector<DeclaredTopic> out;
  if (node.kind == YamlNode::Kind::Null) return out;
  if (node.kind != YamlNode::Kind::Sequence) {
    complain(node.line, "topics", shown(node) + " is not allowed; allowed: a list of topics");
    return out;
  }
  for (std::size_t i = 0; i < node.items.size(); ++i) {
    const auto key = indexed("topics", i);
    auto topic = read_topic(node.items[i], key, source, complain);
    check_unique(out, topic, node.items[i].line, key, complain);
    for (const auto& other : out) {
      if (!topic.port || other.port != topic.port) continue;
      complain(node.items[i].line, key + ".port", "the port of another topic; see " + other.where);
    }
    out.push_back(std::move(topic));
  }
  return out;
}

}  // namespace fanfare::app
