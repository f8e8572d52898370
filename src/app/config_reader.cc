#include "app/config_reader.h"

#include <algorithm>
#include <charconv>

#include "app/config_nearest.h"
#include "app/config_values.h"
#include "grid/subscription.h"
#include "grid/subscription_json.h"

namespace fanfare::app {
namespace {

const std::vector<std::string> kSubscriptionNames = {"name", "properties"};
constexpr std::string_view kSubscriptionNameRule = "3 to 64 letters, digits and hyphens";

/// 1 to 90 letters, digits, `-`, `_`, `.`, `(`, `)`, not ending with a dot: the rule of ARM.
bool valid_resource_group(std::string_view name) {
  const auto fits = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           std::string_view("-_.()").contains(c);
  };
  return !name.empty() && name.size() <= 90 && !name.ends_with('.') &&
         std::ranges::all_of(name, fits);
}

const YamlNode* child_of(const YamlNode& node, std::string_view step) {
  if (node.kind != YamlNode::Kind::Sequence) return node.find(step);
  std::size_t index = node.items.size();
  std::from_chars(step.data(), step.data() + step.size(), index);
  return index < node.items.size() ? &node.items[index] : nullptr;
}

DeclaredSubscription read_subscription(const DeclaredReader& reader) {
  DeclaredSubscription out;
  if (!reader.is_group(kSubscriptionNames)) return out;
  out.name = reader.name(kSubscriptionNameRule, grid::valid_subscription_name);
  out.properties = reader.properties();
  const auto parsed = grid::parse_subscription_properties(out.properties, "properties");
  if (!parsed) reader.refuse_property(parsed.error());
  out.where = reader.where();
  return out;
}

}  // namespace

bool DeclaredReader::is_group(const std::vector<std::string>& allowed) const {
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

std::string DeclaredReader::name(std::string_view rule, bool (*valid)(std::string_view)) const {
  const auto* node = node_.find("name");
  if (node == nullptr) {
    complain_(node_.line, key_ + ".name", "a name is required: " + std::string(rule));
    return {};
  }
  return text("name", rule, valid).value_or("");
}

std::optional<std::string> DeclaredReader::text(std::string_view name, std::string_view rule,
                                                bool (*valid)(std::string_view)) const {
  const auto* node = node_.find(name);
  if (node == nullptr) return std::nullopt;
  auto text = read_text(*node);
  if (text && valid(*text)) return text;
  refuse(name, *node, shown(*node), rule);
  return std::nullopt;
}

std::string DeclaredReader::resource_group(std::string_view name) const {
  return text(name, "1 to 90 letters, digits and -_.(), not ending with a dot",
              valid_resource_group)
      .value_or("local");
}

json::Value DeclaredReader::properties() const {
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

std::optional<std::string> DeclaredReader::access_key(std::string_view name) const {
  const auto* node = node_.find(name);
  if (node == nullptr) return std::nullopt;
  const auto text = read_text(*node);
  const auto bytes = text ? base::base64_decode(*text) : std::nullopt;
  if (bytes && bytes->size() >= 16 && bytes->size() <= 256) return *text;
  complain_(node->line, key_ + "." + std::string(name),
            "this value is not allowed; allowed: base64 of 16 to 256 bytes");
  return std::nullopt;
}

std::optional<std::uint16_t> DeclaredReader::port() const {
  const auto* node = node_.find("port");
  if (node == nullptr) return std::nullopt;
  const auto value = read_integer(*node, 1, 65535);
  if (value) return static_cast<std::uint16_t>(*value);
  refuse("port", *node, shown(*node), "a port from 1 to 65535");
  return std::nullopt;
}

const YamlNode* DeclaredReader::list(std::string_view name) const {
  const auto* node = node_.find(name);
  if (node == nullptr || node->kind == YamlNode::Kind::Null) return nullptr;
  if (node->kind == YamlNode::Kind::Sequence) return node;
  refuse(name, *node, shown(*node), "a list");
  return nullptr;
}

std::vector<DeclaredSubscription> DeclaredReader::subscriptions(std::string_view name) const {
  std::vector<DeclaredSubscription> out;
  const auto* items = list(name);
  if (items == nullptr) return out;
  for (std::size_t i = 0; i < items->items.size(); ++i) {
    const DeclaredReader reader(items->items[i], indexed(key_ + "." + std::string(name), i),
                                source_, complain_);
    auto item = read_subscription(reader);
    check_unique_name(out, item, reader);
    out.push_back(std::move(item));
  }
  return out;
}

void DeclaredReader::refuse_property(const base::Error& error) const {
  complain_(line_of(error.target), key_ + "." + error.target, error.message);
}

void DeclaredReader::complain(std::string_view name, const std::string& message) const {
  complain_(node_.line, key_ + "." + std::string(name), message);
}

/// The line of `properties.filter.advancedFilters[1].key`, or of as much of it as is there.
int DeclaredReader::line_of(std::string_view path) const {
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

void DeclaredReader::refuse(std::string_view name, const YamlNode& node, const std::string& value,
                            std::string_view allowed) const {
  complain_(node.line, key_ + "." + std::string(name),
            value + " is not allowed; allowed: " + std::string(allowed));
}

std::string indexed(std::string_view name, std::size_t index) {
  return std::string(name) + "[" + std::to_string(index) + "]";
}

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

}  // namespace fanfare::app
