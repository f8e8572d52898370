#pragma once
/// Text one code point at a time: UTF-8 as the server has it, UTF-16 as phones have it.
#include <cstddef>
#include <string>
#include <string_view>

namespace fanfare::carrier {

/// What stands for bytes that are no text.
inline constexpr char32_t kReplacement = 0xFFFD;

/// Takes the first code point off `utf8`, which is not empty; kReplacement for a malformed one.
char32_t take_code_point(std::string_view& utf8);

void append_utf8(std::string& out, char32_t code_point);

/// 1, or 2 for what UTF-16 writes as a surrogate pair.
std::size_t utf16_units(char32_t code_point);
std::size_t utf16_units(std::string_view utf8);

/// Big endian, without a byte order mark: the coding that short messages call UCS-2.
std::string utf16be_of(std::string_view utf8);
/// Lone surrogates and an odd last octet become kReplacement.
std::string text_of_utf16be(std::string_view octets);

}  // namespace fanfare::carrier
