#pragma once
/// Real-time notifications of chat as a whole, for whoever wires it: listener() goes to the chat
/// services, routes() to the router, and close() comes before the server drains.
#include <vector>

#include "base/clock.h"
#include "base/random.h"
#include "communication/chat/notifications.h"
#include "communication/chat/realtime/feed.h"
#include "communication/chat/realtime/notification_stream_api.h"
#include "communication/chat/realtime/trouter_api.h"
#include "communication/identity/access.h"
#include "http/router.h"

namespace fanfare::communication::chat::realtime {

class RealtimeApi {
 public:
  /// Both outlive it, and it outlives the server's connections. `random` is thread-safe.
  RealtimeApi(const identity::UserAccess& access, base::Random& random);

  NotificationListener listener();
  /// Meant for web pages of any origin.
  std::vector<http::Route> routes();
  /// Ends what clients hold open, so that they come back to the next run.
  void close() { trouter_.close(); }

 private:
  base::SystemClock clock_;  // peers live in real time, whatever the schedules' clock does
  Feed feed_;
  TrouterApi trouter_;
  NotificationStreamApi streams_;
};

}  // namespace fanfare::communication::chat::realtime
