#include "communication/chat/realtime/trouter_session.h"

#include <utility>

#include "communication/chat/realtime/packet.h"
#include "json/value.h"

namespace fanfare::communication::chat::realtime {

namespace {

std::int64_t seconds_of(base::Duration duration) {
  return std::chrono::duration_cast<std::chrono::seconds>(duration).count();
}

}  // namespace

TrouterSession::TrouterSession(std::string path, Position acknowledged, base::TimePoint now,
                               TrouterLimits limits)
    : path_(std::move(path)), limits_(limits), sent_(acknowledged), spoke_(now), heard_(now) {}

std::vector<std::string> TrouterSession::open(base::Duration ttl, base::TimePoint now) {
  spoke_ = heard_ = now;
  const auto connected = json::Value::object({{"ttl", seconds_of(ttl)}, {"dur", "0"}});
  return {write_packet(PacketType::Connect),
          write_event("trouter.connected", json::write(connected))};
}

std::vector<std::string> TrouterSession::on_frame(std::string_view frame, base::TimePoint now) {
  const auto packet = parse_packet(frame);
  if (!packet) return {};
  heard_ = now;
  switch (packet->type) {
    case PacketType::Disconnect:
      ended_ = true;
      return {};
    case PacketType::Message:
    case PacketType::Json:
      on_response(packet->data);
      break;
    case PacketType::Connect:
    case PacketType::Heartbeat:
    case PacketType::Event:  // ping, user.activity and what else it tells: nothing waits for it
    case PacketType::Ack:
    case PacketType::Error:
    case PacketType::Noop:
      break;
  }
  if (!packet->id) return {};
  spoke_ = now;
  return {write_ack(*packet->id)};
}

/// Whatever its status: the client has had it, and whether its application cares is not ours.
void TrouterSession::on_response(std::string_view data) {
  const auto response = json::parse(data);
  if (!response) return;
  const json::Value* id = response->find("id");
  const auto number = id ? id->as_int() : std::nullopt;
  if (!number) return;
  const auto found = unanswered_.find(static_cast<std::uint64_t>(*number));
  if (found == unanswered_.end()) return;
  unanswered_bytes_ -= found->second.bytes;
  unanswered_.erase(found);
}

bool TrouterSession::has_room() const {
  return !ended_ && unanswered_.size() < limits_.unanswered_max &&
         unanswered_bytes_ < limits_.unanswered_bytes_max;
}

std::string TrouterSession::notify(Position position, std::string_view body, base::TimePoint now) {
  const std::uint64_t number = next_number_++;
  const auto request = json::Value::object({{"id", number},
                                            {"method", "POST"},
                                            {"url", path_},
                                            {"headers", json::Value::object()},
                                            {"body", body}});
  std::string frame = write_packet(PacketType::Message, json::write(request));
  unanswered_.emplace(number, Unanswered{position, frame.size(), now});
  unanswered_bytes_ += frame.size();
  sent_ = position;
  spoke_ = now;
  return frame;
}

std::string TrouterSession::missed(Position until) {
  sent_ = until;
  const auto indicator =
      json::Value::object({{"tag", "chat"}, {"etag", std::to_string(++losses_)}});
  const auto lost = json::Value::object({{"droppedIndicators", json::Value::array({indicator})}});
  return write_event("trouter.message_loss", json::write(lost));
}

std::string TrouterSession::on_tick(base::TimePoint now) {
  if (now < spoke_ + limits_.heartbeat_every) return {};
  spoke_ = now;
  return write_packet(PacketType::Heartbeat);
}

void TrouterSession::check_alive(base::TimePoint now) {
  if (now >= heard_ + kHeartbeatTimeout + limits_.heartbeat_every) ended_ = true;
  if (unanswered_.empty()) return;
  if (now >= unanswered_.begin()->second.sent + limits_.response_within) ended_ = true;
}

Position TrouterSession::acknowledged() const {
  return unanswered_.empty() ? sent_ : unanswered_.begin()->second.position - 1;
}

std::string unauthorized_frame() {
  return write_packet(PacketType::Disconnect, R"({"reason":"unauthorized"})");
}

std::string duplicate_frame() { return write_packet(PacketType::Disconnect, "dup"); }

}  // namespace fanfare::communication::chat::realtime
