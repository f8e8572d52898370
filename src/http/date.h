#pragma once
/// Dates as HTTP writes them: "Sun, 06 Nov 1994 08:49:37 GMT" (RFC 9110 section 5.6.7).
#include <optional>
#include <string>
#include <string_view>

#include "base/time.h"

namespace fanfare::http {

std::string format_http_date(base::TimePoint time);

/// Reads the three forms that recipients must accept.
std::optional<base::TimePoint> parse_http_date(std::string_view text);

/// The current date for a response, formatted once a second per thread.
std::string_view current_http_date();

}  // namespace fanfare::http
