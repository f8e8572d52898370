#include "communication/chat/realtime/realtime_api.h"

#include <iterator>

namespace fanfare::communication::chat::realtime {

RealtimeApi::RealtimeApi(const identity::UserAccess& access, base::Random& random)
    : feed_(clock_, random), trouter_(access, feed_, clock_, random), streams_(access, feed_) {}

NotificationListener RealtimeApi::listener() {
  return [this](const ResourcePtr& resource, const Notification& notification) {
    feed_.post(resource, notification);
  };
}

std::vector<http::Route> RealtimeApi::routes() {
  std::vector<http::Route> all = trouter_.routes();
  std::vector<http::Route> streams = streams_.routes();
  std::ranges::move(streams, std::back_inserter(all));
  return all;
}

}  // namespace fanfare::communication::chat::realtime
