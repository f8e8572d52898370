#pragma once
/// Who asks for real-time notifications.
#include <expected>
#include <string>
#include <string_view>

#include "communication/identity/access.h"
#include "http/message.h"

namespace fanfare::communication::chat::realtime {

struct Listener {
  identity::Caller caller;
  std::string token;
};

/// The holder of a user token with a scope of chat, from `X-Skypetoken`, as the official client
/// sends it, `Authorization: Bearer`, or else the query parameter `query_name` where one is given.
/// The refusal is 401 or 403.
std::expected<Listener, http::Response> check_listener(const identity::UserAccess& access,
                                                       const http::Request& request,
                                                       std::string_view query_name = {});

/// `https://host:port` as the client reached us, for links back.
std::string base_url(const http::Request& request);

}  // namespace fanfare::communication::chat::realtime
