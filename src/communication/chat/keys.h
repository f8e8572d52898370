#pragma once
/// Where the records of chat stand, below area_prefix(resource, "chat"):
///
///   h/<thread>                        Properties
///   n/<thread>                        Tail
///   p/<thread>/<user>                 Participant
///   x/<thread>/<user>                 FormerParticipant
///   m/<thread>/<id, inverted>         Message; a scan forward goes from new to old
///   r/<thread>/<user>                 Receipt
///   u/<user>/<place, inverted>/<thread>   nothing: a thread in a user's list, last changed first
///   k/<user>/<token, escaped>         Token: a thread that was made by a repeatable request
///   d/<due, ms>/<kind>/<what>         nothing: a thread that expires (e), a deleted one whose
///                                     records are to go (g), a token that is forgotten (k)
///
/// Numbers are sixteen hexadecimal digits, inverted ones 2^64-1 minus the number.
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "communication/resource.h"

namespace fanfare::communication::chat {

enum class DueKind : char { Expire = 'e', Clean = 'g', Forget = 'k' };

struct Due {
  std::uint64_t at_ms = 0;
  DueKind kind = DueKind::Expire;
  std::string what;  ///< a thread's id; `<user>/<token, escaped>`
};

class Keys {
 public:
  explicit Keys(ResourceId resource) : prefix_(area_prefix(resource, "chat")) {}

  std::string properties(std::string_view thread) const;
  std::string tail(std::string_view thread) const;
  std::string participants(std::string_view thread) const;  ///< a prefix
  std::string participant(std::string_view thread, std::string_view user) const;
  std::string formers(std::string_view thread) const;  ///< a prefix
  std::string former(std::string_view thread, std::string_view user) const;
  std::string messages(std::string_view thread) const;  ///< a prefix
  std::string message(std::string_view thread, std::uint64_t id) const;
  std::string receipts(std::string_view thread) const;  ///< a prefix
  std::string receipt(std::string_view thread, std::string_view user) const;
  std::string list(std::string_view user) const;  ///< a prefix
  /// The first place in `user`'s list that is not newer than `place`.
  std::string list_from(std::string_view user, std::uint64_t place) const;
  std::string listed(std::string_view user, std::uint64_t place, std::string_view thread) const;
  std::string token(std::string_view user, std::string_view token) const;
  std::string dues() const;  ///< a prefix
  std::string dues_from(std::uint64_t at_ms) const;
  std::string due(const Due& due) const;

  /// What stands behind the prefix `list(user)`: place and thread.
  static std::optional<std::pair<std::uint64_t, std::string>> parse_listed(std::string_view rest);
  /// What stands behind the prefix `dues()`.
  static std::optional<Due> parse_due(std::string_view rest);
  /// The key of the token that a Due of kind Forget names.
  std::string token_of(const Due& due) const;

 private:
  std::string prefix_;
};

/// `<user>/<token, escaped>`, as a Due names it.
std::string token_name(std::string_view user, std::string_view token);

}  // namespace fanfare::communication::chat
