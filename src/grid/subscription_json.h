#pragma once
/// Event subscriptions as JSON: the properties as the ARM specification has them, and the stored
/// form.
///
/// Stored under `grid/sub/<id>`, the id as ten decimal digits. Holds endpoint URLs and secret
/// headers: what stores it is readable by its owner alone.
///   {"id": n, "topic": n, "topicArmId": s, "name": s, "created": time,
///    "properties": {destination, filter, eventDeliverySchema, retryPolicy, deadLetterDestination,
///                   labels, expirationTimeUtc: ARM form, secrets in clear},
///    "state": s, "stateReason": s, "operation": s, "allowedRatePerMinute": n,
///    "validation": {"code": s, "token": s, "deadline": time},
///    "pending": the same form, of an update that waits for its endpoint}
/// Members at their default may be absent; members unknown to an older reader are skipped by it.
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "grid/delivery_attributes.h"
#include "grid/subscription.h"
#include "json/value.h"

namespace fanfare::grid {

inline constexpr std::string_view kSubscriptionPrefix = "grid/sub/";
std::string subscription_key(queue::SubscriptionId id);

std::string write_subscription(const EventSubscription& subscription);
/// Errors: Corrupt.
base::Result<EventSubscription> read_subscription(std::string_view text);

std::string_view to_string(DeliverySchema schema);
std::optional<DeliverySchema> parse_delivery_schema(std::string_view text);  ///< ignoring case
std::string_view to_string(ProvisioningState state);

/// What a body says of a subscription: nothing where it is silent. A PUT fills the rest with
/// defaults, a PATCH with what was there.
struct SubscriptionProperties {
  std::optional<WebHookDestination> destination;  ///< endpoint_url is empty when it was not given
  std::optional<Filter> filter;
  std::optional<DeliverySchema> delivery_schema;
  std::optional<RetryPolicy> retry;
  std::optional<DeadLetterDestination> dead_letter;
  std::optional<std::vector<std::string>> labels;
  std::optional<base::TimePoint> expiration;

  // Written as null: a PATCH clears them.
  bool clears_dead_letter = false;
  bool clears_labels = false;
  bool clears_expiration = false;
  bool clears_filter = false;
};

/// Reads `properties` of a PUT, or the flat body of a PATCH with an empty path. Shape, kinds and
/// ranges are checked; read-only members are passed over. Errors: InvalidArgument, target is the
/// path.
base::Result<SubscriptionProperties> parse_subscription_properties(const json::Value& value,
                                                                   const std::string& path);

json::Value to_json(const RetryPolicy& retry);
json::Value to_json(const DeadLetterDestination& dead_letter);

}  // namespace fanfare::grid
