#include "auth/sas_expiry.h"

#include "base/bytes.h"

namespace fanfare::auth {

namespace {

using std::chrono::sys_seconds;

/// No-break spaces that some runtimes put before AM and PM, in UTF-8.
constexpr std::string_view kNarrowSpace = "\xE2\x80\xAF";
constexpr std::string_view kNoBreakSpace = "\xC2\xA0";

/// A cursor over the text; every read fails softly.
struct Scanner {
  std::string_view rest;

  std::optional<int> number(std::size_t digits_min, std::size_t digits_max) {
    int value = 0;
    std::size_t count = 0;
    while (count < digits_max && count < rest.size() && rest[count] >= '0' && rest[count] <= '9') {
      value = value * 10 + (rest[count++] - '0');
    }
    if (count < digits_min) return std::nullopt;
    rest.remove_prefix(count);
    return value;
  }

  bool skip(std::string_view text) {
    if (!rest.starts_with(text)) return false;
    rest.remove_prefix(text.size());
    return true;
  }

  bool skip_space() { return skip(" ") || skip(kNarrowSpace) || skip(kNoBreakSpace); }
};

struct Clock {
  int hour = 0;
  int minute = 0;
  int second = 0;
};

std::optional<sys_seconds> join(int year, int month, int day, const Clock& clock,
                                std::chrono::minutes offset) {
  const std::chrono::year_month_day date{std::chrono::year(year),
                                         std::chrono::month(static_cast<unsigned>(month)),
                                         std::chrono::day(static_cast<unsigned>(day))};
  if (!date.ok() || clock.hour > 23 || clock.minute > 59 || clock.second > 59) return std::nullopt;
  return std::chrono::sys_days(date) + std::chrono::hours(clock.hour) +
         std::chrono::minutes(clock.minute) + std::chrono::seconds(clock.second) - offset;
}

std::optional<Clock> read_clock(Scanner& in, std::size_t hour_digits_min) {
  const auto hour = in.number(hour_digits_min, 2);
  const auto minute = hour && in.skip(":") ? in.number(2, 2) : std::nullopt;
  const auto second = minute && in.skip(":") ? in.number(2, 2) : std::nullopt;
  if (!second) return std::nullopt;
  return Clock{*hour, *minute, *second};
}

/// `Z`, `+hh:mm`, `-hh:mm`, or nothing for UTC.
std::optional<std::chrono::minutes> read_offset(Scanner& in) {
  if (in.rest.empty() || in.skip("Z") || in.skip("z")) return std::chrono::minutes(0);
  const bool negative = in.skip("-");
  if (!negative && !in.skip("+")) return std::nullopt;
  const auto hour = in.number(2, 2);
  const auto minute = hour && in.skip(":") ? in.number(2, 2) : std::nullopt;
  if (!minute || *hour > 23 || *minute > 59) return std::nullopt;
  const auto offset = std::chrono::hours(*hour) + std::chrono::minutes(*minute);
  return negative ? -offset : offset;
}

/// 12 AM is midnight, 12 PM noon.
bool apply_half_day(Scanner& in, Clock& clock) {
  const auto half = in.rest.substr(0, 2);
  const bool morning = base::ascii_iequals(half, "AM");
  if (!morning && !base::ascii_iequals(half, "PM")) return false;
  if (clock.hour < 1 || clock.hour > 12) return false;
  in.rest.remove_prefix(2);
  clock.hour = clock.hour % 12 + (morning ? 0 : 12);
  return true;
}

std::optional<sys_seconds> parse_american(std::string_view text) {
  Scanner in{text};
  const auto month = in.number(1, 2);
  const auto day = month && in.skip("/") ? in.number(1, 2) : std::nullopt;
  const auto year = day && in.skip("/") ? in.number(4, 4) : std::nullopt;
  auto clock = year && in.skip_space() ? read_clock(in, 1) : std::nullopt;
  if (!clock || !in.skip_space() || !apply_half_day(in, *clock)) return std::nullopt;
  in.skip_space();
  const auto offset = read_offset(in);
  if (!offset || !in.rest.empty()) return std::nullopt;
  return join(*year, *month, *day, *clock, *offset);
}

std::optional<sys_seconds> parse_iso(std::string_view text) {
  Scanner in{text};
  const auto year = in.number(4, 4);
  const auto month = year && in.skip("-") ? in.number(2, 2) : std::nullopt;
  const auto day = month && in.skip("-") ? in.number(2, 2) : std::nullopt;
  const bool separated = day && (in.skip("T") || in.skip("t") || in.skip(" "));
  const auto clock = separated ? read_clock(in, 2) : std::nullopt;
  if (!clock) return std::nullopt;
  if (in.skip(".") && !in.number(1, 9)) return std::nullopt;
  const auto offset = read_offset(in);
  if (!offset || !in.rest.empty()) return std::nullopt;
  return join(*year, *month, *day, *clock, *offset);
}

}  // namespace

std::optional<sys_seconds> parse_sas_expiry(std::string_view text) {
  return text.find('/') != std::string_view::npos ? parse_american(text) : parse_iso(text);
}

}  // namespace fanfare::auth
