#pragma once
/// The two access keys of a topic, base64 as clients hold them. An empty one never matches.
#include <array>
#include <string_view>

namespace fanfare::auth {

using KeyPair = std::array<std::string_view, 2>;

}  // namespace fanfare::auth
