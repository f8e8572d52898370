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

/// A number that was written exactly as E.164 writes it.
std::optional<PhoneNumber> parse(std::string_view text) {
  if (!is_plus_and_digits(text)) return std::nullopt;
  const auto* util = Util::GetInstance();
  PhoneNumber number;
  if (util->Parse(std::string(text), "ZZ", &number) != Util::NO_PARSING_ERROR) return std::nullopt;
  if (util->IsPossibleNumberWithReason(number) != Util::IS_POSSIBLE) return std::nullopt;
  // A prefix that the plan drops means that the number was not in this form.
  if (formatted(number, Util::E164) != text) return std::nullopt;
  return number;
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
