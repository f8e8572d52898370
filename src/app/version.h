#pragma once
#include <string_view>

namespace fanfare::app {

inline constexpr std::string_view kVersion = FANFARE_VERSION;

}  // namespace fanfare::app
