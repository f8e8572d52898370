#pragma once
/// Notifications for everybody but the official browser client: the names and texts of the Chat
/// API, one JSON object each. Pure.
#include <string_view>

#include "communication/chat/notifications.h"
#include "json/value.h"

namespace fanfare::communication::chat::realtime {

/// `recipient`: the raw id of the user whom it goes to.
json::Value event_json(const Notification& notification, std::string_view recipient);

}  // namespace fanfare::communication::chat::realtime
