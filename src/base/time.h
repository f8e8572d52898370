#pragma once
/// Points in time and durations. All times are UTC, in nanoseconds since 1970; the wire uses RFC
/// 3339.
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

/// A point in time of any year from 1 to 9999, in UTC; a TimePoint reaches only from 1678 to 2261.
struct Timestamp {
  std::chrono::sys_seconds second;
  Duration fraction{};  ///< 0 to 999,999,999 ns
};

/// Reads an RFC 3339 timestamp (section 5.6; T and Z in either case, no space for the T). Up to
/// nine fraction digits are kept, further ones cut. A leap second (:60, at the end of a UTC day
/// only) reads as the second after. Errors: InvalidArgument with the reason.
Result<Timestamp> read_rfc3339(std::string_view text);

/// The same as a TimePoint. Errors: also years that it cannot hold.
Result<TimePoint> parse_rfc3339(std::string_view text);

/// Writes `2020-09-18T00:47:13.2342692Z`: seven fraction digits, as Event Grid stamps its times.
std::string format_rfc3339(TimePoint time);

/// Writes with a chosen number of fraction digits (0 to 9); 0 has no point.
std::string format_rfc3339(TimePoint time, int fraction_digits);

/// Reads durations as people write them: `500ms`, `10s`, `5m`, `12h`, `1d`, or several in a row
/// (`1h30m`).
Result<Duration> parse_duration(std::string_view text);

}  // namespace fanfare::base
