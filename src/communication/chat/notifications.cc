#include "communication/chat/notifications.h"

namespace fanfare::communication::chat {

std::string_view to_string(NotificationKind kind) {
  switch (kind) {
    case NotificationKind::MessageReceived:
      return "chatMessageReceived";
    case NotificationKind::TypingIndicatorReceived:
      return "typingIndicatorReceived";
    case NotificationKind::ReadReceiptReceived:
      return "readReceiptReceived";
    case NotificationKind::MessageEdited:
      return "chatMessageEdited";
    case NotificationKind::MessageDeleted:
      return "chatMessageDeleted";
    case NotificationKind::ThreadCreated:
      return "chatThreadCreated";
    case NotificationKind::ThreadPropertiesUpdated:
      return "chatThreadPropertiesUpdated";
    case NotificationKind::ThreadDeleted:
      return "chatThreadDeleted";
    case NotificationKind::ParticipantsAdded:
      return "participantsAdded";
    case NotificationKind::ParticipantsRemoved:
      return "participantsRemoved";
  }
  return "";
}

}  // namespace fanfare::communication::chat
