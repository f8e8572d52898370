#pragma once
/// The `topics:` part of the configuration: resources that are made, or brought up to date, at
/// start. Their `properties` are the bodies of the management API and are checked by its code when
/// they are applied; here only what concerns the file itself is.
#include <functional>
#include <string>
#include <vector>

#include "app/config.h"
#include "app/config_keys.h"
#include "app/config_yaml.h"

namespace fanfare::app {

/// Called with the line, the dotted key and the message of each thing that is wrong.
using Complain = std::function<void(int line, const std::string& key, const std::string& message)>;

std::vector<DeclaredTopic> read_topics(const YamlNode& node, const ConfigSource& source,
                                       const Complain& complain);

/// `unknown setting "x"; did you mean "y"? Allowed in z: …`
std::string unknown_name(std::string_view what, const std::string& name, std::string_view section,
                         const std::vector<std::string>& allowed);

}  // namespace fanfare::app
