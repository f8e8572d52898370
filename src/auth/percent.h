#pragma once
/// URL encoding of query values, as far as credentials need it.
#include <optional>
#include <string>
#include <string_view>

namespace fanfare::auth {

enum class PlusSign { Space, Itself };

/// nullopt when a percent sign starts no escape.
std::optional<std::string> percent_decode(std::string_view text, PlusSign plus);

/// Encodes everything but unreserved characters (RFC 3986), in upper-case hex.
std::string percent_encode(std::string_view text);

}  // namespace fanfare::auth
