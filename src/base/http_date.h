#pragma once
/// Dates as HTTP and RFC 1123 write them: "Sun, 06 Nov 1994 08:49:37 GMT" (RFC 9110 section 5.6.7).
#include <optional>
#include <string>
#include <string_view>

#include "base/time.h"

namespace fanfare::base {

std::string format_http_date(TimePoint time);

/// Reads the three forms that recipients must accept. Fields of the day's name are not compared
/// with the date.
std::optional<TimePoint> parse_http_date(std::string_view text);

}  // namespace fanfare::base
