#include "app/config_values.h"

#include <asio/ip/address.hpp>
#include <charconv>
#include <cmath>

#include "base/bytes.h"

namespace fanfare::app {
namespace {

std::string_view trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

template <class Number>
std::optional<Number> number_of(std::string_view text) {
  Number value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

bool is_host_name(std::string_view text) {
  if (text.starts_with("*.")) text.remove_prefix(2);
  if (text.empty() || text.size() > 253) return false;
  std::size_t label = 0;
  for (const char c : text) {
    const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    if (c == '.' && label == 0) return false;
    if (c != '.' && !letter && c != '-' && c != '_') return false;
    label = c == '.' ? 0 : label + 1;
    if (label > 63) return false;
  }
  return label > 0;
}

bool is_address(std::string_view text) {
  asio::error_code error;
  asio::ip::make_address(std::string(text), error);
  return !error;
}

}  // namespace

std::optional<std::string> read_text(const YamlNode& node) {
  if (node.kind != YamlNode::Kind::Scalar || node.text.empty()) return std::nullopt;
  return node.text;
}

std::optional<bool> read_switch(const YamlNode& node) {
  if (node.kind != YamlNode::Kind::Scalar) return std::nullopt;
  const auto word = base::ascii_lower(node.text);
  if (word == "true" || word == "on") return true;
  if (word == "false" || word == "off") return false;
  return std::nullopt;
}

std::optional<std::int64_t> read_integer(const YamlNode& node, std::int64_t low,
                                         std::int64_t high) {
  if (node.kind != YamlNode::Kind::Scalar) return std::nullopt;
  const auto value = number_of<std::int64_t>(node.text);
  if (!value || *value < low || *value > high) return std::nullopt;
  return value;
}

std::optional<double> read_number(const YamlNode& node, double low, double high) {
  if (node.kind != YamlNode::Kind::Scalar) return std::nullopt;
  const auto value = number_of<double>(node.text);
  if (!value || !(*value >= low && *value <= high)) return std::nullopt;
  return value;
}

std::optional<std::uint64_t> read_bytes(const YamlNode& node, std::uint64_t low,
                                        std::uint64_t high) {
  struct Unit {
    std::string_view name;
    std::uint64_t bytes;
  };
  static constexpr Unit kUnits[] = {
      {"", 1},          {"B", 1},         {"kB", 1000},    {"MB", 1000'000}, {"GB", 1000'000'000},
      {"KiB", 1 << 10}, {"MiB", 1 << 20}, {"GiB", 1 << 30}};
  if (node.kind != YamlNode::Kind::Scalar) return std::nullopt;
  const std::string_view text = node.text;
  const auto digits = std::min(text.find_first_not_of("0123456789"), text.size());
  const auto count = number_of<std::uint64_t>(text.substr(0, digits));
  const auto unit_name = trimmed(text.substr(digits));
  for (const auto& unit : kUnits) {
    if (!count || unit.name != unit_name || *count > high / unit.bytes) continue;
    if (*count * unit.bytes >= low) return *count * unit.bytes;
  }
  return std::nullopt;
}

std::optional<base::Duration> read_duration(const YamlNode& node, base::Duration low,
                                            base::Duration high) {
  if (node.kind != YamlNode::Kind::Scalar) return std::nullopt;
  const auto value = node.text == "0" ? base::Result<base::Duration>(base::Duration::zero())
                                      : base::parse_duration(node.text);
  if (!value || *value < low || *value > high) return std::nullopt;
  return *value;
}

std::optional<ListenAddress> read_listen_address(const YamlNode& node) {
  if (node.kind != YamlNode::Kind::Scalar) return std::nullopt;
  const std::string_view text = node.text;
  const auto colon = text.rfind(':');
  const auto port =
      number_of<std::uint16_t>(colon == std::string_view::npos ? text : text.substr(colon + 1));
  if (!port) return std::nullopt;
  ListenAddress out{.port = *port};
  if (colon == std::string_view::npos) return out;
  auto address = text.substr(0, colon);
  const bool bracketed = address.starts_with('[') && address.ends_with(']') && address.size() > 2;
  if (bracketed) address = address.substr(1, address.size() - 2);
  if (!bracketed && address.contains(':')) return std::nullopt;
  if (address == "localhost") return out;
  if (!is_address(address)) return std::nullopt;
  out.address = std::string(address);
  return out;
}

std::optional<std::string> read_host(const YamlNode& node) {
  if (node.kind != YamlNode::Kind::Scalar) return std::nullopt;
  if (!is_host_name(node.text) && !is_address(node.text)) return std::nullopt;
  return base::ascii_lower(node.text);
}

std::string to_string(const ListenAddress& address) {
  const bool v6 = address.address.contains(':');
  return (v6 ? "[" + address.address + "]" : address.address) + ":" + std::to_string(address.port);
}

std::vector<YamlNode> read_items(const YamlNode& node) {
  if (node.kind == YamlNode::Kind::Sequence) return node.items;
  if (node.kind == YamlNode::Kind::Null) return {};
  if (node.line != 0 || node.kind != YamlNode::Kind::Scalar) return {node};
  std::vector<YamlNode> out;
  std::string_view rest = node.text;
  while (true) {
    const auto comma = std::min(rest.find(','), rest.size());
    YamlNode item = node;
    item.text = std::string(trimmed(rest.substr(0, comma)));
    out.push_back(std::move(item));
    if (comma == rest.size()) return out;
    rest.remove_prefix(comma + 1);
  }
}

}  // namespace fanfare::app
