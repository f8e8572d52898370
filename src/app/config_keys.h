#pragma once
/// The table of everything that can be set. docs/configuration.md has the same rows for people, and
/// a test holds the two together. Adding a setting is adding a row here, a member in config.h and a
/// row there.
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "app/config.h"
#include "app/config_yaml.h"

namespace fanfare::app {

/// Where a value stands, and what relative paths in it start from.
struct ConfigSource {
  std::string name;              ///< `fanfare.yaml`, `--listen`, `FANFARE_LISTEN`
  std::filesystem::path folder;  ///< of the file; empty means the working directory

  /// `fanfare.yaml:3`, or the name alone when the value comes from no file.
  std::string at(int line) const;
  std::filesystem::path resolve(const std::string& path) const;
};

enum class Secrecy { Plain, Secret };

struct ConfigKey {
  std::string_view name;      ///< dotted: `webhooks.allow_http`
  std::string_view allowed;   ///< in words, for messages and the documentation
  std::string_view standard;  ///< the default, in words
  /// Sets the value. An error without a message means "not among what is allowed".
  base::Result<void> (*apply)(Config& config, const YamlNode& node, const ConfigSource& source);
  Secrecy secrecy = Secrecy::Plain;
};

std::span<const ConfigKey> config_keys();
const ConfigKey* find_config_key(std::string_view name);

/// Names one level below `section` ("" for the top), in the table's order; sections once, `topics`
/// and `communication` among them.
std::vector<std::string> config_names_in(std::string_view section);
bool is_config_section(std::string_view name);

/// The value as JSON text, cut to a readable length, for messages.
std::string shown(const YamlNode& node);

}  // namespace fanfare::app
