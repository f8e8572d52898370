#include <unordered_set>

#include "json/index.h"
#include "json/text.h"
#include "json/value.h"

namespace fanfare::json {

namespace {

/// Up to this many members a linear search for repeated names is the cheapest.
constexpr std::size_t kSmallObject = 16;

/// Builds the tree; knows the path to where it is, for the message about a repeated name.
class Builder {
 public:
  base::Result<Value> build(Node node) {
    if (node.is_object()) return object(node);
    if (node.is_array()) return array(node);
    if (node.is_string()) return Value(unescape(node.raw()));
    if (node.is_number()) return Value(Value::Number{std::string(node.raw())});
    if (node.is_bool()) return Value(node.first() == 't');
    return Value();
  }

 private:
  base::Result<Value> object(Node node) {
    Object members;
    std::unordered_set<std::string> seen;
    for (const MemberNode member : node.members()) {
      std::string name = unescape(member.name.raw());
      if (repeated(members, seen, name)) {
        return base::invalid("the member name occurs twice", path_ + separator() + name);
      }
      const std::size_t here = path_.size();
      path_ += separator() + name;
      auto value = build(member.value);
      if (!value) return value;
      path_.resize(here);
      members.emplace_back(std::move(name), std::move(*value));
    }
    return Value(std::move(members));
  }

  base::Result<Value> array(Node node) {
    Array items;
    for (const Node item : node.elements()) {
      const std::size_t here = path_.size();
      path_ += "[" + std::to_string(items.size()) + "]";
      auto value = build(item);
      if (!value) return value;
      path_.resize(here);
      items.push_back(std::move(*value));
    }
    return Value(std::move(items));
  }

  static bool repeated(const Object& members, std::unordered_set<std::string>& seen,
                       const std::string& name) {
    if (members.size() < kSmallObject) {
      for (const auto& member : members) {
        if (member.first == name) return true;
      }
      return false;
    }
    if (seen.empty()) {
      for (const auto& member : members) seen.insert(member.first);
    }
    return !seen.insert(name).second;
  }

  std::string separator() const { return path_.empty() ? "" : "."; }

  std::string path_;
};

}  // namespace

base::Result<Value> parse(std::string_view text, int depth_max) {
  Index index;
  if (auto built = index.build(text, depth_max); !built) return built.error();
  return Builder().build(index.root());
}

}  // namespace fanfare::json
