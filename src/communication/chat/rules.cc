#include "communication/chat/rules.h"

#include <string>

namespace fanfare::communication::chat {

namespace {

using identity::Scope;

/// The smallest scope that is enough.
Scope least_scope(Operation operation) {
  switch (operation) {
    case Operation::CreateThread:
    case Operation::UpdateThread:
    case Operation::DeleteThread:
      return Scope::Chat;
    case Operation::AddParticipants:
    case Operation::RemoveParticipant:
      return Scope::ChatJoin;
    default:
      return Scope::ChatJoinLimited;
  }
}

bool reads_messages(Operation operation) {
  return operation == Operation::ListMessages || operation == Operation::GetMessage;
}

}  // namespace

base::Error not_allowed() {
  return base::Error{base::Errc::Forbidden, "User is not allowed to perform specified action.", {}};
}

base::Error no_such_thread(const ChatOptions& options) {
  if (options.foreign_threads_forbidden) return not_allowed();
  return base::Error{
      base::Errc::NotFound, "There is no such chat thread, or the user is not in it.", {}};
}

base::Error no_such_message() {
  return base::Error{base::Errc::NotFound, "There is no such chat message.", {}};
}

base::Result<void> check_scopes(Operation operation, identity::Scopes scopes) {
  const auto least = least_scope(operation);
  if (identity::has(scopes, Scope::Chat)) return {};
  if (identity::has(scopes, Scope::ChatJoin) && least != Scope::Chat) return {};
  if (identity::has(scopes, Scope::ChatJoinLimited) && least == Scope::ChatJoinLimited) return {};
  return not_allowed();
}

base::Result<void> check_standing(Operation operation, Standing standing,
                                  const ChatOptions& options) {
  if (standing == Standing::Outsider) return no_such_thread(options);
  if (standing == Standing::Participant) return {};
  if (reads_messages(operation) && options.removed_users_read_history) return {};
  return not_allowed();
}

base::Result<void> check_delete(const Message& message, std::string_view user) {
  if (is_system(message.type) || message.sender != user) return not_allowed();
  return {};
}

base::Result<void> check_edit(const Message& message, std::string_view user) {
  if (auto own = check_delete(message, user); !own) return own;
  if (message.deleted) return no_such_message();
  return {};
}

bool Window::shows(const Message& message) const {
  if (from && message.created < cut_to_ms(*from)) return false;
  return !last_message_id || message.id <= *last_message_id;
}

Window window_of(const Participant& participant) { return {participant.share_history_from, {}}; }

Window window_of(const FormerParticipant& participant) {
  return {participant.share_history_from, participant.last_message_id};
}

base::Result<void> check_signals(const Thread& thread) {
  if (thread.roster->size() <= kSignalParticipantsMax) return {};
  return base::Error{base::Errc::Forbidden,
                     "Read receipts and typing notifications are for threads of up to " +
                         std::to_string(kSignalParticipantsMax) + " participants.",
                     {}};
}

bool moves_to_front(std::uint64_t place_ms, std::uint64_t now_ms) {
  return now_ms >= place_ms + kPlaceLagMs;
}

}  // namespace fanfare::communication::chat
