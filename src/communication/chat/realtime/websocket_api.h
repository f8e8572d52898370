#pragma once
/// A socket of a chat client whose frames are a WebSocket's messages.
#include "base/clock.h"
#include "communication/chat/realtime/handshakes.h"
#include "http/websocket.h"

namespace fanfare::communication::chat::realtime {

/// `clock` outlives the socket. `ttl` is what is left of the connection's life.
http::WebSocketHandler websocket_handler(Handshake handshake, base::Clock& clock,
                                         base::Duration ttl);

}  // namespace fanfare::communication::chat::realtime
