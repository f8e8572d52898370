#pragma once
/// Numbers as their JSON text, compared exactly: 9007199254740993 and 9007199254740992 differ, and
/// 100, 100.0 and 1e2 are equal. No conversion to floating point, no limit of digits.
/// Exponents count up to about 4·10^18; beyond, they compare as that.
#include <compare>
#include <cstdint>
#include <optional>
#include <string_view>

namespace fanfare::json {

/// The value is 0.DIGITS × 10^exponent, negated when `negative`; zero has no digits.
/// A view into the text it was read from.
struct Decimal {
  std::string_view
      digits;  ///< from the first to the last non-zero digit; may hold the decimal point
  std::int64_t exponent = 0;
  bool negative = false;
  bool small = false;  ///< a plain integer of at most 18 digits, which is `integer`
  std::int64_t integer = 0;
};

/// `number` must be a valid JSON number.
Decimal read_decimal(std::string_view number);

/// The same without preconditions: nullopt when `text` is no JSON number.
std::optional<Decimal> parse_decimal(std::string_view text);

std::strong_ordering compare(const Decimal& a, const Decimal& b);
inline bool operator==(const Decimal& a, const Decimal& b) { return compare(a, b) == 0; }

/// The value as an integer when it is one (also 3.0 and 3e2) and fits.
std::optional<std::int64_t> to_int64(const Decimal& value);

}  // namespace fanfare::json
