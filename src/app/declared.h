#pragma once
/// Topics, communication resources and event subscriptions that the configuration declares, applied
/// through the same code as the management API. Applying them again changes nothing.
#include <string>

#include "app/config.h"
#include "base/async.h"
#include "base/result.h"
#include "communication/resources.h"
#include "management/event_subscriptions.h"
#include "management/topics.h"

namespace fanfare::app {

/// The Azure subscription and the resource group of what is declared or made at the first start.
inline constexpr std::string_view kLocalSubscription = "00000000-0000-0000-0000-000000000000";
inline constexpr std::string_view kLocalGroup = "local";
inline constexpr std::string_view kDefaultTopic = "events";

/// Errors name the file and line of the declaration.
base::Async<base::Result<void>> apply_declared(const Config& config, management::Topics& topics,
                                               communication::Resources& resources,
                                               management::EventSubscriptions& subscriptions,
                                               std::string base_url);

}  // namespace fanfare::app
