#pragma once
/// Reads one declared resource of the configuration file, member by member. Every reader complains
/// by itself and leaves the default.
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "app/config.h"
#include "app/config_keys.h"
#include "app/config_yaml.h"
#include "base/bytes.h"
#include "base/result.h"
#include "json/value.h"

namespace fanfare::app {

/// Called with the line, the dotted key and the message of each thing that is wrong.
using Complain = std::function<void(int line, const std::string& key, const std::string& message)>;

class DeclaredReader {
 public:
  /// All outlive it.
  DeclaredReader(const YamlNode& node, std::string key, const ConfigSource& source,
                 const Complain& complain)
      : node_(node), key_(std::move(key)), source_(source), complain_(complain) {}

  /// False, after a complaint, when the node is no group of settings. Complains of unknown names.
  bool is_group(const std::vector<std::string>& allowed) const;

  std::string name(std::string_view rule, bool (*valid)(std::string_view)) const;
  /// The resource group under `name`; `local` when there is none.
  std::string resource_group(std::string_view name) const;
  json::Value properties() const;
  /// Never repeats the value: it is a secret.
  std::optional<std::string> access_key(std::string_view name) const;
  std::optional<std::uint16_t> port() const;
  /// A text for which `valid` holds.
  std::optional<std::string> text(std::string_view name, std::string_view rule,
                                  bool (*valid)(std::string_view)) const;
  const YamlNode* list(std::string_view name) const;
  /// The event subscriptions in the list under `name`.
  std::vector<DeclaredSubscription> subscriptions(std::string_view name) const;

  /// Complains at the line of the member that `error` names by its path.
  void refuse_property(const base::Error& error) const;
  void complain(std::string_view name, const std::string& message) const;

  std::string where() const { return source_.at(node_.line); }
  const std::string& key() const { return key_; }
  int line() const { return node_.line; }

 private:
  int line_of(std::string_view path) const;
  void refuse(std::string_view name, const YamlNode& node, const std::string& value,
              std::string_view allowed) const;

  const YamlNode& node_;
  std::string key_;
  const ConfigSource& source_;
  const Complain& complain_;
};

/// `topics[2]`.
std::string indexed(std::string_view name, std::size_t index);

/// Complains when an earlier item has the same name, ignoring case.
template <class Declared>
void check_unique_name(const std::vector<Declared>& earlier, const Declared& item,
                       const DeclaredReader& reader) {
  for (const auto& other : earlier) {
    if (item.name.empty() || !base::ascii_iequals(other.name, item.name)) continue;
    reader.complain("name", "\"" + item.name + "\" is declared twice; first at " + other.where);
  }
}

/// `unknown setting "x"; did you mean "y"? Allowed in z: …`
std::string unknown_name(std::string_view what, const std::string& name, std::string_view section,
                         const std::vector<std::string>& allowed);

}  // namespace fanfare::app
