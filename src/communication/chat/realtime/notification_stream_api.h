#pragma once
/// `GET /fanfare/v1/chat/notifications`: a user's notifications as server-sent events, for clients
/// of every kind. Ours; documented in docs/communication/realtime.md.
#include <vector>

#include "communication/chat/realtime/feed.h"
#include "communication/identity/access.h"
#include "http/router.h"

namespace fanfare::communication::chat::realtime {

class NotificationStreamApi {
 public:
  /// Both outlive it and its streams, which end with their connections.
  NotificationStreamApi(const identity::UserAccess& access, Feed& feed)
      : access_(access), feed_(feed) {}

  std::vector<http::Route> routes();

 private:
  base::Async<http::Response> watch(http::Request request);

  const identity::UserAccess& access_;
  Feed& feed_;
};

}  // namespace fanfare::communication::chat::realtime
