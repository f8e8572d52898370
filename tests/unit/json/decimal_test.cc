#include "json/decimal.h"

#include <gtest/gtest.h>

#include <array>
#include <string>

namespace fanfare::json {
namespace {

/// Each group holds equal numbers; the groups ascend.
const std::array<std::vector<std::string>, 19> kAscending = {{
    {"-1e400"},
    {"-18446744073709551616"},
    {"-9007199254740993", "-9007199254740993.0", "-9.007199254740993e15"},
    {"-9007199254740992"},
    {"-1", "-1.0", "-10e-1"},
    {"-0.5", "-5e-1"},
    {"-1e-400"},
    {"0", "-0", "0.0", "0e9", "-0.000e-5"},
    {"1e-400"},
    {"0.001", "1e-3", "0.00100"},
    {"0.1"},
    {"0.10000000000000000001"},
    {"1", "1.0", "1e0", "0.1e1", "100E-2"},
    {"99.99"},
    {"100", "1e2", "100.0", "1E+2", "0.0001e6"},
    {"9007199254740992"},
    {"9007199254740993"},
    {"18446744073709551615"},
    {"18446744073709551616", "1.8446744073709551616e19"},
}};

TEST(Decimal, OrdersNumbersExactly) {
  for (std::size_t a = 0; a < kAscending.size(); ++a) {
    for (std::size_t b = 0; b < kAscending.size(); ++b) {
      for (const auto& left : kAscending[a]) {
        for (const auto& right : kAscending[b]) {
          EXPECT_TRUE(compare(read_decimal(left), read_decimal(right)) == (a <=> b))
              << left << " and " << right;
        }
      }
    }
  }
}

TEST(Decimal, HoldsWithExponentsThatFitNoInteger) {
  const auto huge = read_decimal("1e99999999999999999999");
  const auto tiny = read_decimal("1e-99999999999999999999");
  EXPECT_TRUE(std::is_gt(compare(huge, read_decimal("1e400"))));
  EXPECT_TRUE(std::is_lt(compare(tiny, read_decimal("1e-400"))));
  EXPECT_TRUE(std::is_gt(compare(tiny, read_decimal("0"))));
}

TEST(Decimal, ReadsOnlyWholeJsonNumbers) {
  for (const char* text :
       {"", "-", "+1", "01", ".5", "1.", "1e", "1e+", "0x1", "1 ", " 1", "NaN", "1.2.3", "1e5.0"}) {
    EXPECT_FALSE(parse_decimal(text)) << text;
  }
  EXPECT_TRUE(parse_decimal("-0.0e-0"));
}

}  // namespace
}  // namespace fanfare::json
