#include "base/http_date.h"

#include <array>
#include <cstdio>

namespace fanfare::base {

namespace {

constexpr std::array<std::string_view, 7> kDays = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
constexpr std::array<std::string_view, 12> kMonths = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                      "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

/// Reads pieces from the front of a text; after the first that does not fit, ok() stays false.
class Reader {
 public:
  explicit Reader(std::string_view text) : text_(text) {}

  void literal(std::string_view expected) {
    if (!text_.starts_with(expected)) return fail();
    text_.remove_prefix(expected.size());
  }

  unsigned number(std::size_t digits) {
    unsigned value = 0;
    if (text_.size() < digits) return fail(), 0;
    for (std::size_t i = 0; i < digits; ++i) {
      if (text_[i] < '0' || text_[i] > '9') return fail(), 0;
      value = value * 10 + static_cast<unsigned>(text_[i] - '0');
    }
    text_.remove_prefix(digits);
    return value;
  }

  unsigned month() {
    for (unsigned i = 0; i < kMonths.size(); ++i) {
      if (!text_.starts_with(kMonths[i])) continue;
      text_.remove_prefix(3);
      return i + 1;
    }
    return fail(), 1;
  }

  /// Skips up to and including the first `end`.
  void skip_through(char end) {
    const std::size_t at = text_.find(end);
    if (at == std::string_view::npos) return fail();
    text_.remove_prefix(at + 1);
  }

  bool starts_with(char c) const { return text_.starts_with(c); }
  bool ok() const { return ok_; }
  bool at_end() const { return text_.empty(); }

 private:
  void fail() {
    ok_ = false;
    text_ = {};
  }

  std::string_view text_;
  bool ok_ = true;
};

struct Fields {
  unsigned day = 0, month = 1, year = 0, hour = 0, minute = 0, second = 0;
};

void read_clock(Reader& in, Fields& out) {
  out.hour = in.number(2);
  in.literal(":");
  out.minute = in.number(2);
  in.literal(":");
  out.second = in.number(2);
}

std::optional<TimePoint> to_time(const Reader& in, const Fields& fields) {
  using namespace std::chrono;
  const year_month_day date{year(static_cast<int>(fields.year)), month(fields.month),
                            day(fields.day)};
  const bool valid = in.ok() && in.at_end() && date.ok() && fields.hour < 24 &&
                     fields.minute < 60 && fields.second <= 60 && fields.year < 2262;
  if (!valid) return std::nullopt;
  return TimePoint(sys_days(date)) + hours(fields.hour) + minutes(fields.minute) +
         seconds(fields.second);
}

/// "06 Nov 1994 08:49:37 GMT"
std::optional<TimePoint> parse_fixed(Reader in) {
  Fields fields;
  in.literal(" ");
  fields.day = in.number(2);
  in.literal(" ");
  fields.month = in.month();
  in.literal(" ");
  fields.year = in.number(4);
  in.literal(" ");
  read_clock(in, fields);
  in.literal(" GMT");
  return to_time(in, fields);
}

/// "06-Nov-94 08:49:37 GMT"; two digits mean 1970 to 2069.
std::optional<TimePoint> parse_rfc850(Reader in) {
  Fields fields;
  in.literal(" ");
  fields.day = in.number(2);
  in.literal("-");
  fields.month = in.month();
  in.literal("-");
  const unsigned year = in.number(2);
  fields.year = year < 70 ? 2000 + year : 1900 + year;
  in.literal(" ");
  read_clock(in, fields);
  in.literal(" GMT");
  return to_time(in, fields);
}

/// "Nov  6 08:49:37 1994"
std::optional<TimePoint> parse_asctime(Reader in) {
  Fields fields;
  fields.month = in.month();
  in.literal(" ");
  const bool padded = in.starts_with(' ');
  if (padded) in.literal(" ");
  fields.day = in.number(padded ? 1 : 2);
  in.literal(" ");
  read_clock(in, fields);
  in.literal(" ");
  fields.year = in.number(4);
  return to_time(in, fields);
}

}  // namespace

std::string format_http_date(TimePoint time) {
  using namespace std::chrono;
  const auto whole_days = floor<days>(time);
  const year_month_day date(whole_days);
  const hh_mm_ss clock(floor<seconds>(time - whole_days));
  std::array<char, 40> text;
  const int size = std::snprintf(
      text.data(), text.size(), "%s, %02u %s %04d %02d:%02d:%02d GMT",
      kDays[weekday(whole_days).c_encoding()].data(), static_cast<unsigned>(date.day()),
      kMonths[static_cast<unsigned>(date.month()) - 1].data(), static_cast<int>(date.year()),
      static_cast<int>(clock.hours().count()), static_cast<int>(clock.minutes().count()),
      static_cast<int>(clock.seconds().count()));
  return {text.data(), static_cast<std::size_t>(size)};
}

std::optional<TimePoint> parse_http_date(std::string_view text) {
  Reader in(text);
  const std::size_t comma = text.find(',');
  if (comma == std::string_view::npos) {
    in.skip_through(' ');
    return parse_asctime(in);
  }
  in.skip_through(',');
  return comma == 3 ? parse_fixed(in) : parse_rfc850(in);
}

}  // namespace fanfare::base
