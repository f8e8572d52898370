#include <CLI/CLI.hpp>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <iterator>
#include <ostream>

#include "cli/options.h"
#include "cli/resources.h"
#include "cli/subscription_body.h"

namespace fanfare::cli {
namespace {

struct SubscriptionOptions {
  Connection connection;
  ResourceScope scope;
  Output output = Output::Table;
  std::string topic = "events";
  std::string communication;  ///< the source instead of the topic, when given
  std::string name;
  std::string from;
  SubscriptionFlags flags;
  base::Duration wait = base::minutes(2);
  bool full_endpoint_url = false;
};

std::string source_of(const SubscriptionOptions& options) {
  return options.communication.empty() ? topic_path(options.scope, options.topic)
                                       : communication_path(options.scope, options.communication);
}

std::string path_of(const SubscriptionOptions& options) {
  return event_subscription_path(source_of(options), options.name);
}

std::string storage_account_of(const ResourceScope& scope) {
  return "/subscriptions/" + scope.subscription + "/resourceGroups/" + scope.resource_group +
         "/providers/Microsoft.Storage/storageAccounts/fanfare";
}

/// The ARM JSON of a file: `{"properties": {…}}`, or the properties alone.
Got<json::Value> properties_from(const std::string& file) {
  std::ifstream in(file, std::ios::binary);
  if (!in) return usage("--from: " + file + " cannot be read: " + std::strerror(errno));
  const std::string text(std::istreambuf_iterator<char>(in), {});
  auto value = json::parse(text);
  if (!value) return usage("--from: " + file + ": not JSON: " + value.error().message);
  if (!value->is_object()) return usage("--from: " + file + ": a JSON object is expected");
  if (const auto* properties = value->find("properties")) return *properties;
  return std::move(*value);
}

std::string batch_of(const json::Value& subscription) {
  const auto most = text_at(subscription, "properties.destination.properties.maxEventsPerBatch");
  return most.empty() ? "1" : most;
}

void print_details(const json::Value& subscription, Console& console) {
  const auto at = [&](std::string_view path) { return text_at(subscription, path); };
  const std::pair<std::string_view, std::string> rows[] = {
      {"name", at("name")},
      {"state", at("properties.provisioningState")},
      {"endpoint", at("properties.destination.properties.endpointBaseUrl")},
      {"schema", at("properties.eventDeliverySchema")},
      {"batch", batch_of(subscription)},
      {"attempts", at("properties.retryPolicy.maxDeliveryAttempts")},
      {"ttl", at("properties.retryPolicy.eventTimeToLiveInMinutes") + " minutes"},
      {"deadletter", at("properties.deadLetterDestination.properties.blobContainerName")},
      {"id", at("id")}};
  for (const auto& [title, value] : rows) {
    if (value.empty()) continue;
    console.out << title << std::string(12 - title.size(), ' ') << printable(value) << '\n';
  }
  const auto* filter = subscription.find("properties");
  filter = filter == nullptr ? nullptr : filter->find("filter");
  if (filter != nullptr && filter->is_object()) {
    console.out << "filter      " << printable(json::write(*filter)) << '\n';
  }
}

void print_one(const json::Value& subscription, Output output, Console& console) {
  if (output == Output::Json) {
    console.out << json::write_pretty(subscription) << '\n';
  } else {
    print_details(subscription, console);
  }
}

/// A change that ended, but whose endpoint has not agreed yet.
Got<void> settled(const json::Value& subscription) {
  const auto state = text_at(subscription, "properties.provisioningState");
  if (state == "Succeeded" || state.empty()) return {};
  if (state != "AwaitingManualAction") {
    return fail(Exit::Failed, "the event subscription is in the state " + state);
  }
  return fail(Exit::Unfinished,
              "the endpoint answered without the validation code: AwaitingManualAction",
              "Open the validationUrl that the endpoint was sent; nothing is delivered until then. "
              "`fanfare subscription show` tells the state.");
}

Got<void> create(const SubscriptionOptions& options, Console& console) {
  json::Value properties = json::Value::object();
  if (!options.from.empty()) {
    auto read = properties_from(options.from);
    if (!read) return std::unexpected(read.error());
    properties = std::move(*read);
  } else if (options.flags.endpoint.empty()) {
    return usage(
        "subscription create: where to deliver is missing; give --endpoint URL or --from FILE");
  }
  auto applied = apply_flags(options.flags, storage_account_of(options.scope), properties);
  if (!applied) return applied;
  auto api = ApiClient::make(options.connection);
  if (!api) return std::unexpected(api.error());
  const auto body = json::Value::object({{"properties", std::move(properties)}});
  auto made = change_and_wait(**api, http::Method::Put, path_of(options), body, options.wait);
  if (!made) return std::unexpected(made.error());
  print_one(*made, options.output, console);
  return settled(*made);
}

/// What a GET leaves out of a destination: its whole address and the values of secret headers.
Got<void> complete_destination(ApiClient& api, const std::string& path, json::Value& properties) {
  const auto url = api.post(versioned(path + "/getFullUrl"), json::Value::object());
  if (!url) return std::unexpected(url.error());
  const auto attributes =
      api.post(versioned(path + "/getDeliveryAttributes"), json::Value::object());
  if (!attributes) return std::unexpected(attributes.error());
  auto* destination = properties.find("destination");
  auto* webhook = destination == nullptr ? nullptr : destination->find("properties");
  if (webhook == nullptr) return {};
  webhook->set("endpointUrl", text_at(*url, "endpointUrl"));
  webhook->erase("endpointBaseUrl");
  if (const auto* value = attributes->find("value"); value != nullptr && value->is_array()) {
    webhook->set("deliveryAttributeMappings", *value);
  }
  return {};
}

/// The parts that a PATCH takes, of what is there now.
json::Value changeable(const json::Value& subscription) {
  auto out = json::Value::object();
  const auto* properties = subscription.find("properties");
  if (properties == nullptr) return out;
  for (const auto name : {"destination", "filter", "retryPolicy"}) {
    const auto* part = properties->find(name);
    if (part != nullptr && !part->is_null()) out.set(name, *part);
  }
  return out;
}

Got<void> update(const SubscriptionOptions& options, Console& console) {
  auto api = ApiClient::make(options.connection);
  if (!api) return std::unexpected(api.error());
  const auto path = path_of(options);
  const auto now = (*api)->get(versioned(path));
  if (!now) return std::unexpected(now.error());
  auto body = changeable(*now);
  if (touches_destination(options.flags)) {
    auto completed = complete_destination(**api, path, body);
    if (!completed) return completed;
  } else {
    body.erase("destination");
  }
  auto applied = apply_flags(options.flags, storage_account_of(options.scope), body);
  if (!applied) return applied;
  auto changed = change_and_wait(**api, http::Method::Patch, path, body, options.wait);
  if (!changed) return std::unexpected(changed.error());
  print_one(*changed, options.output, console);
  return settled(*changed);
}

Got<void> show(const SubscriptionOptions& options, Console& console) {
  auto api = ApiClient::make(options.connection);
  if (!api) return std::unexpected(api.error());
  auto found = (*api)->get(versioned(path_of(options)));
  if (!found) return std::unexpected(found.error());
  if (options.full_endpoint_url) {
    const auto path = path_of(options) + "/getFullUrl";
    const auto url = (*api)->post(versioned(path), json::Value::object());
    if (!url) return std::unexpected(url.error());
    console.out << printable(text_at(*url, "endpointUrl")) << '\n';
    return {};
  }
  print_one(*found, options.output, console);
  return {};
}

Got<void> list(const SubscriptionOptions& options, Console& console) {
  auto api = ApiClient::make(options.connection);
  if (!api) return std::unexpected(api.error());
  const auto all = list_all(**api, event_subscriptions_path(source_of(options)));
  if (!all) return std::unexpected(all.error());
  if (options.output == Output::Json) {
    console.out << json::write_pretty(json::Value(*all)) << '\n';
    return {};
  }
  Table table({"NAME", "STATE", "SCHEMA", "BATCH", "ENDPOINT"});
  for (const auto& item : *all) {
    table.add({text_at(item, "name"), text_at(item, "properties.provisioningState"),
               text_at(item, "properties.eventDeliverySchema"), batch_of(item),
               text_at(item, "properties.destination.properties.endpointBaseUrl")});
  }
  console.out << table.text();
  return {};
}

Got<void> remove(const SubscriptionOptions& options, Console& console) {
  auto api = ApiClient::make(options.connection);
  if (!api) return std::unexpected(api.error());
  const auto removed = delete_and_wait(**api, path_of(options), options.wait);
  if (!removed) return std::unexpected(removed.error());
  if (!*removed) {
    const auto source = options.communication.empty()
                            ? "topic " + options.topic
                            : "communication resource " + options.communication;
    return fail(Exit::Failed, "there is no event subscription " + options.name + " of " + source);
  }
  console.err << "Deleted event subscription " << printable(options.name) << ".\n";
  return {};
}

using Action = Got<void> (*)(const SubscriptionOptions&, Console&);

std::shared_ptr<SubscriptionOptions> add_action(CLI::App& command, Program& program,
                                                Action action) {
  auto options = std::make_shared<SubscriptionOptions>();
  command.callback([&program, options, action] {
    program.run = [options, action](Console& console) { return action(*options, console); };
  });
  return options;
}

void add_name(CLI::App& command, SubscriptionOptions& options) {
  command.add_option("NAME", options.name, "Name of the event subscription.")->required();
}

void add_shared(CLI::App& command, SubscriptionOptions& options) {
  auto* topic = command.add_option("--topic", options.topic, "Name or ARM id of the topic.")
                    ->type_name("TOPIC")
                    ->capture_default_str();
  command
      .add_option("--communication", options.communication,
                  "Name or ARM id of a communication resource whose events it is about, instead of "
                  "a topic.")
      ->type_name("RESOURCE")
      ->excludes(topic);
  add_scope_options(command, options.scope);
  add_connection_options(command, options.connection);
}

void add_wait(CLI::App& command, SubscriptionOptions& options) {
  add_duration(command, "--wait", options.wait,
               "How long to wait for the server and the handshake. Default: 2m.");
}

void add_filter_flags(CLI::App& command, SubscriptionFlags& flags) {
  constexpr auto kGroup = "Filter";
  command
      .add_option("--included-event-types", flags.included_event_types,
                  "Only events of these types.")
      ->type_name("TYPE")
      ->group(kGroup);
  command
      .add_option("--subject-begins-with", flags.subject_begins_with,
                  "Only subjects that begin so.")
      ->type_name("TEXT")
      ->group(kGroup);
  command.add_option("--subject-ends-with", flags.subject_ends_with, "Only subjects that end so.")
      ->type_name("TEXT")
      ->group(kGroup);
  command
      .add_flag("--subject-case-sensitive", flags.subject_case_sensitive,
                "Let case count in these two.")
      ->group(kGroup);
  command
      .add_option(
          "--advanced-filter", flags.advanced_filters,
          "A condition on a member: KEY OPERATOR VALUE..., ranges as LOW,HIGH; all must hold.")
      ->type_name("WORDS")
      ->group(kGroup);
  command
      .add_flag("--enable-advanced-filtering-on-arrays", flags.filter_on_arrays,
                "Let conditions look into arrays.")
      ->group(kGroup);
}

void add_delivery_flags(CLI::App& command, SubscriptionFlags& flags) {
  constexpr auto kGroup = "Delivery";
  const auto add = [&](const char* name, auto& target, const char* placeholder, const char* text) {
    return command.add_option(name, target, text)->type_name(placeholder)->group(kGroup);
  };
  add("--endpoint", flags.endpoint, "URL", "The webhook to deliver to.");
  add("--event-delivery-schema", flags.delivery_schema, "SCHEMA",
      "Schema of the deliveries. Default: as the topic decides.")
      ->check(CLI::IsMember({"EventGridSchema", "CloudEventSchemaV1_0", "CustomInputSchema"},
                            CLI::ignore_case));
  add("--max-events-per-batch", flags.max_events_per_batch, "N", "Up to that many in a request.");
  add("--preferred-batch-size-in-kilobytes", flags.preferred_batch_size_in_kilobytes, "KB",
      "About that much in a request.");
  add("--delivery-attribute-mapping", flags.attributes, "WORDS",
      "A header of each delivery: NAME static VALUE [true|false], the last saying whether it is a "
      "secret, or NAME dynamic PATH.");
  add("--max-delivery-attempts", flags.max_delivery_attempts, "N", "1 to 30. Default: 30.");
  add("--event-ttl", flags.event_ttl, "MINUTES", "1 to 1440. Default: 1440.");
  add("--deadletter-container", flags.deadletter_container, "NAME",
      "Where events go that cannot be delivered.");
  add("--deadletter-endpoint", flags.deadletter_endpoint, "ID",
      "The same as the ARM id of a container.");
  add("--labels", flags.labels, "LABEL", "Labels of the event subscription.");
  add("--expiration-date", flags.expiration_date, "TIME",
      "When it deletes itself, such as 2030-01-01T00:00:00Z.");
}

void add_create(CLI::App& group, Program& program) {
  auto* command = add_command(
      group,
      {.name = "create",
       .summary = "create an event subscription, or replace it",
       .description = "The endpoint is asked for its consent first; the command waits for that. An "
                      "endpoint that "
                      "answers without the validation code leaves the event subscription in "
                      "AwaitingManualAction (exit status 4): open the validationUrl that it was "
                      "sent.\n\nFlags are "
                      "named as those of `az eventgrid event-subscription`; with --from they "
                      "change what the file "
                      "says.",
       .examples =
           "fanfare subscription create mine --endpoint http://localhost:4990/\n"
           "fanfare subscription create large --topic orders --endpoint https://example.com/hook "
           "\\\n"
           "    --advanced-filter data.total NumberGreaterThan 100 --max-events-per-batch 10\n"
           "fanfare subscription create mine --from examples/subscription.json\n"
           "fanfare subscription create texts --communication fanfare \\\n"
           "    --included-event-types Microsoft.Communication.SMSReceived \\\n"
           "    --endpoint http://localhost:4990/"});
  const auto options = add_action(*command, program, create);
  add_name(*command, *options);
  command
      ->add_option("--from", options->from,
                   "File with the JSON of the management API: the body, or its properties alone.")
      ->type_name("FILE");
  add_wait(*command, *options);
  add_output_option(*command, options->output);
  add_delivery_flags(*command, options->flags);
  add_filter_flags(*command, options->flags);
  add_shared(*command, *options);
}

void add_update(CLI::App& group, Program& program) {
  auto* command = add_command(
      group,
      {.name = "update",
       .summary = "change an event subscription",
       .description = "Only what is given changes; lists are replaced as a whole. A webhook is "
                      "asked for its consent anew.",
       .examples = "fanfare subscription update mine --max-delivery-attempts 5\n"
                   "fanfare subscription update mine --endpoint http://localhost:5000/"});
  const auto options = add_action(*command, program, update);
  add_name(*command, *options);
  add_wait(*command, *options);
  add_output_option(*command, options->output);
  add_delivery_flags(*command, options->flags);
  add_filter_flags(*command, options->flags);
  add_shared(*command, *options);
}

}  // namespace

void add_subscription(CLI::App& parent, Program& program) {
  auto* group = add_group(
      parent, {.name = "subscription",
               .summary = "create and show event subscriptions",
               .description = "An event subscription says which events of a topic or of a "
                              "communication resource go where, in which form, and how often that "
                              "is tried.",
               .examples = {}});
  add_create(*group, program);

  auto* command =
      add_command(*group, {.name = "show",
                           .summary = "show an event subscription",
                           .description = {},
                           .examples = "fanfare subscription show mine --topic orders"});
  auto options = add_action(*command, program, show);
  add_name(*command, *options);
  command->add_flag(
      "--full-endpoint-url", options->full_endpoint_url,
      "Print the endpoint's whole address instead, with its query, which may be secret.");
  add_output_option(*command, options->output);
  add_shared(*command, *options);

  command = add_command(*group, {.name = "list",
                                 .summary = "list the event subscriptions of a topic",
                                 .description = {},
                                 .examples = "fanfare subscription list --topic orders"});
  options = add_action(*command, program, list);
  add_output_option(*command, options->output);
  add_shared(*command, *options);

  add_update(*group, program);

  command = add_command(*group, {.name = "delete",
                                 .summary = "delete an event subscription",
                                 .description = "What waits for it is dropped.",
                                 .examples = "fanfare subscription delete mine"});
  options = add_action(*command, program, remove);
  add_name(*command, *options);
  add_wait(*command, *options);
  add_shared(*command, *options);
}

}  // namespace fanfare::cli
