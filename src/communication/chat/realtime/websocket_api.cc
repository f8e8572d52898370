#include "communication/chat/realtime/websocket_api.h"

#include <asio/this_coro.hpp>
#include <memory>
#include <utility>

namespace fanfare::communication::chat::realtime {

namespace {

/// Puts the link's frames into the socket.
struct Carrier {
  std::shared_ptr<http::WebSocket> socket;
  std::weak_ptr<SocketLink> link;

  void flush() const {
    const auto from = link.lock();
    if (!from) return;
    for (const std::string& frame : from->take()) {
      if (socket->send(frame)) continue;
      socket->close(http::CloseCode::TryAgainLater, "notifications are not read");
      from->stop();
      return;
    }
    if (from->ended()) socket->close(http::CloseCode::Normal);
  }
};

base::Async<void> serve(std::shared_ptr<http::WebSocket> socket, Handshake handshake,
                        base::Clock& clock, base::Duration ttl) {
  const base::Executor executor = co_await asio::this_coro::executor;
  const auto carrier = std::make_shared<Carrier>();
  const auto link =
      std::make_shared<SocketLink>(handshake.connection, executor, clock, handshake.check_token,
                                   [carrier] { carrier->flush(); });
  carrier->socket = socket;
  carrier->link = link;
  link->start(ttl);
  for (;;) {
    base::Async<std::optional<std::string>> receiving = socket->receive();
    const std::optional<std::string> frame = co_await std::move(receiving);
    if (!frame) break;
    link->on_frame(*frame);
  }
  link->stop();
}

}  // namespace

http::WebSocketHandler websocket_handler(Handshake handshake, base::Clock& clock,
                                         base::Duration ttl) {
  const auto shared = std::make_shared<const Handshake>(std::move(handshake));
  return [shared, &clock, ttl](std::shared_ptr<http::WebSocket> socket) {
    return serve(std::move(socket), *shared, clock, ttl);
  };
}

}  // namespace fanfare::communication::chat::realtime
