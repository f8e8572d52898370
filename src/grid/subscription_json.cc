#include "grid/subscription_json.h"

#include <algorithm>
#include <array>
#include <utility>

#include "base/bytes.h"
#include "grid/members.h"

namespace fanfare::grid {

namespace {

constexpr std::array<std::pair<DeliverySchema, std::string_view>, 3> kSchemas = {{
    {DeliverySchema::EventGridSchema, "EventGridSchema"},
    {DeliverySchema::CloudEventSchemaV1_0, "CloudEventSchemaV1_0"},
    {DeliverySchema::CustomInputSchema, "CustomInputSchema"},
}};

constexpr std::array<std::pair<ProvisioningState, std::string_view>, 7> kStates = {{
    {ProvisioningState::Creating, "Creating"},
    {ProvisioningState::Updating, "Updating"},
    {ProvisioningState::Deleting, "Deleting"},
    {ProvisioningState::Succeeded, "Succeeded"},
    {ProvisioningState::Canceled, "Canceled"},
    {ProvisioningState::Failed, "Failed"},
    {ProvisioningState::AwaitingManualAction, "AwaitingManualAction"},
}};

constexpr std::array<std::string_view, 9> kOtherDestinations = {
    "AzureFunction",    "EventHub",       "ServiceBusQueue", "ServiceBusTopic",   "StorageQueue",
    "HybridConnection", "NamespaceTopic", "MonitorAlert",    "PartnerDestination"};

std::string destination_kinds(const std::string& asked) {
  for (const auto kind : kOtherDestinations) {
    if (base::ascii_iequals(kind, asked)) {
      return "'" + std::string(kind) + "' is not supported by this server; 'WebHook' is";
    }
  }
  return "must be 'WebHook'";
}

WebHookDestination parse_webhook(Members& members) {
  WebHookDestination out;
  const auto integer = [&](std::string_view name, std::int64_t most) -> std::optional<int> {
    const auto number = members.integer(name, 1, most);
    return number ? std::optional(static_cast<int>(*number)) : std::nullopt;
  };
  out.endpoint_url = members.text("endpointUrl").value_or("");
  out.max_events_per_batch = integer("maxEventsPerBatch", 5000);
  out.preferred_batch_size_in_kilobytes = integer("preferredBatchSizeInKilobytes", 1024);
  if (const auto* items = members.array("deliveryAttributeMappings")) {
    auto attributes =
        parse_delivery_attributes(*items, members.path_of("deliveryAttributeMappings"));
    if (attributes)
      out.attributes = *std::move(attributes);
    else
      members.fail(attributes.error().message, attributes.error().target);
  }
  for (const std::string_view name :
       {"azureActiveDirectoryTenantId", "azureActiveDirectoryApplicationIdOrUri"}) {
    if (members.text(name)) {
      members.fail("is not supported by this server: deliveries carry no Entra token",
                   members.path_of(name));
    }
  }
  members.ignore({"endpointBaseUrl"});
  return out;
}

base::Result<WebHookDestination> parse_destination(const json::Value& value, std::string path) {
  Members outer(value, std::move(path));
  const auto kind = outer.text("endpointType").value_or("");
  if (!base::ascii_iequals(kind, "WebHook")) {
    outer.fail(destination_kinds(kind), outer.path_of("endpointType"));
  }
  WebHookDestination out;
  const auto* properties = outer.object("properties");
  if (properties != nullptr && !outer.failed()) {
    Members members(*properties, outer.path_of("properties"));
    out = parse_webhook(members);
    if (auto done = members.finish(); !done) return done.error();
  }
  if (auto done = outer.finish(); !done) return done.error();
  return out;
}

base::Result<RetryPolicy> parse_retry(const json::Value& value, std::string path) {
  Members members(value, std::move(path));
  RetryPolicy out;
  if (const auto number = members.integer("maxDeliveryAttempts", 1, 30)) {
    out.max_delivery_attempts = static_cast<int>(*number);
  }
  if (const auto number = members.integer("eventTimeToLiveInMinutes", 1, 1440)) {
    out.event_time_to_live_in_minutes = static_cast<int>(*number);
  }
  if (auto done = members.finish(); !done) return done.error();
  return out;
}

base::Result<DeadLetterDestination> parse_dead_letter(const json::Value& value, std::string path) {
  Members outer(value, std::move(path));
  const auto kind = outer.text("endpointType").value_or("");
  if (!base::ascii_iequals(kind, "StorageBlob")) {
    outer.fail("must be 'StorageBlob'", outer.path_of("endpointType"));
  }
  DeadLetterDestination out;
  const auto* properties = outer.object("properties");
  if (properties == nullptr) {
    outer.fail("is required", outer.path_of("properties"));
  } else {
    Members members(*properties, outer.path_of("properties"));
    out.resource_id = members.text("resourceId").value_or("");
    out.blob_container_name = members.text("blobContainerName").value_or("");
    if (auto done = members.finish(); !done) return done.error();
  }
  if (auto done = outer.finish(); !done) return done.error();
  return out;
}

// A part of the body with a reader of its own: what it reads, or its error handed on.
template <class T, class Parse>
std::optional<T> part(Members& members, std::string_view name, Parse parse) {
  const auto* value = members.object(name);
  if (value == nullptr) return std::nullopt;
  auto parsed = parse(*value, members.path_of(name));
  if (parsed) return *std::move(parsed);
  members.fail(parsed.error().message, parsed.error().target);
  return std::nullopt;
}

base::Result<Filter> parse_filter_at(const json::Value& value, const std::string& path) {
  auto filter = parse_filter(value);
  if (filter) return filter;
  auto error = filter.error();  // names `filter.…`; the body may hold it deeper
  const auto outer = path.substr(0, path.size() - std::string_view("filter").size());
  error.target = outer + (error.target.empty() ? "filter" : error.target);
  return error;
}

std::optional<DeliverySchema> read_schema(Members& members) {
  const auto text = members.text("eventDeliverySchema");
  if (!text) return std::nullopt;
  const auto schema = parse_delivery_schema(*text);
  if (!schema) {
    members.fail("must be 'EventGridSchema', 'CloudEventSchemaV1_0' or 'CustomInputSchema'",
                 members.path_of("eventDeliverySchema"));
  }
  return schema;
}

void refuse_identities(Members& members) {
  for (const std::string_view name :
       {"deliveryWithResourceIdentity", "deadLetterWithResourceIdentity"}) {
    if (members.any(name) != nullptr) {
      members.fail("is not supported by this server: topics have no managed identity",
                   members.path_of(name));
    }
  }
}

json::Value stored_destination(const EventSubscription& subscription) {
  const auto& webhook = std::get<WebHookDestination>(subscription.destination);
  auto properties = json::Value::object({{"endpointUrl", webhook.endpoint_url}});
  if (webhook.max_events_per_batch) {
    properties.set("maxEventsPerBatch", *webhook.max_events_per_batch);
  }
  if (webhook.preferred_batch_size_in_kilobytes) {
    properties.set("preferredBatchSizeInKilobytes", *webhook.preferred_batch_size_in_kilobytes);
  }
  if (!webhook.attributes.empty()) {
    properties.set("deliveryAttributeMappings", to_json(webhook.attributes, Secrets::Shown));
  }
  return json::Value::object({{"endpointType", "WebHook"}, {"properties", std::move(properties)}});
}

json::Value stored_properties(const EventSubscription& subscription) {
  auto out = json::Value::object({
      {"destination", stored_destination(subscription)},
      {"filter", to_json(subscription.filter)},
      {"eventDeliverySchema", to_string(subscription.delivery_schema)},
      {"retryPolicy", to_json(subscription.retry)},
  });
  if (subscription.dead_letter)
    out.set("deadLetterDestination", to_json(*subscription.dead_letter));
  if (!subscription.labels.empty()) {
    out.set("labels", json::Array(subscription.labels.begin(), subscription.labels.end()));
  }
  if (subscription.expiration) {
    out.set("expirationTimeUtc", base::format_rfc3339(*subscription.expiration, 9));
  }
  return out;
}

void store_validation(const EventSubscription& subscription, json::Value& out) {
  auto validation = json::Value::object(
      {{"code", subscription.validation_code}, {"token", subscription.validation_token}});
  if (subscription.validation_deadline != base::TimePoint{}) {
    validation.set("deadline", base::format_rfc3339(subscription.validation_deadline, 9));
  }
  out.set("validation", std::move(validation));
}

json::Value stored(const EventSubscription& subscription) {
  auto out = json::Value::object({
      {"id", subscription.id.value},
      {"topic", subscription.topic.value},
      {"topicArmId", subscription.topic_arm_id},
      {"name", subscription.name},
      {"created", base::format_rfc3339(subscription.created, 9)},
      {"properties", stored_properties(subscription)},
      {"state", to_string(subscription.state)},
      {"stateReason", subscription.state_reason},
      {"operation", subscription.operation},
  });
  if (subscription.allowed_rate_per_minute) {
    out.set("allowedRatePerMinute", *subscription.allowed_rate_per_minute);
  }
  store_validation(subscription, out);
  if (subscription.pending) out.set("pending", stored(*subscription.pending));
  return out;
}

base::Error corrupt(std::string what) {
  return base::Error{base::Errc::Corrupt, "stored event subscription: " + std::move(what), {}};
}

std::string text_of(const json::Value& value, std::string_view name) {
  const auto* member = value.find(name);
  const auto* text = member == nullptr ? nullptr : member->if_string();
  return text == nullptr ? std::string() : *text;
}

std::optional<std::int64_t> number_of(const json::Value& value, std::string_view name) {
  const auto* member = value.find(name);
  return member == nullptr ? std::nullopt : member->as_int();
}

base::TimePoint time_of(const json::Value& value, std::string_view name) {
  const auto time = base::parse_rfc3339(text_of(value, name));
  return time ? *time : base::TimePoint{};
}

base::Result<void> read_stored_properties(const json::Value& value, EventSubscription& out) {
  const auto* member = value.find("properties");
  if (member == nullptr) return corrupt("properties are missing");
  auto properties = parse_subscription_properties(*member, "properties");
  if (!properties) return corrupt(properties.error().target + " " + properties.error().message);
  if (!properties->destination) return corrupt("properties.destination is missing");
  out.destination = *std::move(properties->destination);
  if (properties->filter) out.filter = *std::move(properties->filter);
  out.delivery_schema = properties->delivery_schema.value_or(DeliverySchema::EventGridSchema);
  if (properties->retry) out.retry = *properties->retry;
  out.dead_letter = std::move(properties->dead_letter);
  if (properties->labels) out.labels = *std::move(properties->labels);
  out.expiration = properties->expiration;
  return {};
}

base::Result<void> read_state(const json::Value& value, EventSubscription& out) {
  const auto name = text_of(value, "state");
  const auto* row = std::ranges::find(kStates, std::string_view(name),
                                      &std::pair<ProvisioningState, std::string_view>::second);
  if (row == kStates.end()) return corrupt("state is unknown to this version");
  out.state = row->first;
  out.state_reason = text_of(value, "stateReason");
  out.operation = text_of(value, "operation");
  if (const auto rate = number_of(value, "allowedRatePerMinute")) {
    out.allowed_rate_per_minute = static_cast<int>(*rate);
  }
  if (const auto* validation = value.find("validation")) {
    out.validation_code = text_of(*validation, "code");
    out.validation_token = text_of(*validation, "token");
    out.validation_deadline = time_of(*validation, "deadline");
  }
  return {};
}

enum class Depth { Whole, Pending };

base::Result<EventSubscription> read_value(const json::Value& value, Depth depth) {
  EventSubscription out;
  const auto id = number_of(value, "id");
  const auto topic = number_of(value, "topic");
  if (!id || *id <= 0 || *id > UINT32_MAX) return corrupt("id is missing or out of range");
  if (!topic || *topic <= 0 || *topic > UINT32_MAX) return corrupt("topic is missing");
  out.id = queue::SubscriptionId{static_cast<std::uint32_t>(*id)};
  out.topic = queue::TopicId{static_cast<std::uint32_t>(*topic)};
  out.topic_arm_id = text_of(value, "topicArmId");
  out.name = text_of(value, "name");
  out.created = time_of(value, "created");
  if (auto done = read_stored_properties(value, out); !done) return done.error();
  if (auto done = read_state(value, out); !done) return done.error();
  const auto* pending = value.find("pending");
  if (pending != nullptr && depth == Depth::Whole) {
    auto inner = read_value(*pending, Depth::Pending);
    if (!inner) return inner;
    out.pending = std::make_shared<const EventSubscription>(*std::move(inner));
  }
  return out;
}

}  // namespace

std::string subscription_key(queue::SubscriptionId id) {
  auto digits = std::to_string(id.value);
  return std::string(kSubscriptionPrefix) + std::string(10 - digits.size(), '0') + digits;
}

std::string write_subscription(const EventSubscription& subscription) {
  return json::write(stored(subscription));
}

base::Result<EventSubscription> read_subscription(std::string_view text) {
  const auto value = json::parse(text);
  if (!value) return corrupt(value.error().message);
  return read_value(*value, Depth::Whole);
}

std::string_view to_string(DeliverySchema schema) {
  for (const auto& [value, name] : kSchemas) {
    if (value == schema) return name;
  }
  return "EventGridSchema";
}

std::optional<DeliverySchema> parse_delivery_schema(std::string_view text) {
  for (const auto& [value, name] : kSchemas) {
    if (base::ascii_iequals(name, text)) return value;
  }
  return std::nullopt;
}

std::string_view to_string(ProvisioningState state) {
  for (const auto& [value, name] : kStates) {
    if (value == state) return name;
  }
  return "Failed";
}

json::Value to_json(const RetryPolicy& retry) {
  return json::Value::object({{"maxDeliveryAttempts", retry.max_delivery_attempts},
                              {"eventTimeToLiveInMinutes", retry.event_time_to_live_in_minutes}});
}

json::Value to_json(const DeadLetterDestination& dead_letter) {
  auto properties = json::Value::object({{"resourceId", dead_letter.resource_id},
                                         {"blobContainerName", dead_letter.blob_container_name}});
  return json::Value::object(
      {{"endpointType", "StorageBlob"}, {"properties", std::move(properties)}});
}

base::Result<SubscriptionProperties> parse_subscription_properties(const json::Value& value,
                                                                   const std::string& path) {
  Members members(value, path);
  SubscriptionProperties out;
  out.destination = part<WebHookDestination>(members, "destination", parse_destination);
  out.filter = part<Filter>(members, "filter", parse_filter_at);
  out.delivery_schema = read_schema(members);
  out.retry = part<RetryPolicy>(members, "retryPolicy", parse_retry);
  out.dead_letter =
      part<DeadLetterDestination>(members, "deadLetterDestination", parse_dead_letter);
  out.labels = members.texts("labels");
  out.expiration = members.time("expirationTimeUtc");
  out.clears_dead_letter = members.is_null("deadLetterDestination");
  out.clears_labels = members.is_null("labels");
  out.clears_expiration = members.is_null("expirationTimeUtc");
  out.clears_filter = members.is_null("filter");
  refuse_identities(members);
  members.ignore({"topic", "provisioningState"});
  if (auto done = members.finish(); !done) return done.error();
  return out;
}

}  // namespace fanfare::grid
