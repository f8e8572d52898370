#pragma once
/// Notifications as the official chat clients read them: the JSON body of a request that the server
/// makes of the client over the socket. Pure. Source: published chat client packages (signaling).
#include <string>
#include <string_view>

#include "communication/chat/notifications.h"

namespace fanfare::communication::chat::realtime {

/// `recipient`: the raw id of the user whom it goes to.
std::string trouter_body(const Notification& notification, std::string_view recipient);

/// As the clients escape JSON within JSON: ASCII alone, `%` and two digits for all but letters,
/// digits and `-._~`. Read back alike by unescape() and decodeURIComponent().
std::string escape_json(std::string_view json);

}  // namespace fanfare::communication::chat::realtime
