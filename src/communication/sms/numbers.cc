#include "communication/sms/numbers.h"

#include <algorithm>

#include "communication/phone_numbers/e164.h"

namespace fanfare::communication::sms {

namespace {

constexpr std::size_t kShortCodeMin = 3;
constexpr std::size_t kShortCodeMax = 8;
constexpr std::size_t kLettersMax = 11;
constexpr std::string_view kOtherCharacters = " +-_&";

constexpr bool is_digit(char c) { return c >= '0' && c <= '9'; }
constexpr bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

bool is_alphanumeric(std::string_view from) {
  return from.size() <= kLettersMax && std::ranges::any_of(from, is_letter) &&
         std::ranges::all_of(from, [](char c) {
           return is_letter(c) || is_digit(c) || kOtherCharacters.contains(c);
         });
}

}  // namespace

std::optional<SenderKind> sender_kind(std::string_view from) {
  if (phone_numbers::is_e164(from)) return SenderKind::Number;
  if (from.size() >= kShortCodeMin && from.size() <= kShortCodeMax &&
      std::ranges::all_of(from, is_digit)) {
    return SenderKind::ShortCode;
  }
  if (is_alphanumeric(from)) return SenderKind::Alphanumeric;
  return std::nullopt;
}

bool is_recipient(std::string_view to) { return phone_numbers::is_e164(to); }

}  // namespace fanfare::communication::sms
