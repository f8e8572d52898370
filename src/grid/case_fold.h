#pragma once
/// Comparison without case, as filters want it: ordinal upper-casing, no locale.
/// Every character is mapped by itself (Unicode's simple mapping, all scripts), so that prefixes,
/// suffixes and substrings of folded texts correspond to those of the texts. Characters beyond
/// ASCII never become equal to ASCII ones, and ß stays ß.
#include <string>
#include <string_view>

namespace fanfare::grid {

/// Replaces `out` by the upper-case form of `text` (UTF-8).
void fold_case(std::string_view text, std::string& out);
std::string folded_case(std::string_view text);

}  // namespace fanfare::grid
