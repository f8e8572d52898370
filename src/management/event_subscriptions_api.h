#pragma once
/// The routes of event subscriptions. One resource answers in two forms:
///   {scope}/providers/Microsoft.EventGrid/eventSubscriptions/{name}
///   {topic or system topic}/eventSubscriptions/{name}
/// each with GET, PUT, PATCH, DELETE and POST …/getFullUrl, …/getDeliveryAttributes; lists by
/// topic, source, group, subscription, location and topic type; and the validation links
/// `/validate/{id}/{token}`.
#include <vector>

#include "http/router.h"
#include "management/event_subscriptions.h"
#include "management/operations.h"

namespace fanfare::management {

/// Outlives the routes.
std::vector<http::Route> event_subscriptions_routes(EventSubscriptions& subscriptions);

}  // namespace fanfare::management
