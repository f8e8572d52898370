#include "communication/sms/keyword.h"

#include "base/bytes.h"

namespace fanfare::communication::sms {

namespace {

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view kSpace = " \t\r\n";
  const auto begin = text.find_first_not_of(kSpace);
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(kSpace) - begin + 1);
}

}  // namespace

std::optional<Keyword> keyword_in(std::string_view text) {
  const auto word = trimmed(text);
  if (base::ascii_iequals(word, "STOP")) return Keyword::Stop;
  if (base::ascii_iequals(word, "START") || base::ascii_iequals(word, "UNSTOP")) {
    return Keyword::Start;
  }
  if (base::ascii_iequals(word, "HELP")) return Keyword::Help;
  return std::nullopt;
}

}  // namespace fanfare::communication::sms
