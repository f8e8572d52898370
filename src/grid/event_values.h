#pragma once
/// The values that the filters of a topic compare, found in one event: each at most once, those in
/// `data` all in one pass. Keys and their meaning: the published event reference, event filtering.
#include <algorithm>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "event/attribute.h"
#include "event/event.h"
#include "json/decimal.h"
#include "json/index.h"

namespace fanfare::grid {

/// Names of members to be found below one object, as a tree: `data.a.b` and `data.a.c` share `a`.
/// Names match exactly or, when no member does, ignoring ASCII case; of repeated members the last
/// counts.
class PathTree {
 public:
  PathTree();

  /// The node of a path such as `a.b`; node 0 is the outermost value.
  std::uint32_t add(std::string_view path);
  std::size_t size() const { return nodes_.size(); }

  bool has_children(std::uint32_t node) const { return !nodes_[node].children.empty(); }

  /// Calls `report(child, exact)` for every child of `node` that `name` matches. `buffer` is
  /// scratch.
  template <class Report>
  void find(std::uint32_t node, std::string_view name, std::string& buffer, Report report) const {
    const Node& parent = nodes_[node];
    if (!parent.may_have(name.size())) return;
    fold_name(name, buffer);
    const auto similar = parent.children.find(std::string_view(buffer));
    if (similar == parent.children.end()) return;
    for (const std::uint32_t child : similar->second) report(child, nodes_[child].name == name);
  }

 private:
  struct NameHash {
    using is_transparent = void;
    std::size_t operator()(std::string_view name) const {
      return std::hash<std::string_view>()(name);
    }
  };
  struct Node {
    std::string name;
    /// By name in lower case.
    std::unordered_map<std::string, std::vector<std::uint32_t>, NameHash, std::equal_to<>> children;
    std::uint64_t lengths =
        0;  ///< bit n: a child's name has n bytes; the last bit stands for all above

    static std::uint64_t bit(std::size_t length) {
      return std::uint64_t{1} << std::min<std::size_t>(length, 63);
    }
    bool may_have(std::size_t length) const { return (lengths & bit(length)) != 0; }
  };
  static void fold_name(std::string_view name, std::string& out);
  std::uint32_t child(std::uint32_t parent, std::string_view name);

  std::vector<Node> nodes_;
};

/// The keys of all filters of a topic, numbered.
class KeyTable {
 public:
  /// The number of a key, the same for equal texts.
  std::uint32_t add(std::string_view key);
  std::size_t size() const { return keys_.size(); }

 private:
  friend class EventValues;
  /// What the key means in each schema; all empty when it means nothing there.
  struct Key {
    std::optional<event::Field> grid_field;
    std::optional<event::Field> cloud_field;
    std::optional<event::Field> cloud_alias;  ///< a name of 2018, when no extension has it
    std::string extension;
    std::optional<std::uint32_t> data_node;
  };
  static Key parse(std::string_view text, PathTree& tree);

  std::vector<Key> keys_;
  std::unordered_map<std::string, std::uint32_t> numbers_;
  PathTree tree_;
};

/// One value as filters see it.
class FilterValue {
 public:
  bool missing() const { return raw_.empty() || raw_.front() == 'n'; }
  bool is_array() const { return raw_.starts_with('['); }
  bool is_number() const {
    return raw_.front() == '-' || (raw_.front() >= '0' && raw_.front() <= '9');
  }
  bool is_bool() const { return raw_.front() == 't' || raw_.front() == 'f'; }
  bool is_true() const { return raw_.front() == 't'; }
  /// Strings, and numbers of extension attributes, which senders of strings write too.
  bool is_text() const { return raw_.front() == '"' || (extension_ && is_number()); }

  event::RawJson raw() const { return raw_; }
  json::Node node() const { return node_; }  ///< set for values within data
  std::string_view folded_text();            ///< in upper case; computed once
  const json::Decimal& number();

 private:
  friend class EventValues;
  void set(event::RawJson raw, json::Node node = {}, bool extension = false);

  event::RawJson raw_;
  json::Node node_;
  bool extension_ = false;
  bool folded_ready_ = false;
  bool number_ready_ = false;
  std::string folded_;
  json::Decimal number_;
  std::uint64_t event_ = 0;  ///< the event it was found in
};

/// Scratch memory of one thread. Values live until the next reset().
class EventValues {
 public:
  /// Looks at `event` from now on. `topic` is the token of its source when the event names none.
  void reset(const KeyTable& keys, const event::Event& event, event::RawJson topic);

  FilterValue& get(std::uint32_t key);
  /// A value of its own for an element of an array; one at a time.
  FilterValue& element(json::Node node);

 private:
  void find(const KeyTable::Key& key, FilterValue& value);
  void find_in_cloud_event(const KeyTable::Key& key, FilterValue& value);
  void read_data();
  void descend(std::uint32_t tree_node, json::Node value);

  /// What a tree node matched in this event.
  struct Match {
    std::uint64_t event = 0;
    json::Node exact;
    json::Node similar;
  };

  const KeyTable* keys_ = nullptr;
  const event::Event* event_ = nullptr;
  event::RawJson topic_;
  std::uint64_t count_ = 0;  ///< of events; tells fresh entries from those of earlier events
  std::vector<FilterValue> values_;
  FilterValue element_;
  bool data_read_ = false;
  json::Index index_;
  std::vector<Match> matches_;
  std::vector<std::uint32_t> found_;  ///< tree nodes to go on below, of all levels
  std::string name_;
  std::string folded_name_;
};

}  // namespace fanfare::grid
