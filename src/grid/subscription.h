#pragma once
/// An event subscription: which events of a source go where, in which form, and how often it is
/// tried. Names, defaults and limits: ARM specification Microsoft.EventGrid 2022-06-15,
/// EventSubscriptionProperties.
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/time.h"
#include "event/event.h"
#include "grid/filter.h"
#include "queue/ids.h"

namespace fanfare::grid {

enum class DeliverySchema { EventGridSchema, CloudEventSchemaV1_0, CustomInputSchema };

enum class ProvisioningState {
  Creating,
  Updating,
  Deleting,
  Succeeded,
  Canceled,
  Failed,
  AwaitingManualAction
};

/// A header that every delivery carries: `value` for Static, a path into the event for Dynamic.
struct DeliveryAttribute {
  enum class Kind { Static, Dynamic };
  std::string name;
  Kind kind = Kind::Static;
  std::string value;         ///< Static
  bool is_secret = false;    ///< Static: shown as `Hidden` by GET
  std::string source_field;  ///< Dynamic, for example `data.system`
};

struct WebHookDestination {
  std::string endpoint_url;                              ///< whole, with its query: a secret
  std::optional<int> max_events_per_batch;               ///< 1 to 5000; 1 when absent
  std::optional<int> preferred_batch_size_in_kilobytes;  ///< 1 to 1024; 64 when absent
  std::vector<DeliveryAttribute> attributes;

  std::string endpoint_base_url() const;  ///< without query and fragment
  bool batched() const { return max_events_per_batch || preferred_batch_size_in_kilobytes; }
};

using Destination = std::variant<WebHookDestination>;

struct RetryPolicy {
  int max_delivery_attempts = 30;            ///< 1 to 30
  int event_time_to_live_in_minutes = 1440;  ///< 1 to 1440
};

/// Where given-up events go. The server maps `resource_id` + `container` to a folder.
struct DeadLetterDestination {
  std::string resource_id;          ///< ARM id of a storage account
  std::string blob_container_name;  ///< 3 to 63 characters
};

struct EventSubscription {
  queue::SubscriptionId id;
  queue::TopicId topic;
  std::string topic_arm_id;  ///< scope of the subscription: Topic::source_id()
  std::string name;          ///< 3 to 64 letters, digits, hyphens; unique per topic, ignoring case
  Destination destination;
  Filter filter;
  DeliverySchema delivery_schema = DeliverySchema::EventGridSchema;
  RetryPolicy retry;
  std::optional<DeadLetterDestination> dead_letter;
  std::vector<std::string> labels;
  std::optional<base::TimePoint> expiration;

  ProvisioningState state = ProvisioningState::Creating;
  std::string state_reason;               ///< why Failed
  std::string validation_code;            ///< of the pending or last handshake
  std::string validation_token;           ///< secret part of the validationUrl
  base::TimePoint validation_deadline{};  ///< of AwaitingManualAction; epoch when not awaited
  std::string operation;                  ///< id of the management operation that changed it last
  std::optional<int> allowed_rate_per_minute;  ///< WebHook-Allowed-Rate, when numeric
  base::TimePoint created{};

  /// An update that waits for its endpoint's consent. Until it is given, this version stays in
  /// force: events never go to an endpoint that was not validated, and a mistyped update stops
  /// nothing. Its own `state` is Updating or AwaitingManualAction; its `pending` is empty.
  std::shared_ptr<const EventSubscription> pending;

  /// True when events are to be matched and delivered now.
  bool active() const {
    return state == ProvisioningState::Succeeded || state == ProvisioningState::Updating;
  }

  /// ARM id in the extension form:
  /// `{topic or source}/providers/Microsoft.EventGrid/eventSubscriptions/{name}`.
  std::string arm_id() const;
};

/// 3 to 64 letters, digits and hyphens.
bool valid_subscription_name(std::string_view name);

inline constexpr std::string_view kSubscriptionNameRule =
    "an event subscription's name has 3 to 64 letters, digits and hyphens";

/// The delivery schema when none is asked for: CloudEvents for a CloudEvents topic, else Event
/// Grid.
DeliverySchema default_delivery_schema(event::Schema input);

/// Which translations exist (end-point validation page, input and output schemas): CloudEvents come
/// out as CloudEvents only, and only custom events come out in their custom form.
bool translation_allowed(event::Schema input, DeliverySchema delivery);

}  // namespace fanfare::grid
