#pragma once
/// What happens in a thread, told to whoever passes it on to connected clients. There are ten
/// kinds, as clients know them. Source: published real-time protocol of the chat clients.
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/time.h"
#include "communication/chat/thread.h"
#include "communication/resource.h"

namespace fanfare::communication::chat {

/// The numbers are those of the protocol (`eventId`).
enum class NotificationKind : std::uint16_t {
  MessageReceived = 200,
  TypingIndicatorReceived = 245,
  ReadReceiptReceived = 246,
  MessageEdited = 247,
  MessageDeleted = 248,
  ThreadCreated = 257,
  ThreadPropertiesUpdated = 258,
  ThreadDeleted = 259,
  ParticipantsAdded = 260,
  ParticipantsRemoved = 261,
};
/// The name that clients subscribe to: `chatMessageReceived`, `participantsAdded` …
std::string_view to_string(NotificationKind kind);

/// MessageReceived, MessageEdited, MessageDeleted: the message as it stands after it. System
/// messages are not told: the participants' and the thread's own kinds say the same.
struct MessageNotice {
  Message message;
};
struct TypingNotice {
  std::string sender;
  std::string sender_display_name;  ///< empty when none was sent
  base::TimePoint received;
};
struct ReceiptNotice {
  Receipt receipt;
};
/// ThreadCreated, ThreadPropertiesUpdated, ThreadDeleted: who did it and when.
struct ThreadNotice {
  std::string by;
  base::TimePoint at;
};
/// ParticipantsAdded, ParticipantsRemoved.
struct ParticipantsNotice {
  std::string by;
  base::TimePoint at;
  std::vector<Participant> participants;
};

struct Notification {
  NotificationKind kind = NotificationKind::MessageReceived;
  Thread thread;  ///< after the change; of a deleted one, as it last was
  /// Raw ids: everybody in the thread, the one who caused it included, and those just removed.
  std::vector<std::string> recipients;
  std::variant<MessageNotice, TypingNotice, ReceiptNotice, ThreadNotice, ParticipantsNotice> body;
};

/// Called after the commit, in the order of the changes of a thread, on an I/O thread and from
/// several at once: quick, no blocking. Nothing is told twice; after a crash what was committed but
/// not yet told is told no more, clients find it by reading.
using NotificationListener =
    std::function<void(const ResourcePtr& resource, const Notification& notification)>;

}  // namespace fanfare::communication::chat
