#include "carrier/unicode.h"

#include <cstdint>

namespace fanfare::carrier {

namespace {

constexpr bool is_continuation(unsigned char byte) { return (byte & 0xC0) == 0x80; }
constexpr bool is_high_surrogate(char32_t unit) { return unit >= 0xD800 && unit <= 0xDBFF; }
constexpr bool is_low_surrogate(char32_t unit) { return unit >= 0xDC00 && unit <= 0xDFFF; }

struct Lead {
  std::size_t more;  ///< continuation bytes
  char32_t bits;
  char32_t least;  ///< smaller code points are written shorter
};

Lead lead_of(unsigned char byte) {
  if (byte < 0x80) return {0, byte, 0};
  if ((byte & 0xE0) == 0xC0) return {1, static_cast<char32_t>(byte & 0x1F), 0x80};
  if ((byte & 0xF0) == 0xE0) return {2, static_cast<char32_t>(byte & 0x0F), 0x800};
  if ((byte & 0xF8) == 0xF0) return {3, static_cast<char32_t>(byte & 0x07), 0x10000};
  return {0, kReplacement, 0};
}

void append_unit(std::string& out, char32_t unit) {
  out.push_back(static_cast<char>(unit >> 8));
  out.push_back(static_cast<char>(unit & 0xFF));
}

}  // namespace

char32_t take_code_point(std::string_view& utf8) {
  const auto lead = lead_of(static_cast<unsigned char>(utf8.front()));
  utf8.remove_prefix(1);
  char32_t value = lead.bits;
  for (std::size_t i = 0; i < lead.more; ++i) {
    if (utf8.empty() || !is_continuation(static_cast<unsigned char>(utf8.front()))) {
      return kReplacement;
    }
    value = (value << 6) | (static_cast<unsigned char>(utf8.front()) & 0x3F);
    utf8.remove_prefix(1);
  }
  const bool surrogate = value >= 0xD800 && value <= 0xDFFF;
  return value < lead.least || surrogate || value > 0x10FFFF ? kReplacement : value;
}

void append_utf8(std::string& out, char32_t c) {
  const auto put = [&out](char32_t byte) { out.push_back(static_cast<char>(byte)); };
  if (c < 0x80) {
    put(c);
  } else if (c < 0x800) {
    put(0xC0 | (c >> 6));
    put(0x80 | (c & 0x3F));
  } else if (c < 0x10000) {
    put(0xE0 | (c >> 12));
    put(0x80 | ((c >> 6) & 0x3F));
    put(0x80 | (c & 0x3F));
  } else {
    put(0xF0 | (c >> 18));
    put(0x80 | ((c >> 12) & 0x3F));
    put(0x80 | ((c >> 6) & 0x3F));
    put(0x80 | (c & 0x3F));
  }
}

std::size_t utf16_units(char32_t code_point) { return code_point < 0x10000 ? 1 : 2; }

std::size_t utf16_units(std::string_view utf8) {
  std::size_t units = 0;
  while (!utf8.empty()) units += utf16_units(take_code_point(utf8));
  return units;
}

std::string utf16be_of(std::string_view utf8) {
  std::string out;
  out.reserve(utf8.size() * 2);
  while (!utf8.empty()) {
    const auto c = take_code_point(utf8);
    if (c < 0x10000) {
      append_unit(out, c);
    } else {
      append_unit(out, 0xD800 + ((c - 0x10000) >> 10));
      append_unit(out, 0xDC00 + ((c - 0x10000) & 0x3FF));
    }
  }
  return out;
}

std::string text_of_utf16be(std::string_view octets) {
  std::string out;
  const auto unit_at = [octets](std::size_t at) {
    return static_cast<char32_t>((static_cast<unsigned char>(octets[at]) << 8) |
                                 static_cast<unsigned char>(octets[at + 1]));
  };
  std::size_t at = 0;
  for (; at + 1 < octets.size(); at += 2) {
    const auto unit = unit_at(at);
    const bool pair =
        is_high_surrogate(unit) && at + 3 < octets.size() && is_low_surrogate(unit_at(at + 2));
    if (pair) {
      append_utf8(out, 0x10000 + ((unit - 0xD800) << 10) + (unit_at(at + 2) - 0xDC00));
      at += 2;
    } else {
      append_utf8(out, is_high_surrogate(unit) || is_low_surrogate(unit) ? kReplacement : unit);
    }
  }
  if (at < octets.size()) append_utf8(out, kReplacement);
  return out;
}

}  // namespace fanfare::carrier
