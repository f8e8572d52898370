#include "communication/chat/stored.h"

#include "base/bytes.h"

namespace fanfare::communication::chat {

namespace {

constexpr std::uint8_t kVersion = 1;

using base::ByteReader;
using base::ByteWriter;
using base::TimePoint;

void put(ByteWriter& out, TimePoint time) { out.i64(time.time_since_epoch().count()); }
TimePoint time(ByteReader& in) { return TimePoint(base::Duration(in.i64())); }

void put(ByteWriter& out, const std::optional<TimePoint>& value) {
  out.u8(value ? 1 : 0);
  if (value) put(out, *value);
}
std::optional<TimePoint> optional_time(ByteReader& in) {
  if (in.u8() == 0) return std::nullopt;
  return time(in);
}

using Pairs = std::vector<std::pair<std::string, std::string>>;

void put(ByteWriter& out, const Pairs& pairs) {
  out.varint(pairs.size());
  for (const auto& [name, value] : pairs) {
    out.bytes(name);
    out.bytes(value);
  }
}
Pairs pairs(ByteReader& in) {
  Pairs out;
  for (auto left = in.varint(); left > 0 && in.ok(); --left) {
    std::string name(in.bytes());
    out.emplace_back(std::move(name), std::string(in.bytes()));
  }
  return out;
}

void put(ByteWriter& out, const Participant& participant) {
  out.bytes(participant.id);
  out.bytes(participant.display_name);
  put(out, participant.share_history_from);
  put(out, participant.metadata);
  out.varint(participant.order);
}
Participant participant(ByteReader& in) {
  Participant out;
  out.id = in.bytes();
  out.display_name = in.bytes();
  out.share_history_from = optional_time(in);
  out.metadata = pairs(in);
  out.order = static_cast<std::uint32_t>(in.varint());
  return out;
}

/// The bytes of a record: version, then what `write` puts.
template <class Write>
std::string record(const Write& write) {
  std::string bytes;
  ByteWriter out(bytes);
  out.u8(kVersion);
  write(out);
  return bytes;
}

/// `read` fills the value; later fields that this version does not know are passed over.
template <class T, class Read>
std::optional<T> value(std::string_view bytes, const Read& read) {
  ByteReader in(bytes);
  if (in.u8() != kVersion) return std::nullopt;
  T out;
  read(in, out);
  if (!in.ok()) return std::nullopt;
  return out;
}

}  // namespace

std::string encode(const Properties& properties) {
  return record([&](ByteWriter& out) {
    out.bytes(properties.id);
    out.bytes(properties.topic);
    out.bytes(properties.created_by);
    put(out, properties.created);
    put(out, properties.metadata);
    out.varint(static_cast<std::uint64_t>(properties.delete_after_days.value_or(0)));
    put(out, properties.deleted);
  });
}

std::optional<Properties> decode_properties(std::string_view bytes) {
  return value<Properties>(bytes, [](ByteReader& in, Properties& out) {
    out.id = in.bytes();
    out.topic = in.bytes();
    out.created_by = in.bytes();
    out.created = time(in);
    out.metadata = pairs(in);
    const auto days = in.varint();
    if (days > 0) out.delete_after_days = static_cast<int>(days);
    out.deleted = optional_time(in);
  });
}

std::string encode(const Tail& tail) {
  return record([&](ByteWriter& out) {
    out.varint(tail.sequence);
    out.varint(tail.last_message_id);
    put(out, tail.last_message);
    out.varint(tail.version);
    out.varint(tail.place);
    out.varint(tail.joined);
  });
}

std::optional<Tail> decode_tail(std::string_view bytes) {
  return value<Tail>(bytes, [](ByteReader& in, Tail& out) {
    out.sequence = in.varint();
    out.last_message_id = in.varint();
    out.last_message = time(in);
    out.version = in.varint();
    out.place = in.varint();
    out.joined = static_cast<std::uint32_t>(in.varint());
  });
}

std::string encode(const Participant& participant) {
  return record([&](ByteWriter& out) { put(out, participant); });
}

std::optional<Participant> decode_participant(std::string_view bytes) {
  return value<Participant>(bytes, [](ByteReader& in, Participant& out) { out = participant(in); });
}

std::string encode(const FormerParticipant& participant) {
  return record([&](ByteWriter& out) {
    put(out, participant.share_history_from);
    out.varint(participant.last_message_id);
  });
}

std::optional<FormerParticipant> decode_former(std::string_view bytes) {
  return value<FormerParticipant>(bytes, [](ByteReader& in, FormerParticipant& out) {
    out.share_history_from = optional_time(in);
    out.last_message_id = in.varint();
  });
}

std::string encode(const Message& message) {
  return record([&](ByteWriter& out) {
    out.varint(message.id);
    out.varint(message.sequence);
    out.varint(message.version);
    out.u8(static_cast<std::uint8_t>(message.type));
    out.bytes(message.sender);
    out.bytes(message.sender_display_name);
    out.bytes(message.content);
    put(out, message.created);
    put(out, message.edited);
    put(out, message.deleted);
    put(out, message.metadata);
    out.varint(message.participants.size());
    for (const auto& each : message.participants) put(out, each);
  });
}

std::optional<Message> decode_message(std::string_view bytes) {
  return value<Message>(bytes, [](ByteReader& in, Message& out) {
    out.id = in.varint();
    out.sequence = in.varint();
    out.version = in.varint();
    out.type = static_cast<MessageType>(in.u8());
    out.sender = in.bytes();
    out.sender_display_name = in.bytes();
    out.content = in.bytes();
    out.created = time(in);
    out.edited = optional_time(in);
    out.deleted = optional_time(in);
    out.metadata = pairs(in);
    for (auto left = in.varint(); left > 0 && in.ok(); --left) {
      out.participants.push_back(participant(in));
    }
  });
}

std::string encode(const Receipt& receipt) {
  return record([&](ByteWriter& out) {
    out.bytes(receipt.user);
    out.varint(receipt.message_id);
    put(out, receipt.read);
  });
}

std::optional<Receipt> decode_receipt(std::string_view bytes) {
  return value<Receipt>(bytes, [](ByteReader& in, Receipt& out) {
    out.user = in.bytes();
    out.message_id = in.varint();
    out.read = time(in);
  });
}

std::string encode(const Token& token) {
  return record([&](ByteWriter& out) {
    out.bytes(token.thread);
    out.u64(token.request_digest);
    put(out, token.made);
    put(out, token.invalid);
  });
}

std::optional<Token> decode_token(std::string_view bytes) {
  return value<Token>(bytes, [](ByteReader& in, Token& out) {
    out.thread = in.bytes();
    out.request_digest = in.u64();
    out.made = time(in);
    out.invalid = pairs(in);
  });
}

}  // namespace fanfare::communication::chat
