#pragma once
/// The `communication:` part of the configuration: communication resources that are made, or
/// brought up to date, at start.
#include <vector>

#include "app/config.h"
#include "app/config_reader.h"

namespace fanfare::app {

std::vector<DeclaredResource> read_communication(const YamlNode& node, const ConfigSource& source,
                                                 const Complain& complain);

}  // namespace fanfare::app
