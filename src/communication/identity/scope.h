#pragma once
/// What a user access token is good for.
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace fanfare::communication::identity {

/// A set of bits.
enum class Scope : std::uint8_t {
  Chat = 1,
  Voip = 2,
  ChatJoin = 4,
  ChatJoinLimited = 8,
  VoipJoin = 16,
};
using Scopes = std::uint8_t;
constexpr bool has(Scopes scopes, Scope scope) {
  return (scopes & static_cast<Scopes>(scope)) != 0;
}

/// `chat`, `voip`, `chat.join`, `chat.join.limited`, `voip.join`.
std::optional<Scope> parse_scope(std::string_view name);

/// Separated by commas, in the order above, and back. Unknown names are nullopt.
std::string join_scopes(Scopes scopes);
std::optional<Scopes> split_scopes(std::string_view joined);

}  // namespace fanfare::communication::identity
