#include "communication/chat/wire.h"

#include <utility>

#include "base/bytes.h"
#include "communication/identity/identifier.h"

namespace fanfare::communication::chat {

namespace {

using base::Result;
using json::Value;

/// The body as an object; without one, an empty object.
Result<Value> object_of(std::string_view body) {
  if (body.empty()) return Value::object();
  auto value = json::parse(body);
  if (!value) return base::invalid("The body is not valid JSON: " + value.error().message, "");
  if (!value->is_object()) return base::invalid("The body must be a JSON object.", "");
  return value;
}

const Value* member(const Value& object, std::string_view name) {
  const auto* value = object.find(name);
  return value == nullptr || value->is_null() ? nullptr : value;
}

Result<std::optional<std::string>> text_of(const Value& object, std::string_view name,
                                           const std::string& path = {}) {
  const auto* value = member(object, name);
  if (value == nullptr) return std::optional<std::string>();
  if (const auto* text = value->if_string()) return std::optional<std::string>(*text);
  return base::invalid("'" + std::string(name) + "' must be a string.", path + std::string(name));
}

Result<std::string> required_text(const Value& object, std::string_view name) {
  auto text = text_of(object, name);
  if (!text) return text.error();
  if (!*text) return base::invalid("'" + std::string(name) + "' is required.", std::string(name));
  return **std::move(text);
}

base::Error bad_metadata(const std::string& target) {
  return base::invalid("Metadata must be an object of strings.", target);
}

Result<Metadata> metadata_of(const Value& object, const std::string& path) {
  const auto* value = member(object, "metadata");
  Metadata out;
  if (value == nullptr) return out;
  if (!value->is_object()) return bad_metadata(path + "metadata");
  for (const auto& [name, each] : *value->if_object()) {
    if (!each.is_string()) return bad_metadata(path + "metadata." + name);
    out.emplace_back(name, *each.if_string());
  }
  return out;
}

Result<std::optional<MetadataPatch>> metadata_patch_of(const Value& object) {
  const auto* value = object.find("metadata");
  if (value == nullptr) return std::optional<MetadataPatch>();
  MetadataPatch patch;
  patch.clear_first = value->is_null();
  if (patch.clear_first) return std::optional(std::move(patch));
  if (!value->is_object()) return bad_metadata("metadata");
  for (const auto& [name, each] : *value->if_object()) {
    if (!each.is_null() && !each.is_string()) return bad_metadata("metadata." + name);
    patch.entries.emplace_back(name,
                               each.is_null() ? std::nullopt : std::optional(*each.if_string()));
  }
  return std::optional(std::move(patch));
}

/// nullopt: no retention, which is also said by the kind `none`.
Result<std::optional<int>> retention_of(const Value& policy) {
  const auto bad = [](std::string_view message) {
    return base::invalid(std::string(message), "retentionPolicy");
  };
  if (!policy.is_object()) return bad("retentionPolicy must be an object.");
  const auto* kind = policy.find("kind");
  if (kind == nullptr || !kind->is_string()) return bad("retentionPolicy needs a kind.");
  if (*kind->if_string() == "none") return std::optional<int>();
  if (*kind->if_string() != "threadCreationDate") {
    return bad("retentionPolicy.kind must be 'threadCreationDate' or 'none'.");
  }
  const auto* days = policy.find("deleteThreadAfterDays");
  const auto number = days == nullptr ? std::nullopt : days->as_int();
  if (!number || *number < 0 || *number > 1'000'000) {
    return bad("deleteThreadAfterDays must be a number of days.");
  }
  return std::optional(static_cast<int>(*number));
}

Result<Participant> participant_of(const Value& value, const std::string& path,
                                   const Version& version) {
  const auto target = path + "communicationIdentifier";
  const auto* model = member(value, "communicationIdentifier");
  if (model == nullptr) {
    return base::invalid("A participant needs a communicationIdentifier.", target);
  }
  auto identifier = identity::parse_identifier(*model, target);
  if (!identifier) return identifier.error();
  Participant out;
  out.id = std::move(identifier->raw_id);
  auto name = text_of(value, "displayName", path);
  if (!name) return name.error();
  out.display_name = (*name).value_or("");
  auto since = text_of(value, "shareHistoryTime", path);
  if (!since) return since.error();
  if (*since) {
    const auto time = base::parse_rfc3339(**since);
    if (!time) {
      return base::invalid("shareHistoryTime must be an RFC 3339 time.", path + "shareHistoryTime");
    }
    out.share_history_from = *time;
  }
  if (!version.thread_metadata()) return out;
  auto metadata = metadata_of(value, path);
  if (!metadata) return metadata.error();
  out.metadata = *std::move(metadata);
  return out;
}

Result<std::vector<Participant>> participants_of(const Value& object, const Version& version) {
  std::vector<Participant> out;
  const auto* list = member(object, "participants");
  if (list == nullptr) return out;
  if (!list->is_array()) return base::invalid("'participants' must be an array.", "participants");
  for (const auto& each : *list->if_array()) {
    const auto path = "participants[" + std::to_string(out.size()) + "].";
    auto participant = participant_of(each, path, version);
    if (!participant) return participant.error();
    out.push_back(*std::move(participant));
  }
  return out;
}

Value metadata_json(const Metadata& metadata) {
  auto out = Value::object();
  for (const auto& [name, value] : metadata) out.set(name, value);
  return out;
}

std::string time_text(base::TimePoint time) { return base::format_rfc3339(time); }

Value content_json(const Message& message, const Version& version) {
  auto content = Value::object();
  if (!is_system(message.type)) {
    content.set("message", message.content);
    return content;
  }
  content.set("initiatorCommunicationIdentifier", identifier_json(message.sender, version));
  if (message.type == MessageType::TopicUpdated) {
    content.set("topic", message.content);
    return content;
  }
  auto participants = Value::array();
  for (const auto& each : message.participants) participants.push(participant_json(each, version));
  content.set("participants", std::move(participants));
  return content;
}

}  // namespace

Result<NewThread> read_new_thread(std::string_view body, const Version& version) {
  const auto value = object_of(body);
  if (!value) return value.error();
  NewThread out;
  auto topic = required_text(*value, "topic");
  if (!topic) return topic.error();
  out.topic = *std::move(topic);
  auto participants = participants_of(*value, version);
  if (!participants) return participants.error();
  out.participants = *std::move(participants);
  out.digest = digest_of(body);
  if (!version.thread_metadata()) return out;
  auto metadata = metadata_of(*value, "");
  if (!metadata) return metadata.error();
  out.metadata = *std::move(metadata);
  if (const auto* policy = member(*value, "retentionPolicy")) {
    auto days = retention_of(*policy);
    if (!days) return days.error();
    out.delete_after_days = *days;
  }
  return out;
}

Result<ThreadPatch> read_thread_patch(std::string_view body, const Version& version) {
  const auto value = object_of(body);
  if (!value) return value.error();
  ThreadPatch out;
  if (const auto* topic = value->find("topic")) {
    if (!topic->is_string()) return base::invalid("'topic' must be a string.", "topic");
    out.topic = *topic->if_string();
  }
  if (!version.thread_metadata()) return out;
  auto metadata = metadata_patch_of(*value);
  if (!metadata) return metadata.error();
  out.metadata = *std::move(metadata);
  if (const auto* policy = value->find("retentionPolicy")) {
    auto days = policy->is_null() ? std::optional<int>() : retention_of(*policy);
    if (!days) return days.error();
    out.delete_after_days = *days;
  }
  return out;
}

Result<std::vector<Participant>> read_participants(std::string_view body, const Version& version) {
  const auto value = object_of(body);
  if (!value) return value.error();
  return participants_of(*value, version);
}

Result<std::string> read_identifier(std::string_view body) {
  const auto value = object_of(body);
  if (!value) return value.error();
  auto identifier = identity::parse_identifier(*value, "");
  if (!identifier) return identifier.error();
  return std::move(identifier->raw_id);
}

Result<NewMessage> read_new_message(std::string_view body, const Version& version) {
  const auto value = object_of(body);
  if (!value) return value.error();
  NewMessage out;
  auto content = required_text(*value, "content");
  if (!content) return content.error();
  out.content = *std::move(content);
  auto name = text_of(*value, "senderDisplayName");
  if (!name) return name.error();
  out.sender_display_name = (*name).value_or("");
  auto type = text_of(*value, "type");
  if (!type) return type.error();
  if (*type && base::ascii_iequals(**type, "html")) {
    out.type = MessageType::Html;
  } else if (*type && !base::ascii_iequals(**type, "text")) {
    return base::invalid("The type of a message that is sent must be 'text' or 'html'.", "type");
  }
  if (!version.message_metadata()) return out;
  auto metadata = metadata_of(*value, "");
  if (!metadata) return metadata.error();
  out.metadata = *std::move(metadata);
  return out;
}

Result<MessagePatch> read_message_patch(std::string_view body, const Version& version) {
  const auto value = object_of(body);
  if (!value) return value.error();
  MessagePatch out;
  if (const auto* content = value->find("content")) {
    if (!content->is_string()) return base::invalid("'content' must be a string.", "content");
    out.content = *content->if_string();
  }
  if (!version.message_metadata()) return out;
  auto metadata = metadata_patch_of(*value);
  if (!metadata) return metadata.error();
  out.metadata = *std::move(metadata);
  return out;
}

Result<std::string> read_receipt(std::string_view body) {
  const auto value = object_of(body);
  if (!value) return value.error();
  return required_text(*value, "chatMessageId");
}

Result<std::string> read_typing(std::string_view body) {
  const auto value = object_of(body);
  if (!value) return value.error();
  auto name = text_of(*value, "senderDisplayName");
  if (!name) return name.error();
  if ((*name).value_or("").size() > kDisplayNameBytesMax) {
    return base::invalid("The display name is too long.", "senderDisplayName");
  }
  return (*name).value_or("");
}

Value identifier_json(std::string_view id, const Version& version) {
  return identity::to_json(identity::from_raw_id(id), version.identifier_kind()
                                                          ? identity::KindMember::Written
                                                          : identity::KindMember::Absent);
}

Value thread_json(const Properties& properties, const Version& version) {
  auto out = Value::object({{"id", properties.id},
                            {"topic", properties.topic},
                            {"createdOn", time_text(properties.created)}});
  out.set("createdByCommunicationIdentifier", identifier_json(properties.created_by, version));
  if (properties.deleted) out.set("deletedOn", time_text(*properties.deleted));
  if (!version.thread_metadata()) return out;
  if (!properties.metadata.empty()) out.set("metadata", metadata_json(properties.metadata));
  if (properties.delete_after_days) {
    out.set("retentionPolicy",
            Value::object({{"kind", "threadCreationDate"},
                           {"deleteThreadAfterDays", *properties.delete_after_days}}));
  }
  return out;
}

Value thread_item_json(const ListedThread& thread) {
  auto out = Value::object({{"id", thread.properties.id}, {"topic", thread.properties.topic}});
  if (thread.properties.deleted) out.set("deletedOn", time_text(*thread.properties.deleted));
  out.set("lastMessageReceivedOn", time_text(thread.tail.last_message));
  return out;
}

Value participant_json(const Participant& participant, const Version& version) {
  auto out = Value::object();
  out.set("communicationIdentifier", identifier_json(participant.id, version));
  if (!participant.display_name.empty()) out.set("displayName", participant.display_name);
  if (participant.share_history_from) {
    out.set("shareHistoryTime", time_text(*participant.share_history_from));
  }
  if (version.thread_metadata() && !participant.metadata.empty()) {
    out.set("metadata", metadata_json(participant.metadata));
  }
  return out;
}

Value message_json(const Message& message, const Version& version) {
  auto out = Value::object({{"id", std::to_string(message.id)},
                            {"type", to_string(message.type)},
                            {"sequenceId", std::to_string(message.sequence)},
                            {"version", std::to_string(message.version)}});
  if (!message.deleted) out.set("content", content_json(message, version));
  if (!message.sender_display_name.empty()) {
    out.set("senderDisplayName", message.sender_display_name);
  }
  out.set("createdOn", time_text(message.created));
  if (!is_system(message.type)) {
    out.set("senderCommunicationIdentifier", identifier_json(message.sender, version));
  }
  if (message.deleted) out.set("deletedOn", time_text(*message.deleted));
  if (message.edited) out.set("editedOn", time_text(*message.edited));
  if (version.message_metadata() && !message.metadata.empty()) {
    out.set("metadata", metadata_json(message.metadata));
  }
  return out;
}

Value receipt_json(const Receipt& receipt, const Version& version) {
  auto out = Value::object();
  out.set("senderCommunicationIdentifier", identifier_json(receipt.user, version));
  out.set("chatMessageId", std::to_string(receipt.message_id));
  out.set("readOn", time_text(receipt.read));
  return out;
}

Value invalid_json(const std::vector<InvalidParticipant>& invalid) {
  auto out = Value::array();
  for (const auto& each : invalid) {
    out.push(Value::object({{"target", each.id},
                            {"code", each.exists ? "403" : "404"},
                            {"message", each.exists ? "Permissions check failed" : "Not found"}}));
  }
  return out;
}

std::string write_cursor(const ListCursor& cursor) {
  std::string bytes;
  base::ByteWriter out(bytes);
  out.u8(cursor.last_round ? 2 : 1);
  out.u64(cursor.upper);
  out.u64(cursor.lower);
  out.u64(cursor.place);
  out.bytes(cursor.thread);
  return base::hex_encode(bytes);
}

std::optional<ListCursor> parse_cursor(std::string_view text) {
  std::string bytes;
  const auto digit = [](char c) {
    if (c >= '0' && c <= '9') return c - '0';
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
  };
  if (text.size() % 2 != 0) return std::nullopt;
  for (std::size_t i = 0; i < text.size(); i += 2) {
    const int high = digit(text[i]);
    const int low = digit(text[i + 1]);
    if (high < 0 || low < 0) return std::nullopt;
    bytes += static_cast<char>(high * 16 + low);
  }
  base::ByteReader in(bytes);
  ListCursor cursor;
  const auto round = in.u8();
  cursor.last_round = round == 2;
  cursor.upper = in.u64();
  cursor.lower = in.u64();
  cursor.place = in.u64();
  cursor.thread = in.bytes();
  const bool whole = in.ok() && in.at_end() && (round == 1 || round == 2);
  if (!whole || (!cursor.thread.empty() && !is_thread_id(cursor.thread))) return std::nullopt;
  return cursor;
}

std::uint64_t digest_of(std::string_view body) {
  std::uint64_t hash = 0xcbf29ce484222325U;  // FNV-1a: told apart are repeats, not adversaries
  for (const char c : body) {
    hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3U;
  }
  return hash;
}

}  // namespace fanfare::communication::chat
