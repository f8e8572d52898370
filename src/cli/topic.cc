#include <CLI/CLI.hpp>
#include <ostream>

#include "cli/options.h"
#include "cli/publish_body.h"
#include "cli/resources.h"

namespace fanfare::cli {
namespace {

struct TopicOptions {
  Connection connection;
  ResourceScope scope;
  Output output = Output::Table;
  std::string name;
  std::string input_schema;
  std::vector<std::string> mapping_fields;    ///< `id=path`
  std::vector<std::string> mapping_defaults;  ///< `eventType=x`
  bool disable_local_auth = false;
  std::string regenerate;
  base::Duration wait = base::minutes(1);
};

void print_topic(const json::Value& topic, Output output, Console& console) {
  if (output == Output::Json) {
    console.out << json::write_pretty(topic) << '\n';
    return;
  }
  const std::pair<const char*, const char*> rows[] = {{"name", "name"},
                                                      {"state", "properties.provisioningState"},
                                                      {"schema", "properties.inputSchema"},
                                                      {"endpoint", "properties.endpoint"},
                                                      {"id", "id"}};
  for (const auto& [title, path] : rows) {
    console.out << std::string(title) << std::string(10 - std::string_view(title).size(), ' ')
                << printable(text_at(topic, path)) << '\n';
  }
}

/// `eventType=kind` into `{"eventType": {member: "kind"}}`.
Got<void> add_mapping(json::Value& properties, const std::vector<std::string>& pairs,
                      std::string_view member, std::string_view flag) {
  static const std::vector<std::string> kNames = {"id",        "topic",   "eventTime",
                                                  "eventType", "subject", "dataVersion"};
  for (const auto& pair : pairs) {
    const auto equals = pair.find('=');
    const auto name = pair.substr(0, equals);
    if (equals == std::string::npos || std::ranges::find(kNames, name) == kNames.end()) {
      return usage(std::string(flag) + ": '" + pair +
                   "' is not NAME=VALUE with one of the names id, "
                   "topic, eventTime, eventType, subject, "
                   "dataVersion");
    }
    json::Value field = json::Value::object();
    if (const auto* earlier = properties.find(name)) field = *earlier;
    field.set(member, pair.substr(equals + 1));
    properties.set(name, std::move(field));
  }
  return {};
}

Got<json::Value> topic_body(const TopicOptions& options) {
  auto properties = json::Value::object();
  if (!options.input_schema.empty()) properties.set("inputSchema", options.input_schema);
  if (options.disable_local_auth) properties.set("disableLocalAuth", true);
  auto mapping = json::Value::object();
  auto added =
      add_mapping(mapping, options.mapping_fields, "sourceField", "--input-mapping-fields");
  if (!added) return std::unexpected(added.error());
  added = add_mapping(mapping, options.mapping_defaults, "defaultValue",
                      "--input-mapping-default-values");
  if (!added) return std::unexpected(added.error());
  if (!mapping.if_object()->empty()) {
    properties.set("inputSchemaMapping", json::Value::object({{"inputSchemaMappingType", "Json"},
                                                              {"properties", std::move(mapping)}}));
  }
  return json::Value::object({{"location", "local"}, {"properties", std::move(properties)}});
}

Got<void> create(const TopicOptions& options, Console& console) {
  const auto body = topic_body(options);
  if (!body) return std::unexpected(body.error());
  auto api = ApiClient::make(options.connection);
  if (!api) return std::unexpected(api.error());
  auto topic = change_and_wait(**api, http::Method::Put, topic_path(options.scope, options.name),
                               *body, options.wait);
  if (!topic) return std::unexpected(topic.error());
  print_topic(*topic, options.output, console);
  return {};
}

Got<void> show(const TopicOptions& options, Console& console) {
  auto api = ApiClient::make(options.connection);
  if (!api) return std::unexpected(api.error());
  const auto topic = (*api)->get(versioned(topic_path(options.scope, options.name)));
  if (!topic) return std::unexpected(topic.error());
  print_topic(*topic, options.output, console);
  return {};
}

Got<void> list(const TopicOptions& options, Console& console) {
  auto api = ApiClient::make(options.connection);
  if (!api) return std::unexpected(api.error());
  const auto topics = list_all(**api, topics_path(options.scope));
  if (!topics) return std::unexpected(topics.error());
  if (options.output == Output::Json) {
    console.out << json::write_pretty(json::Value(*topics)) << '\n';
    return {};
  }
  Table table({"NAME", "SCHEMA", "STATE", "ENDPOINT"});
  for (const auto& topic : *topics) {
    table.add({text_at(topic, "name"), text_at(topic, "properties.inputSchema"),
               text_at(topic, "properties.provisioningState"),
               text_at(topic, "properties.endpoint")});
  }
  console.out << table.text();
  return {};
}

Got<void> remove(const TopicOptions& options, Console& console) {
  auto api = ApiClient::make(options.connection);
  if (!api) return std::unexpected(api.error());
  const auto removed =
      delete_and_wait(**api, topic_path(options.scope, options.name), options.wait);
  if (!removed) return std::unexpected(removed.error());
  if (!*removed) return fail(Exit::Failed, "there is no topic " + options.name);
  console.err << "Deleted topic " << printable(options.name) << ".\n";
  return {};
}

Got<void> keys(const TopicOptions& options, Console& console) {
  auto api = ApiClient::make(options.connection);
  if (!api) return std::unexpected(api.error());
  const auto path = topic_path(options.scope, options.name);
  const bool regenerate = !options.regenerate.empty();
  const auto body =
      regenerate ? json::Value::object({{"keyName", options.regenerate}}) : json::Value::object();
  const auto keys =
      (*api)->post(versioned(path + (regenerate ? "/regenerateKey" : "/listKeys")), body);
  if (!keys) return std::unexpected(keys.error());
  if (options.output == Output::Json) {
    console.out << json::write_pretty(*keys) << '\n';
  } else {
    console.out << "key1  " << printable(text_at(*keys, "key1")) << "\nkey2  "
                << printable(text_at(*keys, "key2")) << '\n';
  }
  return {};
}

using Action = Got<void> (*)(const TopicOptions&, Console&);

std::shared_ptr<TopicOptions> add_action(CLI::App& command, Program& program, Action action) {
  auto options = std::make_shared<TopicOptions>();
  command.callback([&program, options, action] {
    program.run = [options, action](Console& console) { return action(*options, console); };
  });
  return options;
}

void add_name(CLI::App& command, TopicOptions& options) {
  command.add_option("NAME", options.name, "Name or ARM id of the topic.")->required();
}

void add_shared(CLI::App& command, TopicOptions& options) {
  add_scope_options(command, options.scope);
  add_connection_options(command, options.connection);
}

void add_create(CLI::App& group, Program& program) {
  auto* command = add_command(
      group, {.name = "create",
              .summary = "create a topic, or change it",
              .description = "The schema of a topic's events is set when it is created.",
              .examples = "fanfare topic create orders --input-schema CloudEventSchemaV1_0\n"
                          "fanfare topic create sensors --input-schema CustomEventSchema \\\n"
                          "    --input-mapping-fields eventType=kind subject=device \\\n"
                          "    --input-mapping-default-values dataVersion=1.0"});
  const auto options = add_action(*command, program, create);
  add_name(*command, *options);
  command
      ->add_option("--input-schema", options->input_schema,
                   "Schema that events are published in. Default: EventGridSchema.")
      ->type_name("SCHEMA")
      ->check(CLI::IsMember({"EventGridSchema", "CloudEventSchemaV1_0", "CustomEventSchema"}));
  command
      ->add_option("--input-mapping-fields", options->mapping_fields,
                   "Where the envelope is found in events of a schema of their own.")
      ->type_name("NAME=FIELD");
  command
      ->add_option("--input-mapping-default-values", options->mapping_defaults,
                   "What stands in where an event has no such field.")
      ->type_name("NAME=VALUE");
  command->add_flag("--disable-local-auth", options->disable_local_auth,
                    "Refuse access keys; bearer tokens alone count.");
  add_duration(*command, "--wait", options->wait, "How long to wait for the server. Default: 1m.");
  add_output_option(*command, options->output);
  add_shared(*command, *options);
}

}  // namespace

void add_topic(CLI::App& parent, Program& program) {
  auto* group = add_group(
      parent,
      {.name = "topic", .summary = "create and show topics", .description = {}, .examples = {}});
  add_create(*group, program);

  auto* command = add_command(*group, {.name = "show",
                                       .summary = "show a topic",
                                       .description = {},
                                       .examples = "fanfare topic show events"});
  auto options = add_action(*command, program, show);
  add_name(*command, *options);
  add_output_option(*command, options->output);
  add_shared(*command, *options);

  command = add_command(*group, {.name = "list",
                                 .summary = "list topics",
                                 .description = {},
                                 .examples = "fanfare topic list -o json"});
  options = add_action(*command, program, list);
  add_output_option(*command, options->output);
  add_shared(*command, *options);

  command = add_command(*group, {.name = "delete",
                                 .summary = "delete a topic with its event subscriptions",
                                 .description = {},
                                 .examples = "fanfare topic delete orders"});
  options = add_action(*command, program, remove);
  add_name(*command, *options);
  add_duration(*command, "--wait", options->wait, "How long to wait for the server. Default: 1m.");
  add_shared(*command, *options);

  command = add_command(*group, {.name = "keys",
                                 .summary = "show the access keys, or renew one",
                                 .description = {},
                                 .examples = "fanfare topic keys events\n"
                                             "fanfare topic keys events --regenerate key1"});
  options = add_action(*command, program, keys);
  add_name(*command, *options);
  command->add_option("--regenerate", options->regenerate, "Make this key anew.")
      ->type_name("KEY")
      ->check(CLI::IsMember({"key1", "key2"}));
  add_output_option(*command, options->output);
  add_shared(*command, *options);
}

}  // namespace fanfare::cli
