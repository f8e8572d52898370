#pragma once
/// When a SAS token ends: the forms in which the SDK generations write it.
#include <chrono>
#include <optional>
#include <string_view>

namespace fanfare::auth {

/// Reads `1/2/2030 3:04:05 PM` (with or without ` +00:00` behind; narrow or ordinary space before
/// AM/PM) and `2030-01-02T15:04:05` (T or space, with or without fraction, with or without Z or
/// offset). Without an offset the time is UTC. Fractions of a second are cut. nullopt for anything
/// else.
std::optional<std::chrono::sys_seconds> parse_sas_expiry(std::string_view text);

}  // namespace fanfare::auth
