#include "base/time.h"

#include <gtest/gtest.h>

#include <array>
#include <cstdio>
#include <fstream>
#include <nlohmann/json.hpp>
#include <string>

namespace fanfare::base {
namespace {

/// With nine digits, whatever the year.
std::string utc_text(const Timestamp& time) {
  const auto day = std::chrono::floor<days>(time.second);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss clock(time.second - day);
  std::array<char, 64> out;
  const int size = std::snprintf(
      out.data(), out.size(), "%04d-%02u-%02uT%02d:%02d:%02d.%09dZ", static_cast<int>(date.year()),
      static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
      static_cast<int>(clock.hours().count()), static_cast<int>(clock.minutes().count()),
      static_cast<int>(clock.seconds().count()), static_cast<int>(time.fraction.count()));
  return {out.data(), static_cast<std::size_t>(size)};
}

/// What the list of timestamps leaves open: a real leap second and any number of fraction digits
/// are accepted; a space for the T, the year zero and what UTC moves out of the years 1 to 9999 are
/// refused.
bool accepted_by_choice(const std::string& text) {
  return text == "2016-12-31T23:59:60Z" || text.size() > 10'000;
}

TEST(Rfc3339, JudgesEveryTimestampOfTheList) {
  std::ifstream in(FANFARE_TEST_DATA "/time/rfc3339.json");
  const auto list = nlohmann::json::parse(in);
  int judged = 0;
  for (const auto& vector : list.at("vectors")) {
    ++judged;
    const std::string text = vector.at("text");
    const auto& valid = vector.at("valid");
    const auto read = read_rfc3339(text);
    ASSERT_EQ(read.has_value(), valid.is_null() ? accepted_by_choice(text) : valid.get<bool>())
        << text << ": " << vector.at("why");
    if (read && vector.at("utc").is_string())
      EXPECT_EQ(utc_text(*read), vector.at("utc").get<std::string>()) << text;
    if (!read) EXPECT_EQ(read.error().code, Errc::InvalidArgument);
  }
  EXPECT_EQ(judged, 70);
}

TEST(Rfc3339, RefusesAsTimePointWhatNanosecondsCannotHold) {
  EXPECT_TRUE(parse_rfc3339("1678-01-01T00:00:00Z"));
  EXPECT_TRUE(parse_rfc3339("2261-12-31T23:59:59.999999999Z"));
  EXPECT_FALSE(parse_rfc3339("1677-12-31T23:59:59Z"));
  EXPECT_FALSE(parse_rfc3339("2262-01-01T00:00:00Z"));
  EXPECT_FALSE(parse_rfc3339("9999-12-31T23:59:59Z"));
}

TEST(Rfc3339, WritesWhatItReads) {
  const auto time = parse_rfc3339("2020-09-18T00:47:13.2342692Z");
  ASSERT_TRUE(time);
  EXPECT_EQ(format_rfc3339(*time), "2020-09-18T00:47:13.2342692Z");
  EXPECT_EQ(format_rfc3339(*time, 0), "2020-09-18T00:47:13Z");
  EXPECT_EQ(format_rfc3339(*parse_rfc3339("1969-12-31T23:59:59.5+01:00")),
            "1969-12-31T22:59:59.5000000Z");
}

}  // namespace
}  // namespace fanfare::base
