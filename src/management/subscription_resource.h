#pragma once
/// An event subscription's ARM form: from a body to what is wanted, and the resource as it is
/// shown. Source: EventSubscription and EventSubscriptionUpdateParameters of the ARM specification
/// 2022-06-15.
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/time.h"
#include "grid/subscription.h"
#include "grid/subscription_json.h"
#include "grid/topic.h"
#include "http/address_filter.h"
#include "json/value.h"
#include "management/arm.h"
#include "management/topic_resource.h"

namespace fanfare::management {

/// Reads a PUT's body: `{"properties":{…}}`. Errors: InvalidArgument, target is the property.
base::Result<grid::SubscriptionProperties> properties_from_put(const json::Value& body);
/// Reads a PATCH's body, which is flat.
base::Result<grid::SubscriptionProperties> properties_from_patch(const json::Value& body);

/// The subscription that a PUT asks for: defaults where it is silent. `existing` (may be null)
/// gives secret attributes that came back as `Hidden` their values.
grid::EventSubscription merge_put(const grid::SubscriptionProperties& properties,
                                  const grid::Topic& topic,
                                  const grid::EventSubscription* existing);
/// `existing` with what a PATCH names; a destination without endpointUrl keeps the URL.
grid::EventSubscription merge_patch(const grid::SubscriptionProperties& properties,
                                    const grid::EventSubscription& existing);

/// The rules for what may be stored: an endpoint that may be reached, attributes, dead-letter
/// names, an expiration that is still to come. `path` is "properties." for a PUT, empty for a
/// PATCH.
base::Result<void> check_wanted(const grid::EventSubscription& wanted,
                                const http::AddressFilter& filter, base::TimePoint now,
                                const std::string& path);

/// On a system topic the filter may name only the types of events that its source raises.
base::Result<void> check_event_types(const grid::EventSubscription& wanted,
                                     const grid::Topic& topic, const std::string& path);

/// Whether both ask for the same deliveries: all but ids, states and the handshake's traces.
bool same_wish(const grid::EventSubscription& a, const grid::EventSubscription& b);

/// `shown` other than Succeeded leaves out what was not asked for, as the service does until an
/// operation has ended. Secrets are hidden. `state` is the text of provisioningState. `topic` is
/// whose it is; without it a custom topic is assumed.
json::Value subscription_resource(const grid::EventSubscription& subscription, IdForm form,
                                  ShownAs shown, std::string_view state,
                                  const grid::Topic* topic = nullptr);

/// The resource as GET shows it: the version in force; its state tells of an update that waits.
json::Value subscription_resource(const grid::EventSubscription& subscription, IdForm form,
                                  const grid::Topic* topic = nullptr);

}  // namespace fanfare::management
