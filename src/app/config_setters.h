#pragma once
/// How the rows of the key tables set their values.
#include <initializer_list>
#include <optional>
#include <string_view>
#include <vector>

#include "app/config_values.h"
#include "app/config_yaml.h"
#include "base/result.h"

namespace fanfare::app {

/// The value is not among what the key's row allows.
inline base::Error not_allowed() { return base::invalid(""); }

template <class Target, class Value>
base::Result<void> set(Target& target, const std::optional<Value>& value) {
  if (!value) return not_allowed();
  target = static_cast<Target>(*value);
  return {};
}

template <class Item, class Read>
base::Result<void> set_list(std::vector<Item>& target, const YamlNode& node, Read read) {
  std::vector<Item> items;
  for (const auto& item : read_items(node)) {
    const auto value = read(item);
    if (!value) return not_allowed();
    items.push_back(static_cast<Item>(*value));
  }
  if (items.empty()) return not_allowed();
  target = std::move(items);
  return {};
}

template <class Word>
struct Choice {
  std::string_view name;
  Word word;
};

template <class Word>
base::Result<void> set_choice(Word& target, const YamlNode& node,
                              std::initializer_list<Choice<Word>> choices) {
  for (const auto& choice : choices) {
    if (node.kind != YamlNode::Kind::Scalar || node.text != choice.name) continue;
    target = choice.word;
    return {};
  }
  return not_allowed();
}

}  // namespace fanfare::app
