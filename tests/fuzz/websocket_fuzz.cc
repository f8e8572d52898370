// A WebSocket's bytes in any pieces: the framing never reads past a limit, never loses what it
// owes, and gives the same messages however the bytes are cut.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "http/websocket_frames.h"

namespace {

using fanfare::http::WebSocketFrames;

constexpr std::size_t kMessageBytesMax = 512;

using Messages = std::vector<std::string>;

void require(bool holds) {
  if (!holds) std::abort();
}

/// When a frame's fault is seen, and which of two, may depend on the pieces; what came before not.
Messages hear(std::string_view bytes, std::size_t piece) {
  WebSocketFrames frames(kMessageBytesMax);
  Messages heard;
  while (!bytes.empty()) {
    const std::string_view some = bytes.substr(0, piece);
    bytes.remove_prefix(some.size());
    frames.feed(some);
    while (auto message = frames.next_message()) {
      require(message->size() <= kMessageBytesMax);
      heard.push_back(std::move(*message));
    }
    frames.wrote(frames.output().size());
  }
  require(!frames.ended() || frames.close_sent());
  require(frames.send("x") == !frames.close_sent());
  return heard;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const Messages whole = hear(bytes, size);
  require(hear(bytes, 1) == whole);
  require(hear(bytes, 5) == whole);
  return 0;
}
