#pragma once
/// The published codes of SMS delivery and their words.
/// Source: published troubleshooting codes of the SMS client libraries.
#include <string_view>

#include "carrier/carrier.h"

namespace fanfare::carrier {

inline constexpr int kDelivered = 2000;
inline constexpr int kUnreachable = 4006;
inline constexpr int kOptedOut = 4007;
inline constexpr int kFailed = 5000;
inline constexpr int kOutage = 5001;
inline constexpr int kNoReport = 5002;
inline constexpr int kUnknown = 9999;

/// Words for people; those of kUnknown for a code that is not published.
std::string_view words_of(int code);

/// What a fate is told by when nobody says more: 2000, 5000, or 4006 for what expired.
int code_of(Fate fate);

}  // namespace fanfare::carrier
