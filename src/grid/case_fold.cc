#include "grid/case_fold.h"

#include <algorithm>
#include <array>
#include <cstdint>

namespace fanfare::grid {

namespace {

/// Characters from `first` to `last` in steps of `step`; `delta` leads to the upper-case form.
struct Run {
  std::uint32_t first;
  std::uint32_t last;
  std::uint32_t step;
  std::int32_t delta;
};

/// The simple upper-case mappings of Unicode 14 beyond ASCII, except for those that lead into ASCII
/// (dotless i, long s).
constexpr std::array kRuns = {
    Run{0x00B5, 0x00B5, 1, 743},    Run{0x00E0, 0x00F6, 1, -32},   Run{0x00F8, 0x00FE, 1, -32},
    Run{0x00FF, 0x00FF, 1, 121},    Run{0x0101, 0x012F, 2, -1},    Run{0x0133, 0x0137, 2, -1},
    Run{0x013A, 0x0148, 2, -1},     Run{0x014B, 0x0177, 2, -1},    Run{0x017A, 0x017E, 2, -1},
    Run{0x0180, 0x0180, 1, 195},    Run{0x0183, 0x0185, 2, -1},    Run{0x0188, 0x0188, 1, -1},
    Run{0x018C, 0x018C, 1, -1},     Run{0x0192, 0x0192, 1, -1},    Run{0x0195, 0x0195, 1, 97},
    Run{0x0199, 0x0199, 1, -1},     Run{0x019A, 0x019A, 1, 163},   Run{0x019E, 0x019E, 1, 130},
    Run{0x01A1, 0x01A5, 2, -1},     Run{0x01A8, 0x01A8, 1, -1},    Run{0x01AD, 0x01AD, 1, -1},
    Run{0x01B0, 0x01B0, 1, -1},     Run{0x01B4, 0x01B6, 2, -1},    Run{0x01B9, 0x01B9, 1, -1},
    Run{0x01BD, 0x01BD, 1, -1},     Run{0x01BF, 0x01BF, 1, 56},    Run{0x01C5, 0x01C5, 1, -1},
    Run{0x01C6, 0x01C6, 1, -2},     Run{0x01C8, 0x01C8, 1, -1},    Run{0x01C9, 0x01C9, 1, -2},
    Run{0x01CB, 0x01CB, 1, -1},     Run{0x01CC, 0x01CC, 1, -2},    Run{0x01CE, 0x01DC, 2, -1},
    Run{0x01DD, 0x01DD, 1, -79},    Run{0x01DF, 0x01EF, 2, -1},    Run{0x01F2, 0x01F2, 1, -1},
    Run{0x01F3, 0x01F3, 1, -2},     Run{0x01F5, 0x01F5, 1, -1},    Run{0x01F9, 0x021F, 2, -1},
    Run{0x0223, 0x0233, 2, -1},     Run{0x023C, 0x023C, 1, -1},    Run{0x023F, 0x0240, 1, 10815},
    Run{0x0242, 0x0242, 1, -1},     Run{0x0247, 0x024F, 2, -1},    Run{0x0250, 0x0250, 1, 10783},
    Run{0x0251, 0x0251, 1, 10780},  Run{0x0252, 0x0252, 1, 10782}, Run{0x0253, 0x0253, 1, -210},
    Run{0x0254, 0x0254, 1, -206},   Run{0x0256, 0x0257, 1, -205},  Run{0x0259, 0x0259, 1, -202},
    Run{0x025B, 0x025B, 1, -203},   Run{0x025C, 0x025C, 1, 42319}, Run{0x0260, 0x0260, 1, -205},
    Run{0x0261, 0x0261, 1, 42315},  Run{0x0263, 0x0263, 1, -207},  Run{0x0265, 0x0265, 1, 42280},
    Run{0x0266, 0x0266, 1, 42308},  Run{0x0268, 0x0268, 1, -209},  Run{0x0269, 0x0269, 1, -211},
    Run{0x026A, 0x026A, 1, 42308},  Run{0x026B, 0x026B, 1, 10743}, Run{0x026C, 0x026C, 1, 42305},
    Run{0x026F, 0x026F, 1, -211},   Run{0x0271, 0x0271, 1, 10749}, Run{0x0272, 0x0272, 1, -213},
    Run{0x0275, 0x0275, 1, -214},   Run{0x027D, 0x027D, 1, 10727}, Run{0x0280, 0x0280, 1, -218},
    Run{0x0282, 0x0282, 1, 42307},  Run{0x0283, 0x0283, 1, -218},  Run{0x0287, 0x0287, 1, 42282},
    Run{0x0288, 0x0288, 1, -218},   Run{0x0289, 0x0289, 1, -69},   Run{0x028A, 0x028B, 1, -217},
    Run{0x028C, 0x028C, 1, -71},    Run{0x0292, 0x0292, 1, -219},  Run{0x029D, 0x029D, 1, 42261},
    Run{0x029E, 0x029E, 1, 42258},  Run{0x0345, 0x0345, 1, 84},    Run{0x0371, 0x0373, 2, -1},
    Run{0x0377, 0x0377, 1, -1},     Run{0x037B, 0x037D, 1, 130},   Run{0x03AC, 0x03AC, 1, -38},
    Run{0x03AD, 0x03AF, 1, -37},    Run{0x03B1, 0x03C1, 1, -32},   Run{0x03C2, 0x03C2, 1, -31},
    Run{0x03C3, 0x03CB, 1, -32},    Run{0x03CC, 0x03CC, 1, -64},   Run{0x03CD, 0x03CE, 1, -63},
    Run{0x03D0, 0x03D0, 1, -62},    Run{0x03D1, 0x03D1, 1, -57},   Run{0x03D5, 0x03D5, 1, -47},
    Run{0x03D6, 0x03D6, 1, -54},    Run{0x03D7, 0x03D7, 1, -8},    Run{0x03D9, 0x03EF, 2, -1},
    Run{0x03F0, 0x03F0, 1, -86},    Run{0x03F1, 0x03F1, 1, -80},   Run{0x03F2, 0x03F2, 1, 7},
    Run{0x03F3, 0x03F3, 1, -116},   Run{0x03F5, 0x03F5, 1, -96},   Run{0x03F8, 0x03F8, 1, -1},
    Run{0x03FB, 0x03FB, 1, -1},     Run{0x0430, 0x044F, 1, -32},   Run{0x0450, 0x045F, 1, -80},
    Run{0x0461, 0x0481, 2, -1},     Run{0x048B, 0x04BF, 2, -1},    Run{0x04C2, 0x04CE, 2, -1},
    Run{0x04CF, 0x04CF, 1, -15},    Run{0x04D1, 0x052F, 2, -1},    Run{0x0561, 0x0586, 1, -48},
    Run{0x10D0, 0x10FA, 1, 3008},   Run{0x10FD, 0x10FF, 1, 3008},  Run{0x13F8, 0x13FD, 1, -8},
    Run{0x1C80, 0x1C80, 1, -6254},  Run{0x1C81, 0x1C81, 1, -6253}, Run{0x1C82, 0x1C82, 1, -6244},
    Run{0x1C83, 0x1C84, 1, -6242},  Run{0x1C85, 0x1C85, 1, -6243}, Run{0x1C86, 0x1C86, 1, -6236},
    Run{0x1C87, 0x1C87, 1, -6181},  Run{0x1C88, 0x1C88, 1, 35266}, Run{0x1D79, 0x1D79, 1, 35332},
    Run{0x1D7D, 0x1D7D, 1, 3814},   Run{0x1D8E, 0x1D8E, 1, 35384}, Run{0x1E01, 0x1E95, 2, -1},
    Run{0x1E9B, 0x1E9B, 1, -59},    Run{0x1EA1, 0x1EFF, 2, -1},    Run{0x1F00, 0x1F07, 1, 8},
    Run{0x1F10, 0x1F15, 1, 8},      Run{0x1F20, 0x1F27, 1, 8},     Run{0x1F30, 0x1F37, 1, 8},
    Run{0x1F40, 0x1F45, 1, 8},      Run{0x1F51, 0x1F57, 2, 8},     Run{0x1F60, 0x1F67, 1, 8},
    Run{0x1F70, 0x1F71, 1, 74},     Run{0x1F72, 0x1F75, 1, 86},    Run{0x1F76, 0x1F77, 1, 100},
    Run{0x1F78, 0x1F79, 1, 128},    Run{0x1F7A, 0x1F7B, 1, 112},   Run{0x1F7C, 0x1F7D, 1, 126},
    Run{0x1F80, 0x1F87, 1, 8},      Run{0x1F90, 0x1F97, 1, 8},     Run{0x1FA0, 0x1FA7, 1, 8},
    Run{0x1FB0, 0x1FB1, 1, 8},      Run{0x1FB3, 0x1FB3, 1, 9},     Run{0x1FBE, 0x1FBE, 1, -7205},
    Run{0x1FC3, 0x1FC3, 1, 9},      Run{0x1FD0, 0x1FD1, 1, 8},     Run{0x1FE0, 0x1FE1, 1, 8},
    Run{0x1FE5, 0x1FE5, 1, 7},      Run{0x1FF3, 0x1FF3, 1, 9},     Run{0x214E, 0x214E, 1, -28},
    Run{0x2170, 0x217F, 1, -16},    Run{0x2184, 0x2184, 1, -1},    Run{0x24D0, 0x24E9, 1, -26},
    Run{0x2C30, 0x2C5F, 1, -48},    Run{0x2C61, 0x2C61, 1, -1},    Run{0x2C65, 0x2C65, 1, -10795},
    Run{0x2C66, 0x2C66, 1, -10792}, Run{0x2C68, 0x2C6C, 2, -1},    Run{0x2C73, 0x2C73, 1, -1},
    Run{0x2C76, 0x2C76, 1, -1},     Run{0x2C81, 0x2CE3, 2, -1},    Run{0x2CEC, 0x2CEE, 2, -1},
    Run{0x2CF3, 0x2CF3, 1, -1},     Run{0x2D00, 0x2D25, 1, -7264}, Run{0x2D27, 0x2D27, 1, -7264},
    Run{0x2D2D, 0x2D2D, 1, -7264},  Run{0xA641, 0xA66D, 2, -1},    Run{0xA681, 0xA69B, 2, -1},
    Run{0xA723, 0xA72F, 2, -1},     Run{0xA733, 0xA76F, 2, -1},    Run{0xA77A, 0xA77C, 2, -1},
    Run{0xA77F, 0xA787, 2, -1},     Run{0xA78C, 0xA78C, 1, -1},    Run{0xA791, 0xA793, 2, -1},
    Run{0xA794, 0xA794, 1, 48},     Run{0xA797, 0xA7A9, 2, -1},    Run{0xA7B5, 0xA7C3, 2, -1},
    Run{0xA7C8, 0xA7CA, 2, -1},     Run{0xA7D1, 0xA7D1, 1, -1},    Run{0xA7D7, 0xA7D9, 2, -1},
    Run{0xA7F6, 0xA7F6, 1, -1},     Run{0xAB53, 0xAB53, 1, -928},  Run{0xAB70, 0xABBF, 1, -38864},
    Run{0xFF41, 0xFF5A, 1, -32},    Run{0x10428, 0x1044F, 1, -40}, Run{0x104D8, 0x104FB, 1, -40},
    Run{0x10597, 0x105A1, 1, -39},  Run{0x105A3, 0x105B1, 1, -39}, Run{0x105B3, 0x105B9, 1, -39},
    Run{0x105BB, 0x105BC, 1, -39},  Run{0x10CC0, 0x10CF2, 1, -64}, Run{0x118C0, 0x118DF, 1, -32},
    Run{0x16E60, 0x16E7F, 1, -32},  Run{0x1E922, 0x1E943, 1, -34},
};

std::uint32_t upper(std::uint32_t point) {
  const auto after = std::ranges::upper_bound(kRuns, point, {}, &Run::first);
  if (after == kRuns.begin()) return point;
  const Run& run = *std::prev(after);
  if (point > run.last || (point - run.first) % run.step != 0) return point;
  return static_cast<std::uint32_t>(static_cast<std::int32_t>(point) + run.delta);
}

char ascii_upper(char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c; }

bool is_ascii(char c) { return static_cast<unsigned char>(c) < 0x80; }

/// What a byte that starts no character reads as; it has no upper-case form.
constexpr std::uint32_t kNoCharacter = 0xFFFD;

/// Reads one character of UTF-8 and cuts it off; a byte that starts none is taken by itself.
std::uint32_t take_point(std::string_view& rest) {
  const auto byte = [&rest](std::size_t i) {
    return static_cast<std::uint32_t>(static_cast<unsigned char>(rest[i]));
  };
  const std::uint32_t lead = byte(0);
  const std::size_t size = lead < 0xC0 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
  if (size == 1 || size > rest.size()) {
    rest.remove_prefix(1);
    return kNoCharacter;
  }
  std::uint32_t point = lead & (0xFFu >> (size + 1));
  for (std::size_t i = 1; i < size; ++i) point = point << 6 | (byte(i) & 0x3F);
  rest.remove_prefix(size);
  return point;
}

void append_point(std::string& out, std::uint32_t point) {
  const auto put = [&out](std::uint32_t byte) { out.push_back(static_cast<char>(byte)); };
  if (point < 0x800) {
    put(0xC0 | point >> 6);
  } else if (point < 0x10000) {
    put(0xE0 | point >> 12);
    put(0x80 | (point >> 6 & 0x3F));
  } else {
    put(0xF0 | point >> 18);
    put(0x80 | (point >> 12 & 0x3F));
    put(0x80 | (point >> 6 & 0x3F));
  }
  put(0x80 | (point & 0x3F));
}

void append_folded(std::string& out, std::string_view rest) {
  while (!rest.empty()) {
    if (is_ascii(rest.front())) {
      out.push_back(ascii_upper(rest.front()));
      rest.remove_prefix(1);
      continue;
    }
    const auto before = rest;
    const std::uint32_t point = take_point(rest);
    const std::uint32_t mapped = upper(point);
    if (mapped == point) {
      out.append(before.substr(0, before.size() - rest.size()));
    } else {
      append_point(out, mapped);
    }
  }
}

}  // namespace

void fold_case(std::string_view text, std::string& out) {
  out.resize(text.size());
  char* const to = out.data();  // plain pointers, so that the loop becomes vector code
  const char* const from = text.data();
  char seen = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    to[i] = ascii_upper(from[i]);
    seen = static_cast<char>(seen | from[i]);
  }
  if (is_ascii(seen)) return;
  out.clear();
  append_folded(out, text);
}

std::string folded_case(std::string_view text) {
  std::string out;
  fold_case(text, out);
  return out;
}

}  // namespace fanfare::grid
