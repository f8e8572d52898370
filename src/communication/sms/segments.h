#pragma once
/// How a text becomes short messages: which alphabet, how many units, where it is cut.
/// Pure. Source: 3GPP TS 23.038 (alphabets) and TS 23.040 (140 octets, of which a concatenated
/// message spends 6 on its header).
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "carrier/carrier.h"

namespace fanfare::communication::sms {

struct Segment {
  std::string text;       ///< UTF-8
  std::size_t units = 0;  ///< septets, or UTF-16 units
};

struct Segmented {
  carrier::Alphabet alphabet = carrier::Alphabet::Gsm7;
  std::size_t units = 0;          ///< over all segments
  std::vector<Segment> segments;  ///< at least one, which an empty text leaves empty
};

/// Units that fit: alone, and in each of several.
struct SegmentLimits {
  std::size_t single;
  std::size_t several;
};
constexpr SegmentLimits limits_of(carrier::Alphabet alphabet) {
  return alphabet == carrier::Alphabet::Gsm7 ? SegmentLimits{160, 153} : SegmentLimits{70, 67};
}

/// The GSM alphabet when it has every character, else UCS-2. Neither an escape pair nor a surrogate
/// pair is ever cut.
Segmented split_text(std::string_view utf8);

/// The number of segments alone.
std::uint32_t count_segments(std::string_view utf8);

}  // namespace fanfare::communication::sms
