#pragma once
/// A YAML document as a tree that knows its lines. The library behind it stays in config_yaml.cc.
/// Taken: YAML 1.2 block and flow style, one document. Refused: aliases and anchors (a small file
/// could grow without bound), tags other than `!`, names that are no plain text, a name set twice.
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "json/value.h"

namespace fanfare::app {

struct YamlMember;

struct YamlNode {
  enum class Kind { Null, Scalar, Sequence, Map };
  Kind kind = Kind::Null;
  std::string text;             ///< of a scalar
  bool quoted = false;          ///< a scalar in quotes or block style: text, whatever it looks like
  int line = 0;                 ///< 1 for the first; 0 when it does not come from a file
  std::vector<YamlNode> items;  ///< of a sequence
  std::vector<YamlMember> members;  ///< of a map, in the order of the file

  const YamlNode* find(std::string_view name) const;
};

struct YamlMember {
  std::string name;
  int line = 0;
  YamlNode value;
};

inline constexpr std::size_t kYamlBytesMax = 1 << 20;
inline constexpr int kYamlDepthMax = 64;

/// An empty document is Null. Errors: InvalidArgument, `name:line: what is wrong`.
base::Result<YamlNode> parse_yaml(std::string_view text, const std::string& name);

/// By YAML's core schema: plain `true`, `12`, `1.5` and `null` (or nothing) are what they look
/// like, everything else and everything in quotes is text. Numbers keep their digits. Errors:
/// InvalidArgument for what JSON does not have (.inf, .nan); target is the line.
base::Result<json::Value> to_json(const YamlNode& node);

}  // namespace fanfare::app
