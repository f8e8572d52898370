#pragma once
/// Points in time and durations. All times are UTC, in nanoseconds since 1970; the wire uses RFC 3339.
#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace fanfare::base {

using Duration = std::chrono::nanoseconds;
using TimePoint = std::chrono::sys_time<Duration>;

using std::chrono::days;
using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

/// Reads an RFC 3339 timestamp (section 5.6). Up to nine fraction digits are kept, further ones cut.
/// A leap second (:60) reads as the second after. Result is UTC.
/// Errors: InvalidArgument with the reason.
Result<TimePoint> parse_rfc3339(std::string_view text);

/// Writes `2020-09-18T00:47:13.2342692Z`: seven fraction digits, as Event Grid stamps its times.
std::string format_rfc3339(TimePoint time);

/// Writes with a chosen number of fraction digits (0 to 9); 0 has no point.
std::string format_rfc3339(TimePoint time, int fraction_digits);

/// Reads durations as people write them: `500ms`, `10s`, `5m`, `12h`, `1d`, or several in a row (`1h30m`).
Result<Duration> parse_duration(std::string_view text);

}  // namespace fanfare::base
