#include <unistd.h>

#include <algorithm>

#include "app/config.h"
#include "base/bytes.h"

namespace fanfare::app {
namespace {

constexpr std::string_view kPrefix = "FANFARE_";

/// Of the client commands, of the build script, and of Kubernetes' service links.
bool meant_for_others(std::string_view name) {
  for (const auto other : {"SERVER", "CA", "OUTPUT", "CONFIG", "JOBS", "BINARY", "PORT"}) {
    if (name == other) return true;
  }
  return name.starts_with("PORT_") || name.starts_with("SERVICE_");
}

/// `WEBHOOKS__ALLOW_HTTP` to `webhooks.allow_http`.
std::string key_of(std::string_view name) {
  std::string key = base::ascii_lower(name);
  for (auto at = key.find("__"); at != std::string::npos; at = key.find("__", at + 1)) {
    key.replace(at, 2, ".");
  }
  return key;
}

}  // namespace

std::vector<Override> overrides_from(const std::vector<std::string>& variables) {
  std::vector<Override> out;
  for (const std::string_view variable : variables) {
    const auto equals = variable.find('=');
    if (!variable.starts_with(kPrefix) || equals == std::string_view::npos) continue;
    const auto name = variable.substr(kPrefix.size(), equals - kPrefix.size());
    if (meant_for_others(name) || equals + 1 == variable.size()) continue;
    out.push_back(Override{.key = key_of(name),
                           .value = std::string(variable.substr(equals + 1)),
                           .where = std::string(variable.substr(0, equals))});
  }
  std::ranges::sort(out, {}, &Override::key);
  return out;
}

std::vector<Override> overrides_from_environment() {
  std::vector<std::string> variables;
  for (char** entry = environ; *entry != nullptr; ++entry) variables.emplace_back(*entry);
  return overrides_from(variables);
}

}  // namespace fanfare::app
