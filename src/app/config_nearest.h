#pragma once
/// "Did you mean …?": the word of a list that a mistyped one was probably meant to be.
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace fanfare::app {

/// The closest of `words` by edits (insert, drop, change, swap two neighbours; case and `-`/`_` do
/// not count), when it needs at most a third of the word's length. nullopt: nothing comes near.
std::optional<std::string> nearest(std::string_view word, std::span<const std::string> words);

}  // namespace fanfare::app
