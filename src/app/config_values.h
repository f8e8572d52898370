#pragma once
/// Readers of single values. Each answers nullopt for what it does not take; the table of keys
/// (config_keys.cc) says in words what that is.
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "app/config.h"
#include "app/config_yaml.h"

namespace fanfare::app {

/// Any scalar with text in it.
std::optional<std::string> read_text(const YamlNode& node);
/// `true`, `false`, `on`, `off`.
std::optional<bool> read_switch(const YamlNode& node);
/// A whole number from `low` to `high`.
std::optional<std::int64_t> read_integer(const YamlNode& node, std::int64_t low, std::int64_t high);
/// A decimal number from `low` to `high`.
std::optional<double> read_number(const YamlNode& node, double low, double high);
/// Bytes: `1536000`, `64 MiB`, `1MB`.
std::optional<std::uint64_t> read_bytes(const YamlNode& node, std::uint64_t low,
                                        std::uint64_t high);
std::optional<base::Duration> read_duration(const YamlNode& node, base::Duration low,
                                            base::Duration high);
/// `ADDRESS:PORT`, `[IPV6]:PORT`, `localhost:PORT` or `PORT`.
std::optional<ListenAddress> read_listen_address(const YamlNode& node);
/// A host name, a name with `*.` in front, or an address literal.
std::optional<std::string> read_host(const YamlNode& node);

/// `127.0.0.1:4880`, `[::1]:4880`.
std::string to_string(const ListenAddress& address);

/// The items of a sequence; a scalar counts as a list of one, split at commas when it comes from
/// outside a file (node.line is 0).
std::vector<YamlNode> read_items(const YamlNode& node);

}  // namespace fanfare::app
