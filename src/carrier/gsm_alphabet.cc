#include "carrier/gsm_alphabet.h"

#include <array>
#include <unordered_map>
#include <utility>

#include "carrier/unicode.h"

namespace fanfare::carrier {

namespace {

/// By septet; the escape's own place holds a space.
constexpr std::array<char32_t, 128> kBasic{
    U'@',      U'\u00A3', U'$',      U'\u00A5', U'\u00E8', U'\u00E9', U'\u00F9', U'\u00EC',
    U'\u00F2', U'\u00C7', U'\n',     U'\u00D8', U'\u00F8', U'\r',     U'\u00C5', U'\u00E5',
    U'\u0394', U'_',      U'\u03A6', U'\u0393', U'\u039B', U'\u03A9', U'\u03A0', U'\u03A8',
    U'\u03A3', U'\u0398', U'\u039E', U' ',      U'\u00C6', U'\u00E6', U'\u00DF', U'\u00C9',
    U' ',      U'!',      U'"',      U'#',      U'\u00A4', U'%',      U'&',      U'\'',
    U'(',      U')',      U'*',      U'+',      U',',      U'-',      U'.',      U'/',
    U'0',      U'1',      U'2',      U'3',      U'4',      U'5',      U'6',      U'7',
    U'8',      U'9',      U':',      U';',      U'<',      U'=',      U'>',      U'?',
    U'\u00A1', U'A',      U'B',      U'C',      U'D',      U'E',      U'F',      U'G',
    U'H',      U'I',      U'J',      U'K',      U'L',      U'M',      U'N',      U'O',
    U'P',      U'Q',      U'R',      U'S',      U'T',      U'U',      U'V',      U'W',
    U'X',      U'Y',      U'Z',      U'\u00C4', U'\u00D6', U'\u00D1', U'\u00DC', U'\u00A7',
    U'\u00BF', U'a',      U'b',      U'c',      U'd',      U'e',      U'f',      U'g',
    U'h',      U'i',      U'j',      U'k',      U'l',      U'm',      U'n',      U'o',
    U'p',      U'q',      U'r',      U's',      U't',      U'u',      U'v',      U'w',
    U'x',      U'y',      U'z',      U'\u00E4', U'\u00F6', U'\u00F1', U'\u00FC', U'\u00E0',
};

constexpr std::array<std::pair<std::uint8_t, char32_t>, 10> kExtension{{
    {0x0A, U'\f'},
    {0x14, U'^'},
    {0x28, U'{'},
    {0x29, U'}'},
    {0x2F, U'\\'},
    {0x3C, U'['},
    {0x3D, U'~'},
    {0x3E, U']'},
    {0x40, U'|'},
    {0x65, U'\u20AC'},
}};

struct Coded {
  std::uint8_t septet;
  bool escaped;
};

using Table = std::unordered_map<char32_t, Coded>;

Table make_table() {
  Table table;
  for (std::size_t i = 0; i < kBasic.size(); ++i) {
    if (i != kGsmEscape) table.emplace(kBasic[i], Coded{static_cast<std::uint8_t>(i), false});
  }
  for (const auto& [septet, c] : kExtension) table.emplace(c, Coded{septet, true});
  return table;
}

const Coded* find(char32_t c) {
  static const Table table = make_table();
  const auto found = table.find(c);
  return found == table.end() ? nullptr : &found->second;
}

char32_t extended(std::uint8_t septet) {
  for (const auto& [code, c] : kExtension) {
    if (code == septet) return c;
  }
  return kBasic[septet];
}

}  // namespace

std::optional<std::size_t> gsm_septets(char32_t code_point) {
  const auto* coded = find(code_point);
  if (coded == nullptr) return std::nullopt;
  return coded->escaped ? 2 : 1;
}

std::optional<std::string> gsm_encode(std::string_view utf8) {
  std::string out;
  out.reserve(utf8.size());
  while (!utf8.empty()) {
    const auto* coded = find(take_code_point(utf8));
    if (coded == nullptr) return std::nullopt;
    if (coded->escaped) out.push_back(static_cast<char>(kGsmEscape));
    out.push_back(static_cast<char>(coded->septet));
  }
  return out;
}

std::string gsm_decode(std::string_view septets) {
  std::string out;
  for (std::size_t i = 0; i < septets.size(); ++i) {
    const auto septet = static_cast<std::uint8_t>(septets[i] & 0x7F);
    if (septet == kGsmEscape && i + 1 < septets.size()) {
      append_utf8(out, extended(static_cast<std::uint8_t>(septets[++i] & 0x7F)));
    } else {
      append_utf8(out, kBasic[septet]);
    }
  }
  return out;
}

std::string pack_septets(std::string_view septets) {
  std::string out;
  out.reserve((septets.size() * 7 + 7) / 8);
  unsigned bits = 0;
  unsigned held = 0;
  for (const char septet : septets) {
    bits |= (static_cast<unsigned>(septet) & 0x7F) << held;
    held += 7;
    while (held >= 8) {
      out.push_back(static_cast<char>(bits & 0xFF));
      bits >>= 8;
      held -= 8;
    }
  }
  if (held > 0) out.push_back(static_cast<char>(bits & 0xFF));
  return out;
}

std::string unpack_septets(std::string_view octets, std::size_t count) {
  std::string out;
  unsigned bits = 0;
  unsigned held = 0;
  for (const char octet : octets) {
    bits |= (static_cast<unsigned>(octet) & 0xFF) << held;
    held += 8;
    while (held >= 7 && out.size() < count) {
      out.push_back(static_cast<char>(bits & 0x7F));
      bits >>= 7;
      held -= 7;
    }
  }
  return out;
}

}  // namespace fanfare::carrier
