#include "cli/subscription_body.h"

#include <algorithm>
#include <array>
#include <span>

#include "app/config_nearest.h"
#include "base/bytes.h"

namespace fanfare::cli {
namespace {

enum class Operand { Numbers, Number, Ranges, Boolean, Texts, Nothing };

struct Operator {
  std::string_view name;
  Operand operand;
};

constexpr std::array<Operator, 19> kOperators = {{
    {"NumberIn", Operand::Numbers},          {"NumberNotIn", Operand::Numbers},
    {"NumberLessThan", Operand::Number},     {"NumberLessThanOrEquals", Operand::Number},
    {"NumberGreaterThan", Operand::Number},  {"NumberGreaterThanOrEquals", Operand::Number},
    {"NumberInRange", Operand::Ranges},      {"NumberNotInRange", Operand::Ranges},
    {"BoolEquals", Operand::Boolean},        {"StringIn", Operand::Texts},
    {"StringNotIn", Operand::Texts},         {"StringContains", Operand::Texts},
    {"StringNotContains", Operand::Texts},   {"StringBeginsWith", Operand::Texts},
    {"StringNotBeginsWith", Operand::Texts}, {"StringEndsWith", Operand::Texts},
    {"StringNotEndsWith", Operand::Texts},   {"IsNullOrUndefined", Operand::Nothing},
    {"IsNotNull", Operand::Nothing},
}};

std::unexpected<Failure> bad_filter(const std::string& what) {
  return usage("--advanced-filter: " + what,
               "Write KEY OPERATOR VALUE..., such as: data.total NumberGreaterThan 100");
}

const Operator* find_operator(const std::string& name) {
  for (const auto& known : kOperators) {
    if (base::ascii_iequals(known.name, name)) return &known;
  }
  return nullptr;
}

std::unexpected<Failure> unknown_operator(const std::string& name) {
  std::vector<std::string> names;
  for (const auto& known : kOperators) names.emplace_back(known.name);
  const auto near = app::nearest(name, names);
  std::string message = "unknown operator '" + name + "'";
  if (near) return bad_filter(message + "; did you mean " + *near + "?");
  for (const auto& known : names) message += (known == names.front() ? "; known: " : ", ") + known;
  return bad_filter(message);
}

/// As JSON reads it, so that every digit stays.
Got<json::Value> number(std::string_view text) {
  auto value = json::parse(text);
  if (value && value->is_number()) return std::move(*value);
  return bad_filter("'" + std::string(text) + "' is no number");
}

Got<json::Value> range(const std::string& text) {
  const auto comma = text.find(',');
  if (comma == std::string::npos) return bad_filter("'" + text + "' is no range LOW,HIGH");
  auto low = number(std::string_view(text).substr(0, comma));
  if (!low) return low;
  auto high = number(std::string_view(text).substr(comma + 1));
  if (!high) return high;
  return json::Value::array({std::move(*low), std::move(*high)});
}

template <class Read>
Got<json::Value> each(std::span<const std::string> words, Read read) {
  auto out = json::Value::array();
  for (const auto& word : words) {
    Got<json::Value> value = read(word);
    if (!value) return value;
    out.push(std::move(*value));
  }
  return out;
}

Got<json::Value> single(std::span<const std::string> words, Operand operand) {
  if (words.size() != 1) return bad_filter("this operator takes one value");
  if (operand == Operand::Number) return number(words[0]);
  const auto word = base::ascii_lower(words[0]);
  if (word == "true") return json::Value(true);
  if (word == "false") return json::Value(false);
  return bad_filter("'" + words[0] + "' is not true or false");
}

Got<json::Value> operand_value(std::span<const std::string> words, Operand operand) {
  switch (operand) {
    case Operand::Numbers:
      return each(words, [](const auto& word) { return number(word); });
    case Operand::Ranges:
      return each(words, range);
    case Operand::Texts:
      return each(words, [](const auto& word) -> Got<json::Value> { return json::Value(word); });
    case Operand::Number:
    case Operand::Boolean:
      return single(words, operand);
    case Operand::Nothing:
      break;
  }
  return json::Value();
}

/// The object of that name, made when missing.
json::Value& child(json::Value& parent, std::string_view name) {
  const auto* found = parent.find(name);
  if (found == nullptr || found->is_null()) parent.set(name, json::Value::object());
  return *parent.find(name);
}

Got<json::Value> attribute(const std::vector<std::string>& words) {
  const auto kind = words.size() > 1 ? base::ascii_lower(words[1]) : "";
  auto properties = json::Value::object();
  if (kind == "static" && (words.size() == 3 || words.size() == 4)) {
    const auto secret = words.size() == 4 ? base::ascii_lower(words[3]) : "false";
    if (secret == "true" || secret == "false") {
      properties.set("value", words[2]);
      properties.set("isSecret", secret == "true");
      return json::Value::object(
          {{"name", words[0]}, {"type", "Static"}, {"properties", properties}});
    }
  }
  if (kind == "dynamic" && words.size() == 3) {
    properties.set("sourceField", words[2]);
    return json::Value::object(
        {{"name", words[0]}, {"type", "Dynamic"}, {"properties", properties}});
  }
  return usage(
      "--delivery-attribute-mapping: NAME static VALUE [true|false], or NAME dynamic PATH, "
      "is expected");
}

Got<void> apply_destination(const SubscriptionFlags& flags, json::Value& properties) {
  if (!touches_destination(flags)) return {};
  auto& destination = child(properties, "destination");
  destination.set("endpointType", "WebHook");
  auto& webhook = child(destination, "properties");
  if (!flags.endpoint.empty()) webhook.set("endpointUrl", flags.endpoint);
  if (flags.max_events_per_batch) webhook.set("maxEventsPerBatch", *flags.max_events_per_batch);
  if (flags.preferred_batch_size_in_kilobytes) {
    webhook.set("preferredBatchSizeInKilobytes", *flags.preferred_batch_size_in_kilobytes);
  }
  if (flags.attributes.empty()) return {};
  auto mappings = json::Value::array();
  for (const auto& words : flags.attributes) {
    auto mapping = attribute(words);
    if (!mapping) return std::unexpected(mapping.error());
    mappings.push(std::move(*mapping));
  }
  webhook.set("deliveryAttributeMappings", std::move(mappings));
  return {};
}

json::Value texts(const std::vector<std::string>& items) {
  return json::Value(json::Array(items.begin(), items.end()));
}

Got<void> apply_filter(const SubscriptionFlags& flags, json::Value& properties) {
  json::Value given = json::Value::object();
  if (!flags.included_event_types.empty()) {
    given.set("includedEventTypes", texts(flags.included_event_types));
  }
  if (!flags.subject_begins_with.empty()) given.set("subjectBeginsWith", flags.subject_begins_with);
  if (!flags.subject_ends_with.empty()) given.set("subjectEndsWith", flags.subject_ends_with);
  if (flags.subject_case_sensitive) given.set("isSubjectCaseSensitive", true);
  if (flags.filter_on_arrays) given.set("enableAdvancedFilteringOnArrays", true);
  if (!flags.advanced_filters.empty()) {
    auto filters = json::Value::array();
    for (const auto& words : flags.advanced_filters) {
      auto filter = advanced_filter(words);
      if (!filter) return std::unexpected(filter.error());
      filters.push(std::move(*filter));
    }
    given.set("advancedFilters", std::move(filters));
  }
  if (given.if_object()->empty()) return {};
  auto& filter = child(properties, "filter");
  for (auto& [name, value] : *given.if_object()) filter.set(name, std::move(value));
  return {};
}

Got<void> apply_dead_letter(const SubscriptionFlags& flags, const std::string& storage_account,
                            json::Value& properties) {
  static constexpr std::string_view kContainers = "/blobServices/default/containers/";
  auto account = storage_account;
  auto container = flags.deadletter_container;
  if (!flags.deadletter_endpoint.empty()) {
    const auto at = flags.deadletter_endpoint.find(kContainers);
    if (at == std::string::npos) {
      return usage(
          "--deadletter-endpoint: an id such as /subscriptions/S/resourceGroups/G/providers/"
          "Microsoft.Storage/storageAccounts/A/blobServices/default/containers/C is expected",
          "--deadletter-container takes the container's name alone.");
    }
    account = flags.deadletter_endpoint.substr(0, at);
    container = flags.deadletter_endpoint.substr(at + kContainers.size());
  }
  if (container.empty()) return {};
  properties.set("deadLetterDestination",
                 json::Value::object(
                     {{"endpointType", "StorageBlob"},
                      {"properties", json::Value::object({{"resourceId", account},
                                                          {"blobContainerName", container}})}}));
  return {};
}

}  // namespace

Got<json::Value> advanced_filter(const std::vector<std::string>& words) {
  if (words.size() < 2) return bad_filter("a key and an operator are expected");
  const auto* op = find_operator(words[1]);
  if (op == nullptr) return unknown_operator(words[1]);
  const auto values = std::span(words).subspan(2);
  auto out = json::Value::object({{"operatorType", op->name}, {"key", words[0]}});
  if (op->operand == Operand::Nothing) {
    if (!values.empty()) return bad_filter(std::string(op->name) + " takes no value");
    return out;
  }
  if (values.empty()) return bad_filter(std::string(op->name) + " needs a value");
  auto value = operand_value(values, op->operand);
  if (!value) return value;
  const bool one = op->operand == Operand::Number || op->operand == Operand::Boolean;
  out.set(one ? "value" : "values", std::move(*value));
  return out;
}

Got<void> apply_flags(const SubscriptionFlags& flags, const std::string& storage_account,
                      json::Value& properties) {
  if (auto applied = apply_destination(flags, properties); !applied) return applied;
  if (auto applied = apply_filter(flags, properties); !applied) return applied;
  if (auto applied = apply_dead_letter(flags, storage_account, properties); !applied)
    return applied;
  if (!flags.delivery_schema.empty()) properties.set("eventDeliverySchema", flags.delivery_schema);
  if (flags.max_delivery_attempts) {
    child(properties, "retryPolicy").set("maxDeliveryAttempts", *flags.max_delivery_attempts);
  }
  if (flags.event_ttl) {
    child(properties, "retryPolicy").set("eventTimeToLiveInMinutes", *flags.event_ttl);
  }
  if (!flags.labels.empty()) properties.set("labels", texts(flags.labels));
  if (!flags.expiration_date.empty()) properties.set("expirationTimeUtc", flags.expiration_date);
  return {};
}

bool touches_destination(const SubscriptionFlags& flags) {
  return !flags.endpoint.empty() || flags.max_events_per_batch ||
         flags.preferred_batch_size_in_kilobytes || !flags.attributes.empty();
}

}  // namespace fanfare::cli
