#pragma once
/// What the official chat client asks of the server for real-time notifications, step by step:
///   GET    /chat/config/realTimeNotifications     where the other steps are
///   POST   /v4/a                                  a connection
///   GET    /socket.io/1                           the number of a socket for it
///   GET    /socket.io/1/websocket/{socket}        the socket, or
///   GET, POST /socket.io/1/xhr-polling/{socket}   the same by polling
///   POST   /chat/registrar/v3/registrations       be told at the connection
///   DELETE /chat/registrar/v3/registrations/{id}  no longer
/// The paths below / are the client's choice. Each step but the socket's own, whose number is a
/// secret, shows the user's token. Source: published chat client packages (chat, signaling).
#include <vector>

#include "base/clock.h"
#include "base/random.h"
#include "communication/chat/realtime/connections.h"
#include "communication/chat/realtime/feed.h"
#include "communication/chat/realtime/handshakes.h"
#include "communication/identity/access.h"
#include "http/router.h"

namespace fanfare::communication::chat::realtime {

class TrouterApi {
 public:
  /// All outlive it. `clock` tells real time, whatever the clock of the schedules does: sockets
  /// have real peers. `random` is thread-safe.
  TrouterApi(const identity::UserAccess& access, Feed& feed, base::Clock& clock,
             base::Random& random, ConnectionLimits limits = {});

  /// Meant for web pages of any origin.
  std::vector<http::Route> routes();

  /// Ends every socket; clients come back to the server's next run.
  void close();

 private:
  base::Async<http::Response> configuration(http::Request request);
  base::Async<http::Response> allocate(http::Request request);
  base::Async<http::Response> handshake(http::Request request);
  base::Async<http::Response> open_websocket(http::Request request);
  base::Async<http::Response> poll(http::Request request);
  base::Async<http::Response> post(http::Request request);
  base::Async<http::Response> register_connection(http::Request request);
  base::Async<http::Response> unregister(http::Request request);

  TokenCheck token_check(http::Request request, std::string user) const;

  const identity::UserAccess& access_;
  base::Clock& clock_;
  Connections connections_;
  Handshakes handshakes_;
};

}  // namespace fanfare::communication::chat::realtime
