#pragma once
/// The rows of the table of keys that concern the communication services.
#include <span>

#include "app/config_keys.h"

namespace fanfare::app {

std::span<const ConfigKey> communication_keys();

}  // namespace fanfare::app
