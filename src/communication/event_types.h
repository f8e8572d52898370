#pragma once
/// The types of events that communication resources raise, there and here: what an event
/// subscription on one may name. Those of calls, routing and e-mail are known, though nothing here
/// raises them, so that declarations written for the service are taken.
/// Source: event data definitions of Microsoft.Communication; the first published event reference
/// for the member types.
#include <string_view>

namespace fanfare::communication {

/// With its namespace, `Microsoft.Communication.SMSReceived`; ignoring case.
bool is_event_type(std::string_view type);

}  // namespace fanfare::communication
