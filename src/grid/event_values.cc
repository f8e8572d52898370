#include "grid/event_values.h"

#include <algorithm>

#include "base/bytes.h"
#include "event/envelope.h"
#include "event/extension.h"
#include "event/publish_body.h"
#include "grid/case_fold.h"
#include "json/text.h"

namespace fanfare::grid {

namespace {

using event::Field;

/// Keys of the first edition of CloudEvents filters.
std::optional<Field> cloud_alias(std::string_view name) {
  if (base::ascii_iequals(name, "eventid")) return Field::Id;
  if (base::ascii_iequals(name, "eventtype")) return Field::Type;
  return std::nullopt;
}

/// The time of an event is no key in the Event Grid schema.
std::optional<Field> grid_field(std::string_view name) {
  const auto field = event::find_field(event::Schema::EventGrid, name);
  return field == Field::Time ? std::nullopt : field;
}

bool has_escape(std::string_view token) { return token.find('\\') != std::string_view::npos; }

}  // namespace

PathTree::PathTree() : nodes_(1) {}

void PathTree::fold_name(std::string_view name, std::string& out) {
  out.assign(name);
  for (char& c : out) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + 32);
  }
}

std::uint32_t PathTree::child(std::uint32_t parent, std::string_view name) {
  nodes_[parent].lengths |= Node::bit(name.size());
  auto& similar = nodes_[parent].children[base::ascii_lower(name)];
  for (const std::uint32_t candidate : similar) {
    if (nodes_[candidate].name == name) return candidate;
  }
  const auto added = static_cast<std::uint32_t>(nodes_.size());
  similar.push_back(added);
  nodes_.emplace_back().name = name;
  return added;
}

std::uint32_t PathTree::add(std::string_view path) {
  std::uint32_t node = 0;
  for (;;) {
    const auto dot = path.find('.');
    node = child(node, path.substr(0, dot));
    if (dot == std::string_view::npos) return node;
    path.remove_prefix(dot + 1);
  }
}

KeyTable::Key KeyTable::parse(std::string_view text, PathTree& tree) {
  Key key;
  const auto dot = text.find('.');
  if (dot == std::string_view::npos) {
    key.grid_field = grid_field(text);
    key.cloud_field = event::find_field(event::Schema::CloudEvents, text);
    key.cloud_alias = cloud_alias(text);
    key.extension = base::ascii_lower(text);
    if (key.grid_field == Field::Data) key.data_node = 0;
  } else if (base::ascii_iequals(text.substr(0, dot), "data")) {
    key.data_node = tree.add(text.substr(dot + 1));
  }
  return key;
}

std::uint32_t KeyTable::add(std::string_view key) {
  const auto [entry, added] =
      numbers_.try_emplace(std::string(key), static_cast<std::uint32_t>(keys_.size()));
  if (added) keys_.push_back(parse(key, tree_));
  return entry->second;
}

void FilterValue::set(event::RawJson raw, json::Node node, bool extension) {
  raw_ = raw;
  node_ = node;
  extension_ = extension;
  folded_ready_ = false;
  number_ready_ = false;
}

std::string_view FilterValue::folded_text() {
  if (folded_ready_) return folded_;
  folded_ready_ = true;
  if (!raw_.starts_with('"')) {
    fold_case(raw_, folded_);
  } else if (has_escape(raw_)) {
    fold_case(json::unescape(raw_), folded_);
  } else {
    fold_case(raw_.substr(1, raw_.size() - 2), folded_);
  }
  return folded_;
}

const json::Decimal& FilterValue::number() {
  if (!number_ready_) number_ = json::read_decimal(raw_);
  number_ready_ = true;
  return number_;
}

void EventValues::reset(const KeyTable& keys, const event::Event& event, event::RawJson topic) {
  keys_ = &keys;
  event_ = &event;
  topic_ = topic;
  ++count_;
  data_read_ = false;
  if (values_.size() < keys.size()) values_.resize(keys.size());
  if (matches_.size() < keys.tree_.size()) matches_.resize(keys.tree_.size());
}

FilterValue& EventValues::get(std::uint32_t key) {
  FilterValue& value = values_[key];
  if (value.event_ != count_) {
    value.event_ = count_;
    find(keys_->keys_[key], value);
  }
  return value;
}

FilterValue& EventValues::element(json::Node node) {
  element_.set(node.raw());
  return element_;
}

void EventValues::find(const KeyTable::Key& key, FilterValue& value) {
  if (key.data_node) {
    if (!data_read_) read_data();
    const Match& match = matches_[*key.data_node];
    const json::Node node = match.event != count_ ? json::Node()
                            : match.exact         ? match.exact
                                                  : match.similar;
    return value.set(node ? node.raw() : event::RawJson(), node);
  }
  if (event_->schema == event::Schema::CloudEvents) return find_in_cloud_event(key, value);
  if (!key.grid_field) return value.set({});
  const auto raw = event::field_value(*event_, *key.grid_field);
  value.set(raw.empty() && key.grid_field == Field::Source ? topic_ : raw);
}

void EventValues::find_in_cloud_event(const KeyTable::Key& key, FilterValue& value) {
  if (key.cloud_field) return value.set(event::field_value(*event_, *key.cloud_field));
  if (const auto raw = event::find_extension(*event_, key.extension); !raw.empty())
    return value.set(raw, {}, true);
  value.set(key.cloud_alias ? event::field_value(*event_, *key.cloud_alias) : event::RawJson());
}

void EventValues::read_data() {
  data_read_ = true;
  if (event_->data.empty()) return;
  if (!index_.build(event_->data, event::kJsonDepthMax)) return;
  const json::Node root = index_.root();
  matches_[0] = {count_, root, {}};
  descend(0, root);
}

/// Finds the children of a tree node among an object's members, then goes on below those that were
/// found.
void EventValues::descend(std::uint32_t tree_node, json::Node value) {
  const PathTree& tree = keys_->tree_;
  if (!tree.has_children(tree_node) || !value.is_object()) return;
  const std::size_t first = found_.size();
  for (const json::MemberNode member : value.members()) {
    tree.find(tree_node, event::name_text(member.name, name_), folded_name_,
              [&](std::uint32_t child, bool exact) {
                Match& match = matches_[child];
                if (match.event != count_) {
                  match = {count_, {}, {}};
                  found_.push_back(child);
                }
                (exact ? match.exact : match.similar) = member.value;
              });
  }
  for (std::size_t i = first; i < found_.size(); ++i) {
    const Match match = matches_[found_[i]];
    descend(found_[i], match.exact ? match.exact : match.similar);
  }
  found_.resize(first);
}

}  // namespace fanfare::grid
