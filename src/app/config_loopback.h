#pragma once
/// The scripts of the loopback carrier, as `sms.loopback.scripts` has them.
#include <vector>

#include "app/config_yaml.h"
#include "base/result.h"
#include "carrier/loopback/script.h"

namespace fanfare::app {

/// Errors: InvalidArgument; the message names the line and what is allowed there.
base::Result<std::vector<carrier::loopback::Script>> read_scripts(const YamlNode& node);

}  // namespace fanfare::app
