#pragma once
/// The framing of a server's end of a WebSocket, without a socket: bytes of the peer become
/// messages, our messages become bytes. Masks, fragments, UTF-8, lengths, pings and the closing
/// handshake are held to RFC 6455; what breaks it is answered by a close frame, and nothing more is
/// read. Pure; hides wslay.
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "http/websocket.h"

namespace fanfare::http {

class WebSocketFrames {
 public:
  explicit WebSocketFrames(std::size_t message_bytes_max);
  ~WebSocketFrames();
  WebSocketFrames(const WebSocketFrames&) = delete;
  WebSocketFrames& operator=(const WebSocketFrames&) = delete;

  /// What came from the peer, in any pieces. Answers go to output().
  void feed(std::string_view bytes);
  /// Text messages that have come whole, in order.
  std::optional<std::string> next_message();

  /// False when a close frame has been sent.
  bool send(std::string_view text);
  void ping();
  /// At most once; later ones do nothing.
  void close(CloseCode code, std::string_view reason);

  /// Bytes to be written, and how many of them have been.
  std::string_view output() const { return std::string_view(output_).substr(written_); }
  void wrote(std::size_t bytes);

  /// The peer has closed, or broken the protocol: what it sends now is not read.
  bool ended() const;
  bool close_sent() const;
  bool close_received() const;
  /// Of the peer's close frame: its code, 1005 when it names none; 0 before it has come.
  std::uint16_t code_received() const;

  struct State;

 private:
  void flush();

  std::unique_ptr<State> state_;
  std::string output_;
  std::size_t written_ = 0;
};

}  // namespace fanfare::http
