#pragma once
/// The header fields that the delivery module writes and reads, and which of them a user may set.
#include <string_view>

#include "grid/subscription.h"
#include "http/message.h"

namespace fanfare::delivery {

inline constexpr std::string_view kEventType = "aeg-event-type";
inline constexpr std::string_view kSubscriptionName = "aeg-subscription-name";
inline constexpr std::string_view kDeliveryCount = "aeg-delivery-count";
inline constexpr std::string_view kDataVersion = "aeg-data-version";
inline constexpr std::string_view kMetadataVersion = "aeg-metadata-version";
inline constexpr std::string_view kOutputEventId = "aeg-output-event-id";
inline constexpr std::string_view kOrigin = "Origin";
inline constexpr std::string_view kRequestOrigin = "WebHook-Request-Origin";
inline constexpr std::string_view kRequestCallback = "WebHook-Request-Callback";
inline constexpr std::string_view kRequestRate = "WebHook-Request-Rate";
inline constexpr std::string_view kAllowedOrigin = "WebHook-Allowed-Origin";
inline constexpr std::string_view kAllowedRate = "WebHook-Allowed-Rate";

inline constexpr std::string_view kJson = "application/json; charset=utf-8";
inline constexpr std::string_view kCloudEvent = "application/cloudevents+json; charset=utf-8";
inline constexpr std::string_view kCloudEvents =
    "application/cloudevents-batch+json; charset=utf-8";

/// Longest value of a delivery attribute that is sent (delivery-properties page).
inline constexpr std::size_t kAttributeValueBytesMax = 4096;

/// How `aeg-subscription-name` is written. Emulators and Azure's logs show upper case.
enum class NameCase { Upper, AsGiven };

/// False for `aeg-…`, for what frames a message or belongs to the connection, and for what the
/// schema decides.
bool may_set(std::string_view header_name);

void add_subscription_name(http::Headers& headers, std::string_view name, NameCase name_case);

/// Adds a delivery attribute, or leaves it out when its name is not allowed or its value too long
/// or not fit for a header. CR, LF and NUL never pass.
void add_attribute(http::Headers& headers, std::string_view name, std::string_view value);

/// The Static ones.
void add_static_attributes(http::Headers& headers, const grid::WebHookDestination& destination);

}  // namespace fanfare::delivery
