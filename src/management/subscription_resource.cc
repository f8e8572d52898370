#include "management/subscription_resource.h"

#include <algorithm>

#include "communication/event_types.h"
#include "communication/resources.h"
#include "grid/members.h"
#include "http/url.h"
#include "management/arm.h"

namespace fanfare::management {

namespace {

using grid::Members;

const grid::WebHookDestination& webhook_of(const grid::EventSubscription& subscription) {
  return std::get<grid::WebHookDestination>(subscription.destination);
}

base::Result<void> check_endpoint(const grid::WebHookDestination& webhook,
                                  const http::AddressFilter& filter, const std::string& path) {
  const auto target = path + "destination.properties.endpointUrl";
  if (webhook.endpoint_url.empty()) return base::invalid("is required", target);
  const auto url = http::parse_url(webhook.endpoint_url);
  if (!url) return base::invalid(url.error().message, target);
  if (const auto allowed = filter.check_url(*url); !allowed) {
    return base::invalid(allowed.error().message, target);
  }
  return {};
}

bool valid_container_name(std::string_view name) {
  const auto fits = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
  };
  return name.size() >= 3 && name.size() <= 63 && std::ranges::all_of(name, fits) &&
         name.front() != '-' && name.back() != '-' && !name.contains("--");
}

base::Result<void> check_dead_letter(const grid::DeadLetterDestination& dead_letter,
                                     const std::string& path) {
  const auto properties = path + "deadLetterDestination.properties";
  const auto scope = parse_scope(dead_letter.resource_id);
  const bool account = scope && same_segment(scope->provider, "Microsoft.Storage") &&
                       scope->resource.size() == 1 &&
                       same_segment(scope->resource[0].first, "storageAccounts");
  if (!account) {
    return base::invalid(
        "must be the ARM id of a storage account: /subscriptions/{id}/"
        "resourceGroups/{group}/providers/Microsoft.Storage/storageAccounts/{name}",
        properties + ".resourceId");
  }
  if (!valid_container_name(dead_letter.blob_container_name)) {
    return base::invalid("must have 3 to 63 lower-case letters, digits and single hyphens",
                         properties + ".blobContainerName");
  }
  return {};
}

json::Value destination_resource(const grid::EventSubscription& subscription, ShownAs shown) {
  const auto& webhook = webhook_of(subscription);
  const bool whole = shown == ShownAs::Succeeded;
  auto properties = json::Value::object({{"endpointBaseUrl", webhook.endpoint_base_url()}});
  if (whole || webhook.max_events_per_batch) {
    properties.set("maxEventsPerBatch", webhook.max_events_per_batch.value_or(1));
  }
  if (whole || webhook.preferred_batch_size_in_kilobytes) {
    properties.set("preferredBatchSizeInKilobytes",
                   webhook.preferred_batch_size_in_kilobytes.value_or(64));
  }
  if (!webhook.attributes.empty()) {
    properties.set("deliveryAttributeMappings",
                   grid::to_json(webhook.attributes, grid::Secrets::Hidden));
  }
  return json::Value::object({{"endpointType", "WebHook"}, {"properties", std::move(properties)}});
}

json::Value filter_resource(const grid::Filter& filter, ShownAs shown) {
  auto out = grid::to_json(filter);
  if (!filter.is_subject_case_sensitive) out.erase("isSubjectCaseSensitive");
  for (const auto& [name, text] : {std::pair("subjectBeginsWith", &filter.subject_begins_with),
                                   std::pair("subjectEndsWith", &filter.subject_ends_with)}) {
    if (!text->empty() || shown == ShownAs::Succeeded)
      out.set(name, *text);
    else
      out.erase(name);
  }
  return out;
}

json::Value properties_resource(const grid::EventSubscription& subscription,
                                const std::string& topic, ShownAs shown, std::string_view state) {
  auto out = json::Value::object({
      {"topic", topic},
      {"provisioningState", state},
      {"destination", destination_resource(subscription, shown)},
      {"filter", filter_resource(subscription.filter, shown)},
  });
  if (!subscription.labels.empty()) {
    out.set("labels", json::Array(subscription.labels.begin(), subscription.labels.end()));
  }
  if (subscription.expiration) {
    out.set("expirationTimeUtc", base::format_rfc3339(*subscription.expiration));
  }
  if (shown == ShownAs::Succeeded) {
    out.set("eventDeliverySchema", grid::to_string(subscription.delivery_schema));
  }
  out.set("retryPolicy", grid::to_json(subscription.retry));
  if (subscription.dead_letter) {
    out.set("deadLetterDestination", grid::to_json(*subscription.dead_letter));
  }
  return out;
}

}  // namespace

base::Result<grid::SubscriptionProperties> properties_from_put(const json::Value& body) {
  Members members(body, "");
  members.ignore({"id", "name", "type", "systemData", "location", "tags", "etag"});
  const auto* properties = members.object("properties");
  if (properties == nullptr) members.fail("is required", "properties");
  if (auto done = members.finish(); !done) return done.error();
  auto parsed = grid::parse_subscription_properties(*properties, "properties");
  if (!parsed) return parsed;
  if (!parsed->destination) return base::invalid("is required", "properties.destination");
  return parsed;
}

base::Result<grid::SubscriptionProperties> properties_from_patch(const json::Value& body) {
  if (body.find("properties") != nullptr) {
    return base::invalid("is no part of an update: its members stand at the top of the body",
                         "properties");
  }
  return grid::parse_subscription_properties(body, "");
}

grid::EventSubscription merge_put(const grid::SubscriptionProperties& properties,
                                  const grid::Topic& topic,
                                  const grid::EventSubscription* existing) {
  grid::EventSubscription out;
  out.topic_arm_id = topic.source_id();
  auto webhook = properties.destination.value_or(grid::WebHookDestination());
  if (existing != nullptr) {
    grid::keep_hidden_values(webhook.attributes, webhook_of(*existing).attributes);
  }
  out.destination = std::move(webhook);
  out.filter = properties.filter.value_or(grid::Filter());
  out.delivery_schema =
      properties.delivery_schema.value_or(grid::default_delivery_schema(topic.input_schema));
  out.retry = properties.retry.value_or(grid::RetryPolicy());
  out.dead_letter = properties.dead_letter;
  out.labels = properties.labels.value_or(std::vector<std::string>());
  out.expiration = properties.expiration;
  return out;
}

grid::EventSubscription merge_patch(const grid::SubscriptionProperties& properties,
                                    const grid::EventSubscription& existing) {
  grid::EventSubscription out = existing;
  if (properties.destination) {
    auto webhook = *properties.destination;
    const auto& before = webhook_of(existing);
    if (webhook.endpoint_url.empty()) webhook.endpoint_url = before.endpoint_url;
    grid::keep_hidden_values(webhook.attributes, before.attributes);
    out.destination = std::move(webhook);
  }
  if (properties.filter || properties.clears_filter) {
    out.filter = properties.filter.value_or(grid::Filter());
  }
  if (properties.delivery_schema) out.delivery_schema = *properties.delivery_schema;
  if (properties.retry) out.retry = *properties.retry;
  if (properties.dead_letter || properties.clears_dead_letter) {
    out.dead_letter = properties.dead_letter;
  }
  if (properties.labels || properties.clears_labels) {
    out.labels = properties.labels.value_or(std::vector<std::string>());
  }
  if (properties.expiration || properties.clears_expiration) out.expiration = properties.expiration;
  return out;
}

base::Result<void> check_wanted(const grid::EventSubscription& wanted,
                                const http::AddressFilter& filter, base::TimePoint now,
                                const std::string& path) {
  const auto& webhook = webhook_of(wanted);
  if (auto checked = check_endpoint(webhook, filter, path); !checked) return checked;
  const auto attributes = path + "destination.properties.deliveryAttributeMappings";
  if (auto checked = grid::check_delivery_attributes(webhook.attributes, attributes); !checked) {
    return checked;
  }
  if (wanted.dead_letter) {
    if (auto checked = check_dead_letter(*wanted.dead_letter, path); !checked) return checked;
  }
  if (wanted.expiration && *wanted.expiration <= now) {
    return base::invalid("must be in the future", path + "expirationTimeUtc");
  }
  return {};
}

base::Result<void> check_event_types(const grid::EventSubscription& wanted,
                                     const grid::Topic& topic, const std::string& path) {
  const bool known = topic.kind == grid::TopicKind::System &&
                     same_segment(topic.topic_type, communication::kTopicType);
  if (!known || !wanted.filter.included_event_types) return {};
  for (const auto& type : *wanted.filter.included_event_types) {
    if (communication::is_event_type(type)) continue;
    return base::invalid("'" + type + "' is no type of event of " + topic.topic_type +
                             ", as Microsoft.Communication.SMSReceived is one",
                         path + "filter.includedEventTypes");
  }
  return {};
}

bool same_wish(const grid::EventSubscription& a, const grid::EventSubscription& b) {
  const auto bare = [](const grid::EventSubscription& subscription) {
    grid::EventSubscription out;
    out.destination = subscription.destination;
    out.filter = subscription.filter;
    out.delivery_schema = subscription.delivery_schema;
    out.retry = subscription.retry;
    out.dead_letter = subscription.dead_letter;
    out.labels = subscription.labels;
    out.expiration = subscription.expiration;
    return grid::write_subscription(out);
  };
  return bare(a) == bare(b);
}

json::Value subscription_resource(const grid::EventSubscription& subscription, IdForm form,
                                  ShownAs shown, std::string_view state, const grid::Topic* topic) {
  const bool nested = form == IdForm::Nested;
  const bool system = topic != nullptr && topic->kind == grid::TopicKind::System;
  const auto parent = nested && system ? topic->arm_id() : subscription.topic_arm_id;
  std::string_view type = "Microsoft.EventGrid/eventSubscriptions";
  if (nested) {
    type = system ? "Microsoft.EventGrid/systemTopics/eventSubscriptions"
                  : "Microsoft.EventGrid/topics/eventSubscriptions";
  }
  return json::Value::object({
      {"id", nested ? parent + "/eventSubscriptions/" + subscription.name : subscription.arm_id()},
      {"name", subscription.name},
      {"type", type},
      {"properties", properties_resource(subscription, parent, shown, state)},
  });
}

json::Value subscription_resource(const grid::EventSubscription& subscription, IdForm form,
                                  const grid::Topic* topic) {
  const auto state = subscription.pending ? subscription.pending->state : subscription.state;
  return subscription_resource(subscription, form, ShownAs::Succeeded, grid::to_string(state),
                               topic);
}

}  // namespace fanfare::management
