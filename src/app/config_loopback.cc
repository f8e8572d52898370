#include "app/config_loopback.h"

#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <utility>

#include "app/config_keys.h"
#include "app/config_values.h"

namespace fanfare::app {

namespace {

using carrier::Fate;
using carrier::loopback::Attempt;
using carrier::loopback::Script;

constexpr base::Duration kWaitMax = base::days(7);
constexpr std::int64_t kCodeMax = 9999;

base::Error wrong(const YamlNode& node, std::string_view name, std::string_view allowed) {
  return base::invalid("line " + std::to_string(node.line) + ": " + std::string(name) + ": " +
                       shown(node) + " is not allowed; allowed here: " + std::string(allowed));
}

base::Result<void> check_names(const YamlNode& node, std::initializer_list<std::string_view> names,
                               std::string_view what) {
  std::string all;
  for (const auto name : names) all.append(all.empty() ? "" : ", ").append(name);
  if (node.kind != YamlNode::Kind::Map) return wrong(node, what, "a group of " + all);
  for (const auto& member : node.members) {
    if (std::ranges::find(names, member.name) != names.end()) continue;
    return base::invalid("line " + std::to_string(member.line) + ": " + std::string(what) +
                         ": unknown setting \"" + member.name + "\"; allowed here: " + all);
  }
  return {};
}

/// Sets `target` when there is a member of that name.
template <class T, class Read>
base::Result<void> take(const YamlNode& node, std::string_view name, std::string_view allowed,
                        T& target, Read read) {
  const auto* value = node.find(name);
  if (value == nullptr) return {};
  const auto known = read(*value);
  if (!known) return wrong(*value, name, allowed);
  target = static_cast<T>(*known);
  return {};
}

std::optional<Fate> read_fate(const YamlNode& node) {
  static constexpr std::array kFates{std::pair{"delivered", Fate::Delivered},
                                     std::pair{"failed", Fate::Failed},
                                     std::pair{"expired", Fate::Expired}};
  for (const auto& [name, fate] : kFates) {
    if (node.kind == YamlNode::Kind::Scalar && node.text == name) return fate;
  }
  return std::nullopt;
}

std::optional<base::Duration> read_wait(const YamlNode& node) {
  return read_duration(node, base::Duration::zero(), kWaitMax);
}

std::optional<std::int64_t> read_code(const YamlNode& node) {
  return read_integer(node, 1, kCodeMax);
}

base::Result<Attempt> read_attempt(const YamlNode& node) {
  Attempt out;
  const auto names =
      check_names(node, {"after", "fate", "code", "detail", "segments_delivered"}, "attempts");
  if (!names) return names.error();
  for (const auto& read : {
           take(node, "after", "a duration from 0 to 7d", out.after, read_wait),
           take(node, "fate", "delivered, failed or expired", out.fate, read_fate),
           take(node, "code", "a whole number from 1 to 9999", out.code, read_code),
           take(node, "detail", "a text", out.detail, read_text),
           take(node, "segments_delivered", "a whole number from 0 to 255", out.segments_delivered,
                [](const YamlNode& value) { return read_integer(value, 0, 255); }),
       }) {
    if (!read) return read.error();
  }
  return out;
}

base::Result<void> read_attempts(const YamlNode& node, Script& out) {
  const auto* attempts = node.find("attempts");
  if (attempts == nullptr) return {};
  if (attempts->kind != YamlNode::Kind::Sequence) return wrong(*attempts, "attempts", "a list");
  for (const auto& item : attempts->items) {
    auto attempt = read_attempt(item);
    if (!attempt) return attempt.error();
    out.attempts.push_back(*std::move(attempt));
  }
  return {};
}

base::Result<void> read_refused(const YamlNode& node, Script& out) {
  const auto* refused = node.find("refused");
  if (refused == nullptr) return {};
  if (auto names = check_names(*refused, {"code", "detail"}, "refused"); !names) return names;
  carrier::Refused value{4003, "Refused by the carrier."};
  const auto code = take(*refused, "code", "a whole number from 1 to 9999", value.code, read_code);
  if (!code) return code;
  const auto detail = take(*refused, "detail", "a text", value.detail, read_text);
  if (!detail) return detail;
  out.refused = std::move(value);
  return {};
}

base::Result<Script> read_script(const YamlNode& node) {
  Script out;
  const auto names =
      check_names(node, {"prefix", "attempts", "refused", "share", "spread"}, "scripts");
  if (!names) return names.error();
  for (const auto& read : {
           take(node, "prefix", "the beginning of a number, such as \"+1555\"", out.prefix,
                read_text),
           take(node, "share", "a number from 0 to 1", out.share,
                [](const YamlNode& value) { return read_number(value, 0, 1); }),
           take(node, "spread", "a duration from 0 to 7d", out.spread, read_wait),
           read_attempts(node, out),
           read_refused(node, out),
       }) {
    if (!read) return read.error();
  }
  if (auto fine = carrier::loopback::check(out); !fine) {
    return base::invalid("line " + std::to_string(node.line) + ": " + fine.error().message);
  }
  return out;
}

}  // namespace

base::Result<std::vector<Script>> read_scripts(const YamlNode& node) {
  std::vector<Script> out;
  if (node.kind == YamlNode::Kind::Null) return out;
  if (node.kind != YamlNode::Kind::Sequence) return wrong(node, "scripts", "a list of scripts");
  for (const auto& item : node.items) {
    auto script = read_script(item);
    if (!script) return script.error();
    out.push_back(*std::move(script));
  }
  return out;
}

}  // namespace fanfare::app
