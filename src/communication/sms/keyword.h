#pragma once
/// Words by which a recipient says whether a sender may write. Pure.
/// Source: published FAQ and concept page of opting out.
#include <optional>
#include <string_view>

namespace fanfare::communication::sms {

enum class Keyword {
  Stop,   ///< STOP
  Start,  ///< START, UNSTOP
  Help,   ///< HELP
};

/// The whole text is the word, in any case, with white space around it at most.
std::optional<Keyword> keyword_in(std::string_view text);

}  // namespace fanfare::communication::sms
