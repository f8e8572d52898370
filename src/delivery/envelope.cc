#include "delivery/envelope.h"

#include "delivery/batching.h"
#include "event/attribute.h"
#include "event/cloud_events.h"
#include "event/custom_schema.h"
#include "event/event_grid_schema.h"

namespace fanfare::delivery {

namespace {

using grid::DeliverySchema;
using queue::Task;

/// Room for the header fields that every delivery has.
constexpr std::size_t kFields = 10;
constexpr std::size_t kFieldBytes = 512;

bool is_array(const Shipment& shipment, const grid::WebHookDestination& webhook) {
  return shipment.subscription->delivery_schema != DeliverySchema::CloudEventSchemaV1_0 ||
         webhook.batched();
}

void append_event(std::string& body, const event::Event& event, DeliverySchema schema) {
  switch (schema) {
    case DeliverySchema::EventGridSchema:
      event::append_event_grid(body, event);
      return;
    case DeliverySchema::CloudEventSchemaV1_0:
      event::append_cloud_event(body, event);
      return;
    case DeliverySchema::CustomInputSchema:
      event::append_custom(body, event);
      return;
  }
}

std::string render_body(const Shipment& shipment, bool array) {
  std::size_t bytes = 2;
  for (const auto& task : shipment.tasks) bytes += event_bytes(task.event);
  std::string body;
  body.reserve(bytes);
  if (array) body.push_back('[');
  for (const auto& task : shipment.tasks) {
    if (&task != shipment.tasks.data()) body.push_back(',');
    append_event(body, task.event, shipment.subscription->delivery_schema);
  }
  if (array) body.push_back(']');
  return body;
}

std::string_view content_type(DeliverySchema schema, bool array) {
  if (schema != DeliverySchema::CloudEventSchemaV1_0) return kJson;
  return array ? kCloudEvents : kCloudEvent;
}

/// A string token's text where all events have the same token; empty otherwise.
std::string common_text(std::span<const Task> tasks, event::RawJson event::Event::* member) {
  const auto token = tasks.front().event.*member;
  for (const auto& task : tasks) {
    if (task.event.*member != token) return {};
  }
  return token.empty() ? std::string() : event::unescape(token);
}

std::optional<std::string> common_value(std::span<const Task> tasks, std::string_view path) {
  auto value = event::attribute_value(tasks.front().event, path);
  for (const auto& task : tasks.subspan(1)) {
    if (!value || event::attribute_value(task.event, path) != value) return std::nullopt;
  }
  return value;
}

void add_dynamic_attributes(http::Headers& headers, const grid::WebHookDestination& webhook,
                            std::span<const Task> tasks) {
  for (const auto& attribute : webhook.attributes) {
    if (attribute.kind != grid::DeliveryAttribute::Kind::Dynamic) continue;
    if (const auto value = common_value(tasks, attribute.source_field)) {
      add_attribute(headers, attribute.name, *value);
    }
  }
}

void add_event_fields(http::Headers& headers, const Shipment& shipment,
                      const EnvelopeOptions& options) {
  if (shipment.subscription->delivery_schema == DeliverySchema::CloudEventSchemaV1_0) {
    headers.add_checked(kMetadataVersion, "1.0");
    headers.add(kRequestOrigin, options.origin);
    headers.add(kOrigin, options.origin);
  } else {
    headers.add_checked(kMetadataVersion, "1");
    const auto version = common_text(shipment.tasks, &event::Event::data_version);
    if (!version.empty()) headers.add(kDataVersion, version);
  }
  if (shipment.tasks.size() > 1) return;
  const auto& key = shipment.tasks.front().key;
  headers.add_checked(kOutputEventId,
                      queue::output_event_id(options.store_id, key.position, key.index));
}

http::Headers render_headers(const Shipment& shipment, const EnvelopeOptions& options,
                             const grid::WebHookDestination& webhook, bool array) {
  const auto& subscription = *shipment.subscription;
  http::Headers headers;
  headers.reserve(kFields + webhook.attributes.size(), kFieldBytes);
  headers.add_checked("Content-Type", content_type(subscription.delivery_schema, array));
  headers.add_checked(kEventType, "Notification");
  add_subscription_name(headers, subscription.name, options.subscription_name);
  headers.add_checked(kDeliveryCount, std::to_string(shipment.tasks.front().state.attempts));
  add_event_fields(headers, shipment, options);
  add_static_attributes(headers, webhook);
  add_dynamic_attributes(headers, webhook, shipment.tasks);
  return headers;
}

}  // namespace

Envelope render(const Shipment& shipment, const EnvelopeOptions& options) {
  const auto& webhook = std::get<grid::WebHookDestination>(shipment.subscription->destination);
  const auto array = is_array(shipment, webhook);
  return {render_headers(shipment, options, webhook, array), render_body(shipment, array)};
}

}  // namespace fanfare::delivery
