#include "communication/chat/realtime/trouter_body.h"

#include <array>
#include <cstdio>

#include "base/time.h"
#include "json/value.h"

namespace fanfare::communication::chat::realtime {

namespace {

using json::Value;

std::string time_text(base::TimePoint time) { return base::format_rfc3339(time, 3); }

std::string metadata_text(const Metadata& metadata) {
  Value object = Value::object();
  for (const auto& [name, value] : metadata) object.set(name, value);
  return json::write(object);
}

/// Of text and HTML messages; of others nobody is told.
std::string_view message_type(MessageType type) {
  return type == MessageType::Html ? "RichText/Html" : "Text";
}

Value participant_value(const Participant& participant) {
  Value value =
      Value::object({{"participantId", participant.id}, {"displayName", participant.display_name}});
  if (participant.share_history_from) {
    value.set("shareHistoryTime", time_text(*participant.share_history_from));
  }
  if (!participant.metadata.empty()) {
    value.set("memberMetaData", metadata_text(participant.metadata));
  }
  return value;
}

/// Whoever acted may have left the thread since.
std::string actor_text(const Thread& thread, std::string_view user) {
  Participant actor;
  actor.id = std::string(user);
  if (const Participant* found = thread.participant(user)) {
    actor.display_name = found->display_name;
  }
  return escape_json(json::write(participant_value(actor)));
}

std::string participants_text(const std::vector<Participant>& participants) {
  Value list = Value::array();
  for (const Participant& participant : participants) list.push(participant_value(participant));
  return escape_json(json::write(list));
}

std::string properties_text(const Properties& properties) {
  Value value = Value::object({{"topic", properties.topic}});
  if (!properties.metadata.empty()) {
    value.set("acsChatThreadMetadata", metadata_text(properties.metadata));
  }
  if (properties.delete_after_days) {
    const Value policy = Value::object(
        {{"retentionPolicyType", "DeleteAfterCreationTime"},
         {"executeAfter", std::to_string(*properties.delete_after_days) + ".00:00:00"}});
    value.set("retentionPolicy", json::write(policy));
  }
  return escape_json(json::write(value));
}

/// What the kinds within a thread share.
Value in_thread(const Notification& notification, std::string_view sender,
                std::string_view recipient) {
  return Value::object({{"eventId", static_cast<int>(notification.kind)},
                        {"senderId", sender},
                        {"recipientMri", recipient},
                        {"groupId", notification.thread.id()}});
}

Value of_thread(const Notification& notification) {
  return Value::object({{"eventId", static_cast<int>(notification.kind)},
                        {"threadId", notification.thread.id()},
                        {"version", std::to_string(notification.thread.tail.version)}});
}

struct BodyOf {
  const Notification& notification;
  std::string_view recipient;

  Value operator()(const MessageNotice& notice) const {
    const Message& message = notice.message;
    Value body = in_thread(notification, message.sender, recipient);
    body.set("messageId", std::to_string(message.id));
    body.set("clientMessageId", "");
    body.set("senderDisplayName", message.sender_display_name);
    body.set("messageType", message_type(message.type));
    body.set("version", std::to_string(message.version));
    body.set("originalArrivalTime", time_text(message.created));
    if (message.deleted) {
      body.set("deletetime", time_text(*message.deleted));
      return body;
    }
    body.set("messageBody", message.content);
    body.set("acsChatMessageMetadata", metadata_text(message.metadata));
    body.set("attachments", "[]");
    if (message.edited) body.set("edittime", time_text(*message.edited));
    return body;
  }

  Value operator()(const TypingNotice& notice) const {
    Value body = in_thread(notification, notice.sender, recipient);
    body.set("messageType", "Control/Typing");
    body.set("senderDisplayName", notice.sender_display_name);
    body.set("version", std::to_string(to_ms(notice.received)));
    body.set("originalArrivalTime", time_text(notice.received));
    return body;
  }

  Value operator()(const ReceiptNotice& notice) const {
    const Receipt& receipt = notice.receipt;
    const std::string message = std::to_string(receipt.message_id);
    const std::uint64_t read = to_ms(receipt.read);
    const Value horizon =
        Value::object({{"user", receipt.user},
                       {"consumptionhorizon", message + ";" + std::to_string(read) + ";" + message},
                       {"messageVisibilityTime", receipt.message_id},
                       {"version", std::to_string(read)}});
    Value body = in_thread(notification, receipt.user, recipient);
    body.set("messageId", message);
    body.set("clientMessageId", "");
    body.set("messageBody", json::write(horizon));
    return body;
  }

  Value operator()(const ThreadNotice& notice) const {
    const Thread& thread = notification.thread;
    const std::string actor = actor_text(thread, notice.by);
    Value body = of_thread(notification);
    if (notification.kind == NotificationKind::ThreadDeleted) {
      body.set("deleteTime", time_text(notice.at));
      body.set("deletedBy", actor);
      return body;
    }
    const bool created = notification.kind == NotificationKind::ThreadCreated;
    body.set(created ? "createTime" : "editTime", time_text(notice.at));
    body.set(created ? "createdBy" : "editedBy", actor);
    if (created) body.set("members", participants_text(*thread.roster));
    body.set("properties", properties_text(*thread.properties));
    return body;
  }

  Value operator()(const ParticipantsNotice& notice) const {
    const bool added = notification.kind == NotificationKind::ParticipantsAdded;
    Value body = of_thread(notification);
    body.set("time", time_text(notice.at));
    body.set(added ? "addedBy" : "removedBy", actor_text(notification.thread, notice.by));
    body.set(added ? "participantsAdded" : "participantsRemoved",
             participants_text(notice.participants));
    return body;
  }
};

bool stays(char c) {
  const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
  return letter || (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_' || c == '~';
}

void append_percent(std::string& out, unsigned char c) {
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  out.push_back('%');
  out.push_back(kDigits[c >> 4]);
  out.push_back(kDigits[c & 0x0F]);
}

/// `\uXXXX` of one UTF-16 code unit, percent-escaped: only the backslash needs it.
void append_unit(std::string& out, unsigned unit) {
  std::array<char, 12> text{};
  std::snprintf(text.data(), text.size(), "%%5Cu%04X", unit);
  out.append(text.data());
}

/// The code point at the front of valid UTF-8, which is taken off.
unsigned take_code_point(std::string_view& text) {
  const auto lead = static_cast<unsigned char>(text.front());
  const std::size_t size = lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
  unsigned point = lead & (0xFFu >> (size + 1));
  const std::size_t available = std::min(size, text.size());
  for (std::size_t i = 1; i < available; ++i) {
    point = (point << 6) | (static_cast<unsigned char>(text[i]) & 0x3Fu);
  }
  text.remove_prefix(available);
  return point;
}

}  // namespace

std::string escape_json(std::string_view json) {
  std::string out;
  while (!json.empty()) {
    const auto c = static_cast<unsigned char>(json.front());
    if (c < 0x80) {
      if (stays(json.front())) {
        out.push_back(json.front());
      } else {
        append_percent(out, c);
      }
      json.remove_prefix(1);
      continue;
    }
    const unsigned point = take_code_point(json);
    if (point >= 0x10000) {
      append_unit(out, 0xD800 + ((point - 0x10000) >> 10));
      append_unit(out, 0xDC00 + ((point - 0x10000) & 0x3FF));
    } else {
      append_unit(out, point);
    }
  }
  return out;
}

std::string trouter_body(const Notification& notification, std::string_view recipient) {
  return json::write(std::visit(BodyOf{notification, recipient}, notification.body));
}

}  // namespace fanfare::communication::chat::realtime
