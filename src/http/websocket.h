#pragma once
/// WebSocket (RFC 6455), the server's end: text messages both ways over a connection that a handler
/// takes over. Binary messages are refused with 1003; no extension is negotiated, so what was
/// compressed is a protocol error. The connection answers pings, pings a peer that is silent, and
/// ends one that does not answer or does not read.
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/async.h"
#include "base/time.h"
#include "http/message.h"

namespace fanfare::http {

/// RFC 6455, section 7.4.1; those that we send.
enum class CloseCode : std::uint16_t {
  Normal = 1000,
  GoingAway = 1001,  ///< the server stops
  ProtocolError = 1002,
  UnsupportedData = 1003,
  PolicyViolation = 1008,
  MessageTooBig = 1009,
  InternalError = 1011,
  TryAgainLater = 1013,  ///< the peer reads too slowly
};

/// Kept by the sweep of the connection's thread, so each duration may come a sweep late.
struct WebSocketLimits {
  std::size_t message_bytes_max = 64 * 1024;         ///< received, fragments together [1009]
  std::size_t unsent_bytes_max = 1024 * 1024;        ///< what the peer has not read
  base::Duration ping_after = base::seconds(25);     ///< of silence
  base::Duration answer_within = base::seconds(20);  ///< after a ping
  base::Duration close_within = base::seconds(5);    ///< for the peer's half of the closing
};

/// The far end. Used on the connection's executor only; may be kept for as long as one likes.
class WebSocket {
 public:
  virtual ~WebSocket() = default;

  /// The next text message; nullopt once either side has closed. Pings are answered and closings
  /// noticed only while somebody waits here, so a handler does so until it gets nullopt.
  virtual base::Async<std::optional<std::string>> receive() = 0;

  /// Takes a message; it goes out as fast as the peer reads. False: it is not open, or the message
  /// would exceed unsent_bytes_max, and it was not taken.
  virtual bool send(std::string_view text) = 0;

  /// Bytes that the peer has not read.
  virtual std::size_t unsent_bytes() const = 0;

  /// Closes after what was sent. `reason` is cut to 123 bytes. The first call counts.
  virtual void close(CloseCode code, std::string_view reason = {}) = 0;

  /// Neither side has closed.
  virtual bool open() const = 0;
};

/// Runs while the connection is a WebSocket; closes it by returning.
using WebSocketHandler = std::function<base::Async<void>(std::shared_ptr<WebSocket>)>;

struct WebSocketUpgrade {
  WebSocketHandler handler;
  WebSocketLimits limits;
};

/// Whether the request asks for a WebSocket at all.
bool is_websocket_request(const Request& request);

/// The answer to a request for a WebSocket: 101 with `handler` to run, or the refusal: 400 when the
/// handshake is malformed, 426 for another version of the protocol or a request for none.
Response accept_websocket(const Request& request, WebSocketHandler handler,
                          WebSocketLimits limits = {});

}  // namespace fanfare::http
