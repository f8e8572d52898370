#pragma once
/// The `topics:` part of the configuration: resources that are made, or brought up to date, at
/// start. Their `properties` are the bodies of the management API and are checked by its code when
/// they are applied; here only what concerns the file itself is.
#include <vector>

#include "app/config.h"
#include "app/config_reader.h"

namespace fanfare::app {

std::vector<DeclaredTopic> read_topics(const YamlNode& node, const ConfigSource& source,
                                       const Complain& complain);

}  // namespace fanfare::app
