#include "app/config_yaml.h"

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/mark.h>
#include <yaml-cpp/parser.h>

#include <algorithm>
#include <charconv>
#include <sstream>

namespace fanfare::app {
namespace {

/// Leaves the parser; caught in parse_yaml.
struct Refused {
  int line;
  std::string message;
};

/// Builds the tree from the parser's events, without recursion.
class TreeBuilder final : public YAML::EventHandler {
 public:
  YamlNode take() { return std::move(root_); }

  void OnDocumentStart(const YAML::Mark&) override {}
  void OnDocumentEnd() override {}

  void OnNull(const YAML::Mark& mark, YAML::anchor_t) override {
    add(YamlNode{.line = line_of(mark)});
  }
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t) override {
    throw Refused{line_of(mark), "aliases (*name) are not taken; write the value out"};
  }
  void OnAnchor(const YAML::Mark& mark, const std::string&) override {
    throw Refused{line_of(mark), "anchors (&name) are not taken; write the value out"};
  }

  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t,
                const std::string& value) override {
    check_tag(mark, tag);
    add(YamlNode{.kind = YamlNode::Kind::Scalar,
                 .text = value,
                 .quoted = tag == "!",
                 .line = line_of(mark)});
  }

  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t,
                       YAML::EmitterStyle::value) override {
    open(mark, tag, YamlNode::Kind::Sequence);
  }
  void OnSequenceEnd() override { open_.pop_back(); }

  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t,
                  YAML::EmitterStyle::value) override {
    open(mark, tag, YamlNode::Kind::Map);
  }
  void OnMapEnd() override { open_.pop_back(); }

 private:
  struct Level {
    YamlNode* node;
    bool wants_name;
  };

  static int line_of(const YAML::Mark& mark) { return mark.line + 1; }

  static void check_tag(const YAML::Mark& mark, const std::string& tag) {
    if (tag.empty() || tag == "?" || tag == "!") return;
    throw Refused{line_of(mark), "tags (" + tag + ") are not taken"};
  }

  void open(const YAML::Mark& mark, const std::string& tag, YamlNode::Kind kind) {
    check_tag(mark, tag);
    if (open_.size() >= static_cast<std::size_t>(kYamlDepthMax)) {
      throw Refused{line_of(mark), "nested too deeply"};
    }
    YamlNode* node = add(YamlNode{.kind = kind, .line = line_of(mark)});
    open_.push_back(Level{node, true});
  }

  /// Puts a node where the document is. The address holds until its own parent ends, since a
  /// parent grows only while none of its children is open.
  YamlNode* add(YamlNode node) {
    if (open_.empty()) {
      root_ = std::move(node);
      return &root_;
    }
    Level& level = open_.back();
    if (level.node->kind == YamlNode::Kind::Sequence) {
      return &level.node->items.emplace_back(std::move(node));
    }
    level.wants_name = !level.wants_name;
    if (level.wants_name) {
      YamlMember& member = level.node->members.back();
      if (node.kind == YamlNode::Kind::Null) node.line = member.line;  // its mark lies further on
      member.value = std::move(node);
      return &member.value;
    }
    add_name(*level.node, std::move(node));
    return nullptr;
  }

  static void add_name(YamlNode& map, YamlNode name) {
    if (name.kind != YamlNode::Kind::Scalar) {
      throw Refused{name.line, "the name of a setting must be plain text"};
    }
    for (const auto& member : map.members) {
      if (member.name != name.text) continue;
      throw Refused{name.line, "\"" + name.text + "\" is set twice; first on line " +
                                   std::to_string(member.line)};
    }
    map.members.push_back(YamlMember{.name = std::move(name.text), .line = name.line, .value = {}});
  }

  YamlNode root_;
  std::vector<Level> open_;
};

bool is_one_of(std::string_view text, std::initializer_list<std::string_view> words) {
  for (const auto word : words) {
    if (text == word) return true;
  }
  return false;
}

bool all_digits(std::string_view text) {
  return !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
}

/// Splits digits off the front.
std::string_view take_digits(std::string_view& text) {
  const auto end = std::min(text.find_first_not_of("0123456789"), text.size());
  const auto digits = text.substr(0, end);
  text.remove_prefix(end);
  return digits;
}

std::string without_leading_zeros(std::string_view digits) {
  const auto first = digits.find_first_not_of('0');
  return first == std::string_view::npos ? "0" : std::string(digits.substr(first));
}

/// A decimal number of the core schema in JSON's spelling, or nothing.
std::optional<std::string> json_number(std::string_view text) {
  std::string out;
  if (text.starts_with('-') || text.starts_with('+')) {
    if (text[0] == '-') out = "-";
    text.remove_prefix(1);
  }
  const auto whole = take_digits(text);
  out += without_leading_zeros(whole);
  std::string_view fraction;
  if (text.starts_with('.')) {
    text.remove_prefix(1);
    fraction = take_digits(text);
    out += '.';
    out += fraction.empty() ? "0" : fraction;
  }
  if (whole.empty() && fraction.empty()) return std::nullopt;
  if (text.empty()) return out;
  if (text[0] != 'e' && text[0] != 'E') return std::nullopt;
  text.remove_prefix(1);
  out += 'e';
  if (text.starts_with('-') || text.starts_with('+')) {
    out += text[0];
    text.remove_prefix(1);
  }
  if (!all_digits(text)) return std::nullopt;
  return out.append(text);
}

/// `0x1F` and `0o17`.
std::optional<std::string> other_base(std::string_view text) {
  int base = 0;
  if (text.starts_with("0x")) base = 16;
  if (text.starts_with("0o")) base = 8;
  if (base == 0) return std::nullopt;
  text.remove_prefix(2);
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, base);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return std::to_string(value);
}

base::Result<json::Value> scalar_to_json(const YamlNode& node) {
  const std::string_view text = node.text;
  if (node.quoted) return json::Value(text);
  if (is_one_of(text, {"null", "Null", "NULL", "~", ""})) return json::Value();
  if (is_one_of(text, {"true", "True", "TRUE"})) return json::Value(true);
  if (is_one_of(text, {"false", "False", "FALSE"})) return json::Value(false);
  const auto unsigned_text = text.substr(text.find_first_not_of("+-") == 1 ? 1 : 0);
  if (is_one_of(unsigned_text, {".inf", ".Inf", ".INF", ".nan", ".NaN", ".NAN"})) {
    return base::invalid("JSON has no such number: " + node.text, std::to_string(node.line));
  }
  if (auto number = other_base(text)) return json::Value(json::Value::Number{*number});
  if (auto number = json_number(text)) return json::Value(json::Value::Number{*number});
  return json::Value(text);
}

base::Error located(const std::string& name, int line, const std::string& message) {
  return base::invalid(name + ":" + std::to_string(line) + ": " + message, name);
}

}  // namespace

const YamlNode* YamlNode::find(std::string_view name) const {
  for (const auto& member : members) {
    if (member.name == name) return &member.value;
  }
  return nullptr;
}

base::Result<YamlNode> parse_yaml(std::string_view text, const std::string& name) {
  if (text.size() > kYamlBytesMax) return base::invalid(name + ": larger than 1 MiB", name);
  if (const auto zero = text.find('\0'); zero != std::string_view::npos) {
    const auto line = 1 + std::ranges::count(text.substr(0, zero), '\n');
    return located(name, static_cast<int>(line), "not a text file (it holds a zero byte)");
  }
  try {
    std::istringstream in{std::string(text)};
    YAML::Parser parser(in);
    TreeBuilder builder;
    if (!parser.HandleNextDocument(builder)) return YamlNode{};
    auto root = builder.take();
    TreeBuilder second;
    if (parser.HandleNextDocument(second)) {
      return located(name, second.take().line, "a second document begins; one is taken");
    }
    return root;
  } catch (const Refused& refused) {
    return located(name, refused.line, refused.message);
  } catch (const YAML::Exception& e) {
    return located(name, e.mark.line + 1, e.msg);
  }
}

base::Result<json::Value> to_json(const YamlNode& node) {
  switch (node.kind) {
    case YamlNode::Kind::Null:
      return json::Value();
    case YamlNode::Kind::Scalar:
      return scalar_to_json(node);
    case YamlNode::Kind::Sequence: {
      json::Array items;
      for (const auto& item : node.items) {
        auto value = to_json(item);
        if (!value) return value.error();
        items.push_back(std::move(*value));
      }
      return json::Value(std::move(items));
    }
    case YamlNode::Kind::Map:
      break;
  }
  json::Object members;
  for (const auto& member : node.members) {
    auto value = to_json(member.value);
    if (!value) return value.error();
    members.emplace_back(member.name, std::move(*value));
  }
  return json::Value(std::move(members));
}

}  // namespace fanfare::app
