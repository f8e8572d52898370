#pragma once
/// The stored form of chat's records (keys.h says where they stand). Each begins with a version
/// byte, 1; fields are appended, never reordered. decode_* gives nullopt for bytes that are damaged
/// or of a later version.
#include <optional>
#include <string>
#include <string_view>

#include "communication/chat/thread.h"

namespace fanfare::communication::chat {

/// What a repeatable creation made, to be answered again.
struct Token {
  std::string thread;
  std::uint64_t request_digest = 0;  ///< another request under the same id is refused
  base::TimePoint made;
  std::vector<std::pair<std::string, std::string>> invalid;  ///< raw id and code
};

std::string encode(const Properties& properties);
std::string encode(const Tail& tail);
std::string encode(const Participant& participant);
std::string encode(const FormerParticipant& participant);
std::string encode(const Message& message);
std::string encode(const Receipt& receipt);
std::string encode(const Token& token);

std::optional<Properties> decode_properties(std::string_view bytes);
std::optional<Tail> decode_tail(std::string_view bytes);
std::optional<Participant> decode_participant(std::string_view bytes);
std::optional<FormerParticipant> decode_former(std::string_view bytes);
std::optional<Message> decode_message(std::string_view bytes);
std::optional<Receipt> decode_receipt(std::string_view bytes);
std::optional<Token> decode_token(std::string_view bytes);

}  // namespace fanfare::communication::chat
