#pragma once
/// String tokens: their text, and tokens for a text.
#include <string>
#include <string_view>

namespace fanfare::json {

/// The text of a valid string token (quotes included) with its escapes resolved.
std::string unescape(std::string_view token);

/// Appends a quoted, escaped JSON string.
void append_string(std::string& out, std::string_view text);

}  // namespace fanfare::json
