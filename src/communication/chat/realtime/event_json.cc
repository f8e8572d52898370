#include "communication/chat/realtime/event_json.h"

#include "base/time.h"
#include "communication/chat/wire.h"

namespace fanfare::communication::chat::realtime {

namespace {

using json::Value;

/// The newest api-version, whose objects have every member.
const Version& newest() {
  static const Version version("2025-03-15");
  return version;
}

std::string time_text(base::TimePoint time) { return base::format_rfc3339(time); }

Value participants_of(const std::vector<Participant>& participants) {
  Value list = Value::array();
  for (const Participant& participant : participants) {
    list.push(participant_json(participant, newest()));
  }
  return list;
}

struct EventOf {
  const Notification& notification;
  std::string_view recipient;

  Value begin() const { return Value::object({{"threadId", notification.thread.id()}}); }
  Value id_of(std::string_view user) const { return identifier_json(user, newest()); }
  Value of_thread() const {
    Value event = begin();
    event.set("version", std::to_string(notification.thread.tail.version));
    return event;
  }

  Value operator()(const MessageNotice& notice) const {
    Value event = begin();
    const Value message = message_json(notice.message, newest());
    for (const auto& [name, value] : *message.if_object()) event.set(name, value);
    event.set("recipientCommunicationIdentifier", id_of(recipient));
    return event;
  }

  Value operator()(const TypingNotice& notice) const {
    Value event = begin();
    event.set("version", std::to_string(to_ms(notice.received)));
    event.set("senderCommunicationIdentifier", id_of(notice.sender));
    event.set("senderDisplayName", notice.sender_display_name);
    event.set("recipientCommunicationIdentifier", id_of(recipient));
    event.set("receivedOn", time_text(notice.received));
    return event;
  }

  Value operator()(const ReceiptNotice& notice) const {
    Value event = begin();
    const Value receipt = receipt_json(notice.receipt, newest());
    for (const auto& [name, value] : *receipt.if_object()) event.set(name, value);
    event.set("recipientCommunicationIdentifier", id_of(recipient));
    return event;
  }

  Value operator()(const ThreadNotice& notice) const {
    const Thread& thread = notification.thread;
    Value event = of_thread();
    const Value properties = thread_json(*thread.properties, newest());
    switch (notification.kind) {
      case NotificationKind::ThreadDeleted:
        event.set("deletedOn", time_text(notice.at));
        event.set("deletedByCommunicationIdentifier", id_of(notice.by));
        return event;
      case NotificationKind::ThreadCreated:
        event.set("createdOn", time_text(notice.at));
        event.set("createdByCommunicationIdentifier", id_of(notice.by));
        event.set("participants", participants_of(*thread.roster));
        break;
      default:
        event.set("updatedOn", time_text(notice.at));
        event.set("updatedByCommunicationIdentifier", id_of(notice.by));
        break;
    }
    event.set("thread", properties);
    return event;
  }

  Value operator()(const ParticipantsNotice& notice) const {
    const bool added = notification.kind == NotificationKind::ParticipantsAdded;
    Value event = of_thread();
    event.set(added ? "addedOn" : "removedOn", time_text(notice.at));
    event.set(added ? "addedByCommunicationIdentifier" : "removedByCommunicationIdentifier",
              id_of(notice.by));
    event.set(added ? "participantsAdded" : "participantsRemoved",
              participants_of(notice.participants));
    return event;
  }
};

}  // namespace

Value event_json(const Notification& notification, std::string_view recipient) {
  return std::visit(EventOf{notification, recipient}, notification.body);
}

}  // namespace fanfare::communication::chat::realtime
