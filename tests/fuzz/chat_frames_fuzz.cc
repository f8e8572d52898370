// Frames and payloads of chat clients: whatever comes is taken or refused, what is written is read
// back, and a session never tells of having come further than it has sent.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "communication/chat/realtime/packet.h"
#include "communication/chat/realtime/trouter_session.h"

namespace {

namespace realtime = fanfare::communication::chat::realtime;
using fanfare::base::TimePoint;

void require(bool holds) {
  if (!holds) std::abort();
}

void read_back(std::string_view text) {
  const auto packet = realtime::parse_packet(text);
  if (!packet) return;
  if (packet->id || !packet->endpoint.empty()) return;  // we send neither
  const auto again = realtime::parse_packet(realtime::write_packet(packet->type, packet->data));
  require(again && again->type == packet->type && again->data == packet->data);
}

void converse(const std::vector<std::string>& frames) {
  realtime::TrouterSession session("/v4/f/x/", 0, TimePoint{});
  realtime::Position position = 0;
  for (const std::string& frame : frames) {
    if (session.has_room()) session.notify(++position, "{}", TimePoint{});
    require(session.on_frame(frame, TimePoint{}).size() <= 1);
    require(session.acknowledged() <= session.sent());
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  read_back(text);
  const auto frames = realtime::split_payload(text, 32);
  if (!frames) return 0;
  require(frames->size() <= 32);
  converse(*frames);
  // A mark at the start of a single frame would make it a payload.
  if (frames->size() > 1)
    require(realtime::split_payload(realtime::join_payload(*frames), 32) == frames);
  return 0;
}
