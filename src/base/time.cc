#include "base/time.h"

#include <array>
#include <optional>

namespace fanfare::base {

namespace {

/// A cursor over a timestamp; every read fails softly.
struct Scanner {
  std::string_view rest;

  std::optional<int> digits(std::size_t count) {
    if (rest.size() < count) return std::nullopt;
    int value = 0;
    for (std::size_t i = 0; i < count; ++i) {
      if (rest[i] < '0' || rest[i] > '9') return std::nullopt;
      value = value * 10 + (rest[i] - '0');
    }
    rest.remove_prefix(count);
    return value;
  }

  bool one_of(std::string_view allowed) {
    if (rest.empty() || allowed.find(rest.front()) == std::string_view::npos) return false;
    rest.remove_prefix(1);
    return true;
  }

  std::optional<Duration> fraction() {
    std::int64_t nanos = 0;
    std::size_t count = 0;
    while (!rest.empty() && rest.front() >= '0' && rest.front() <= '9') {
      if (count < 9) nanos = nanos * 10 + (rest.front() - '0');
      ++count;
      rest.remove_prefix(1);
    }
    if (count == 0) return std::nullopt;
    for (; count < 9; ++count) nanos *= 10;
    return Duration(nanos);
  }
};

constexpr std::chrono::sys_seconds start_of(int year) {
  return std::chrono::sys_days(std::chrono::year_month_day(
      std::chrono::year(year), std::chrono::January, std::chrono::day(1)));
}

constexpr auto kYearOne = start_of(1);
constexpr auto kYearTenThousand = start_of(10000);
constexpr auto kFirstYear = start_of(1678);
constexpr auto kBehindLastYear = start_of(2262);

Error bad_time(std::string_view why) {
  return invalid("not an RFC 3339 timestamp such as 2020-09-18T00:47:13.2342692Z: " +
                 std::string(why));
}

Result<seconds> parse_offset(Scanner& in) {
  if (in.one_of("Zz")) return seconds::zero();
  const bool negative = !in.rest.empty() && in.rest.front() == '-';
  if (!in.one_of("+-")) return bad_time("the offset (Z or +hh:mm) is missing");
  const auto hour = in.digits(2);
  const bool colon = in.one_of(":");
  const auto minute = colon ? in.digits(2) : std::nullopt;
  if (!hour || !minute || *hour > 23 || *minute > 59)
    return bad_time("the offset must be Z or +hh:mm");
  const seconds offset = hours(*hour) + minutes(*minute);
  return negative ? -offset : offset;
}

}  // namespace

Result<Timestamp> read_rfc3339(std::string_view text) {
  Scanner in{text};
  const auto year = in.digits(4);
  const auto month = year && in.one_of("-") ? in.digits(2) : std::nullopt;
  const auto day = month && in.one_of("-") ? in.digits(2) : std::nullopt;
  if (!day) return bad_time("the date must be yyyy-mm-dd");
  if (!in.one_of("Tt")) return bad_time("T must stand between date and time");
  const auto hour = in.digits(2);
  const auto minute = hour && in.one_of(":") ? in.digits(2) : std::nullopt;
  const auto second = minute && in.one_of(":") ? in.digits(2) : std::nullopt;
  if (!second) return bad_time("the time must be hh:mm:ss");

  const std::chrono::year_month_day date{std::chrono::year(*year),
                                         std::chrono::month(static_cast<unsigned>(*month)),
                                         std::chrono::day(static_cast<unsigned>(*day))};
  if (!date.ok()) return bad_time("there is no such day");
  if (*hour > 23 || *minute > 59 || *second > 60)
    return bad_time("hour, minute or second is out of range");
  Duration fraction{};
  if (in.one_of(".")) {
    const auto read = in.fraction();
    if (!read) return bad_time("digits must follow the decimal point");
    fraction = *read;
  }
  const auto offset = parse_offset(in);
  if (!offset) return offset.error();
  if (!in.rest.empty()) return bad_time("text follows the offset");
  const std::chrono::sys_seconds utc =
      std::chrono::sys_days(date) + hours(*hour) + minutes(*minute) + seconds(*second) - *offset;
  if (utc < kYearOne || utc >= kYearTenThousand)
    return bad_time("the year must lie between 1 and 9999, in UTC");
  if (*second == 60 && utc != std::chrono::floor<days>(utc))
    return bad_time("a leap second ends a UTC day");
  return Timestamp{utc, fraction};
}

Result<TimePoint> parse_rfc3339(std::string_view text) {
  const auto read = read_rfc3339(text);
  if (!read) return read.error();
  // Refused rather than wrapped: what 64-bit nanoseconds hold ends within 1677 and 2262.
  if (read->second < kFirstYear || read->second >= kBehindLastYear) {
    return bad_time("the year must lie between 1678 and 2261");
  }
  return TimePoint(read->second) + read->fraction;
}

std::string format_rfc3339(TimePoint time) { return format_rfc3339(time, 7); }

std::string format_rfc3339(TimePoint time, int fraction_digits) {
  const auto day = std::chrono::floor<days>(time);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss clock(time - day);
  const auto put = [](char* at, int count, std::int64_t value) {
    for (int i = count - 1; i >= 0; --i, value /= 10) at[i] = static_cast<char>('0' + value % 10);
  };
  std::string out = "0000-00-00T00:00:00";
  put(out.data(), 4, static_cast<int>(date.year()));
  put(out.data() + 5, 2, static_cast<unsigned>(date.month()));
  put(out.data() + 8, 2, static_cast<unsigned>(date.day()));
  put(out.data() + 11, 2, clock.hours().count());
  put(out.data() + 14, 2, clock.minutes().count());
  put(out.data() + 17, 2, clock.seconds().count());
  if (fraction_digits > 0) {
    std::array<char, 9> fraction;
    put(fraction.data(), 9, clock.subseconds().count());
    out.push_back('.');
    out.append(fraction.data(), static_cast<std::size_t>(fraction_digits));
  }
  out.push_back('Z');
  return out;
}

Result<Duration> parse_duration(std::string_view text) {
  struct Unit {
    std::string_view name;
    Duration length;
  };
  static constexpr std::array kUnits = {Unit{"ms", milliseconds(1)}, Unit{"s", seconds(1)},
                                        Unit{"m", minutes(1)}, Unit{"h", hours(1)},
                                        Unit{"d", days(1)}};
  const auto bad = [&] {
    return invalid("not a duration such as 500ms, 10s, 5m, 12h, 1d or 1h30m: " + std::string(text));
  };
  if (text.empty()) return bad();
  Duration total{};
  while (!text.empty()) {
    const auto digits = std::min(text.find_first_not_of("0123456789"), text.size());
    if (digits == 0 || digits > 9) return bad();
    std::int64_t count = 0;
    for (const char c : text.substr(0, digits)) count = count * 10 + (c - '0');
    text.remove_prefix(digits);
    const auto name = text.substr(0, std::min(text.find_first_of("0123456789"), text.size()));
    const Unit* found = nullptr;
    for (const auto& unit : kUnits) {
      if (unit.name == name) found = &unit;
    }
    if (found == nullptr || count > days(36500) / found->length) return bad();
    total += found->length * count;
    text.remove_prefix(name.size());
  }
  return total;
}

}  // namespace fanfare::base
