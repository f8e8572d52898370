/// Any bytes as a configuration file: read, or refused with a reason that names the file.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "app/config.h"
#include "app/config_yaml.h"
#include "json/value.h"

namespace {

using namespace fanfare;

void require(bool condition) {
  if (!condition) std::abort();
}

/// What YAML became is JSON that reads back as the same value.
void check_json(const app::YamlNode& tree) {
  const auto value = app::to_json(tree);
  if (!value) return require(!value.error().message.empty());
  const auto again = json::parse(json::write(*value), app::kYamlDepthMax + 1);
  // A text that is no UTF-8 cannot be read back, nor can it reach a listener.
  if (again) require(*again == *value);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto tree = app::parse_yaml(text, "fuzz.yaml");
  if (tree) {
    check_json(*tree);
  } else {
    require(tree.error().message.starts_with("fuzz.yaml:"));
  }
  const auto config = app::parse_config(text, "fuzz.yaml", "/nonexistent", {});
  if (!config) {
    require(!config.error().message.empty());
  } else {
    require(tree.has_value());
    require(app::loopback_only(*config) || config->management_key.has_value());
  }
  return 0;
}
