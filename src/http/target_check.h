#pragma once
/// Whether a request target may be routed: its form, its characters, and that its path means the
/// same before and after decoding.
#include <string_view>

namespace fanfare::http {

/// `path` begins with a slash and has no query. Refused: characters outside RFC 3986's, malformed
/// escapes, encoded control bytes or invalid UTF-8, and `.` or `..` segments in any spelling.
bool is_routable_path(std::string_view path);

/// Visible ASCII but '#'. Escapes are not judged here: clients send unescaped values.
bool is_query(std::string_view query);

bool is_utf8(std::string_view text);

}  // namespace fanfare::http
