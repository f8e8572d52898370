#include "communication/phone_numbers/e164.h"

#include <phonenumbers/phonenumberutil.h>

#include <algorithm>

namespace fanfare::communication::phone_numbers {

namespace {

using i18n::phonenumbers::PhoneNumber;
using Util = i18n::phonenumbers::PhoneNumberUtil;

// The longest number of E.164, and its plus.
constexpr std::size_t kLengthMax = 16;

bool is_plus_and_digits(std::string_view text) {
  return text.size() >= 2 && text.size() <= kLengthMax && text.front() == '+' &&
         std::ranges::all_of(text.substr(1), [](char c) { return c >= '0' && c <= '9'; });
}

std::string formatted(const PhoneNumber& number, Util::PhoneNumberFormat format) {
  std::string out;
  Util::GetInstance()->Format(number, format, &out);
  return out;
}

/// Calling codes have one to three digits, none begins another, and none begins with a zero.
std::optional<std::size_t> calling_code_digits(std::string_view digits) {
  if (digits.front() == '0') return std::nullopt;
  int code = 0;
  for (std::size_t size = 1; size <= 3 && size < digits.size(); ++size) {
    code = code * 10 + (digits[size - 1] - '0');
    std::string region;
    Util::GetInstance()->GetRegionCodeForCountryCode(code, &region);
    if (region != "ZZ") return size;
  }
  return std::nullopt;
}

/// The library's own reader costs some 9 us; it is needed only where zeros begin the national part.
std::optional<PhoneNumber> parse_with_zeros(std::string_view text) {
  PhoneNumber number;
  const auto* util = Util::GetInstance();
  if (util->Parse(std::string(text), "ZZ", &number) != Util::NO_PARSING_ERROR) return std::nullopt;
  // A prefix that the plan drops means that the number was not in this form.
  if (formatted(number, Util::E164) != text) return std::nullopt;
  return number;
}

std::optional<PhoneNumber> parse_plain(std::string_view digits, std::size_t code_digits) {
  const std::string text(digits);
  PhoneNumber number;
  number.set_country_code(std::stoi(text.substr(0, code_digits)));
  number.set_national_number(std::stoull(text.substr(code_digits)));
  return number;
}

/// A number that was written exactly as E.164 writes it.
std::optional<PhoneNumber> parse(std::string_view text) {
  if (!is_plus_and_digits(text)) return std::nullopt;
  const auto digits = text.substr(1);
  const auto code = calling_code_digits(digits);
  if (!code) return std::nullopt;
  const auto number = digits[*code] == '0' ? parse_with_zeros(text) : parse_plain(digits, *code);
  if (!number) return std::nullopt;
  const auto reason = Util::GetInstance()->IsPossibleNumberWithReason(*number);
  return reason == Util::IS_POSSIBLE ? number : std::nullopt;
}

std::string country_of(const PhoneNumber& number) {
  std::string region;
  Util::GetInstance()->GetRegionCodeForNumber(number, &region);
  if (region.empty() || region == "ZZ") {
    Util::GetInstance()->GetRegionCodeForCountryCode(number.country_code(), &region);
  }
  return region;
}

RangeKind kind_of(const PhoneNumber& number) {
  switch (Util::GetInstance()->GetNumberType(number)) {
    case Util::FIXED_LINE:
    case Util::FIXED_LINE_OR_MOBILE:
      return RangeKind::Geographic;
    case Util::MOBILE:
      return RangeKind::Mobile;
    case Util::UNKNOWN:
      return RangeKind::Unknown;
    default:
      return RangeKind::Other;
  }
}

}  // namespace

bool is_e164(std::string_view text) { return parse(text).has_value(); }

std::optional<NumberFacts> facts_of(std::string_view e164) {
  const auto number = parse(e164);
  if (!number) return std::nullopt;
  NumberFacts out;
  out.country = country_of(*number);
  Util::GetInstance()->GetNationalSignificantNumber(*number, &out.national);
  out.national_format = formatted(*number, Util::NATIONAL);
  out.international_format = formatted(*number, Util::INTERNATIONAL);
  out.kind = kind_of(*number);
  return out;
}

std::string digits_of(std::string_view number) {
  if (number.starts_with('+')) number.remove_prefix(1);
  return std::string(number);
}

}  // namespace fanfare::communication::phone_numbers
