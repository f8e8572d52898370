#pragma once
/// Who may do what in chat. Pure: the same tables serve every operation and their tests.
/// Source: published identity model (scopes) and chat concepts (participants, senders); what they
/// leave open is in docs/parity.md.
#include <cstdint>
#include <optional>
#include <string_view>

#include "base/result.h"
#include "base/time.h"
#include "communication/chat/options.h"
#include "communication/chat/thread.h"
#include "communication/identity/scope.h"

namespace fanfare::communication::chat {

enum class Operation : std::uint8_t {
  CreateThread,
  ListThreads,
  GetThread,
  UpdateThread,
  DeleteThread,
  ListParticipants,
  AddParticipants,
  RemoveParticipant,
  SendMessage,
  ListMessages,
  GetMessage,
  UpdateMessage,
  DeleteMessage,
  SendReceipt,
  ListReceipts,
  SendTyping,
};

/// What the caller is to a thread.
enum class Standing : std::uint8_t { Participant, Removed, Outsider };

/// Whether a token with these scopes is good for the operation. Error: Forbidden.
base::Result<void> check_scopes(Operation operation, identity::Scopes scopes);

/// Whether somebody of that standing may do it in a thread. Errors: NotFound for an outsider, word
/// for word what a missing thread answers, so that nobody learns which threads exist; Forbidden.
base::Result<void> check_standing(Operation operation, Standing standing,
                                  const ChatOptions& options);

/// What a missing thread answers.
base::Error no_such_thread(const ChatOptions& options);
base::Error no_such_message();
base::Error not_allowed();

/// Only its sender changes a message; system messages have none. Errors: Forbidden, NotFound (it
/// was deleted).
base::Result<void> check_edit(const Message& message, std::string_view user);
base::Result<void> check_delete(const Message& message, std::string_view user);

/// Which messages somebody may see.
struct Window {
  std::optional<base::TimePoint> from;
  std::optional<std::uint64_t> last_message_id;

  bool shows(const Message& message) const;
};
Window window_of(const Participant& participant);
Window window_of(const FormerParticipant& participant);

/// Receipts and typing are for small threads. Error: Forbidden.
base::Result<void> check_signals(const Thread& thread);

/// A thread's place in its participants' lists may be older than its last change by this much.
inline constexpr std::uint64_t kPlaceLagMs = 10'000;

/// Whether a message moves the thread to the front of its participants' lists. Not every one does:
/// a busy thread would leave a trail of erased places that lists would have to be read across.
bool moves_to_front(std::uint64_t place_ms, std::uint64_t now_ms);

}  // namespace fanfare::communication::chat
