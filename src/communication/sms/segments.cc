#include "communication/sms/segments.h"

#include "carrier/gsm_alphabet.h"
#include "carrier/unicode.h"

namespace fanfare::communication::sms {

namespace {

using carrier::Alphabet;

struct Measured {
  Alphabet alphabet = Alphabet::Gsm7;
  std::size_t units = 0;
};

Measured measure(std::string_view utf8) {
  std::size_t septets = 0;
  for (auto rest = utf8; !rest.empty();) {
    const auto taken = carrier::gsm_septets(carrier::take_code_point(rest));
    if (!taken) return {Alphabet::Ucs2, carrier::utf16_units(utf8)};
    septets += *taken;
  }
  return {Alphabet::Gsm7, septets};
}

std::size_t units_of(char32_t code_point, Alphabet alphabet) {
  if (alphabet == Alphabet::Ucs2) return carrier::utf16_units(code_point);
  return carrier::gsm_septets(code_point).value_or(1);
}

}  // namespace

Segmented split_text(std::string_view utf8) {
  const auto measured = measure(utf8);
  const auto limits = limits_of(measured.alphabet);
  const auto room = measured.units <= limits.single ? limits.single : limits.several;
  Segmented out{measured.alphabet, measured.units, {}};
  out.segments.emplace_back();
  while (!utf8.empty()) {
    const auto before = utf8;
    const auto units = units_of(carrier::take_code_point(utf8), measured.alphabet);
    if (out.segments.back().units + units > room) out.segments.emplace_back();
    auto& segment = out.segments.back();
    segment.text += before.substr(0, before.size() - utf8.size());
    segment.units += units;
  }
  return out;
}

std::uint32_t count_segments(std::string_view utf8) {
  return static_cast<std::uint32_t>(split_text(utf8).segments.size());
}

}  // namespace fanfare::communication::sms
