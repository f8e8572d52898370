#pragma once
/// The default alphabet of short messages with its extension table.
/// Septets are unpacked here, one an octet; pack_septets() makes the 7-bit form of the air.
/// Source: 3GPP TS 23.038, sections 6.1.2.1 and 6.2.1.
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace fanfare::carrier {

/// The septet that announces one of the extension table.
inline constexpr std::uint8_t kGsmEscape = 0x1B;

/// How many septets a character takes: 1, or 2 with the escape; nullopt when the alphabet lacks it.
std::optional<std::size_t> gsm_septets(char32_t code_point);

/// The septets of a text; nullopt when a character is missing in the alphabet.
std::optional<std::string> gsm_encode(std::string_view utf8);

/// The text of septets. An escape before a septet that the extension table lacks shows the plain
/// one, as the standard wants; a lone escape is a space.
std::string gsm_decode(std::string_view septets);

/// Eight septets in seven octets, the first in the low bits.
std::string pack_septets(std::string_view septets);
std::string unpack_septets(std::string_view octets, std::size_t count);

}  // namespace fanfare::carrier
