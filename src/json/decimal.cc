#include "json/decimal.h"

#include <algorithm>

namespace fanfare::json {

namespace {

constexpr std::int64_t kExponentMax = std::int64_t{1} << 62;

bool is_digit(char c) { return c >= '0' && c <= '9'; }

std::size_t digits_at(std::string_view text, std::size_t at) {
  std::size_t end = at;
  while (end < text.size() && is_digit(text[end])) ++end;
  return end - at;
}

std::int64_t read_exponent(std::string_view text) {
  if (text.empty()) return 0;
  const bool negative = text.front() == '-';
  std::int64_t value = 0;
  for (const char c : text) {
    if (!is_digit(c)) continue;
    value = value >= kExponentMax / 16 ? kExponentMax / 2 : value * 10 + (c - '0');
  }
  return negative ? -value : value;
}

/// The digits of a Decimal one by one, the point left out; 0 behind the end.
class DigitReader {
 public:
  explicit DigitReader(std::string_view digits) : rest_(digits) {}
  bool at_end() const { return rest_.empty(); }
  char next() {
    if (!rest_.empty() && rest_.front() == '.') rest_.remove_prefix(1);
    if (rest_.empty()) return '0';
    const char c = rest_.front();
    rest_.remove_prefix(1);
    return c;
  }

 private:
  std::string_view rest_;
};

std::strong_ordering compare_magnitudes(const Decimal& a, const Decimal& b) {
  if (a.digits.empty() || b.digits.empty()) return !a.digits.empty() <=> !b.digits.empty();
  if (a.exponent != b.exponent) return a.exponent <=> b.exponent;
  DigitReader left(a.digits);
  DigitReader right(b.digits);
  while (!left.at_end() || !right.at_end()) {
    const char l = left.next();
    const char r = right.next();
    if (l != r) return l <=> r;
  }
  return std::strong_ordering::equal;
}

/// Sign of the value: -1, 0 or 1. Minus zero is zero.
int sign(const Decimal& value) {
  if (value.digits.empty()) return 0;
  return value.negative ? -1 : 1;
}

/// A plain integer of at most 18 digits needs no more than this.
void read_small(std::string_view magnitude, Decimal& out) {
  if (magnitude.size() > 18 || digits_at(magnitude, 0) != magnitude.size()) return;
  std::int64_t value = 0;
  for (const char c : magnitude) value = value * 10 + (c - '0');
  out.small = true;
  out.integer = out.negative ? -value : value;
}

std::size_t number_size(std::string_view text) {
  std::size_t at = text.starts_with('-') ? 1 : 0;
  const std::size_t whole = digits_at(text, at);
  if (whole == 0 || (whole > 1 && text[at] == '0')) return 0;
  at += whole;
  if (at < text.size() && text[at] == '.') {
    const std::size_t fraction = digits_at(text, at + 1);
    if (fraction == 0) return 0;
    at += 1 + fraction;
  }
  if (at < text.size() && (text[at] == 'e' || text[at] == 'E')) {
    ++at;
    if (at < text.size() && (text[at] == '+' || text[at] == '-')) ++at;
    const std::size_t exponent = digits_at(text, at);
    if (exponent == 0) return 0;
    at += exponent;
  }
  return at;
}

}  // namespace

Decimal read_decimal(std::string_view number) {
  Decimal out;
  out.negative = number.starts_with('-');
  if (out.negative) number.remove_prefix(1);
  read_small(number, out);
  const auto e = std::min(number.find_first_of("eE"), number.size());
  const std::string_view mantissa = number.substr(0, e);
  const auto point = std::min(mantissa.find('.'), mantissa.size());
  const auto first = mantissa.find_first_of("123456789");
  if (first == std::string_view::npos) return out;
  const auto last = mantissa.find_last_of("123456789");
  out.digits = mantissa.substr(first, last - first + 1);
  const auto place = first < point ? static_cast<std::int64_t>(point - first)
                                   : -static_cast<std::int64_t>(first - point - 1);
  out.exponent = place + read_exponent(number.substr(std::min(e + 1, number.size())));
  return out;
}

std::optional<Decimal> parse_decimal(std::string_view text) {
  if (text.empty() || number_size(text) != text.size()) return std::nullopt;
  return read_decimal(text);
}

std::strong_ordering compare(const Decimal& a, const Decimal& b) {
  if (a.small && b.small) return a.integer <=> b.integer;
  const int sign_a = sign(a);
  const int sign_b = sign(b);
  if (sign_a != sign_b) return sign_a <=> sign_b;
  const auto order = compare_magnitudes(a, b);
  return sign_a < 0 ? 0 <=> order : order;
}

std::optional<std::int64_t> to_int64(const Decimal& value) {
  if (value.small) return value.integer;
  if (value.digits.empty()) return 0;
  if (value.exponent < 1 || value.exponent > 19) return std::nullopt;
  const auto count = static_cast<std::int64_t>(value.digits.size()) -
                     (value.digits.find('.') != std::string_view::npos);
  if (count > value.exponent) return std::nullopt;
  DigitReader digits(value.digits);
  std::int64_t out = 0;
  for (std::int64_t i = 0; i < value.exponent; ++i) {
    const std::int64_t digit = value.negative ? '0' - digits.next() : digits.next() - '0';
    if (__builtin_mul_overflow(out, 10, &out) || __builtin_add_overflow(out, digit, &out))
      return std::nullopt;
  }
  return out;
}

}  // namespace fanfare::json
