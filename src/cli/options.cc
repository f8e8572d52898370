#include "cli/options.h"

#include <CLI/CLI.hpp>

namespace fanfare::cli {
namespace {

constexpr auto kConnectionGroup = "Connection";

}  // namespace

void add_connection_options(CLI::App& command, Connection& connection) {
  command.add_option("--server", connection.server, "Address of the server.")
      ->type_name("URL")
      ->envname("FANFARE_SERVER")
      ->capture_default_str()
      ->group(kConnectionGroup);
  command
      .add_option("--management-key", connection.management_key,
                  "Key of the management and operations APIs, where the server has one.")
      ->type_name("KEY")
      ->envname("FANFARE_MANAGEMENT_KEY")
      ->group(kConnectionGroup);
  command
      .add_option("--ca", connection.ca,
                  "PEM file with a CA to trust for https, besides the system's.")
      ->type_name("FILE")
      ->envname("FANFARE_CA")
      ->group(kConnectionGroup);
}

void add_output_option(CLI::App& command, Output& output) {
  static const std::map<std::string, Output> kFormats = {{"table", Output::Table},
                                                         {"json", Output::Json}};
  command
      .add_option_function<std::string>(
          "-o,--output", [&output](const std::string& text) { output = kFormats.at(text); },
          "Print a table for people, or JSON for programs.")
      ->type_name("FORMAT")
      ->envname("FANFARE_OUTPUT")
      ->default_str("table")
      ->check(CLI::IsMember({"table", "json"}));
}

void add_scope_options(CLI::App& command, ResourceScope& scope) {
  command.add_option("--resource-group", scope.resource_group, "Resource group of the topic.")
      ->type_name("NAME")
      ->capture_default_str();
  command
      .add_option("--azure-subscription", scope.subscription, "Azure subscription of the topic.")
      ->type_name("ID")
      ->capture_default_str();
}

CLI::Option* add_duration(CLI::App& command, const std::string& name, base::Duration& target,
                          const std::string& description) {
  return command
      .add_option_function<std::string>(
          name,
          [name, &target](const std::string& text) {
            const auto duration = base::parse_duration(text);
            if (!duration) throw CLI::ValidationError(name, duration.error().message);
            target = *duration;
          },
          description)
      ->type_name("DURATION");
}

CLI::App* add_command(CLI::App& parent, const CommandText& text) {
  const auto description =
      text.description.empty() ? text.summary : text.summary + "\n\n" + text.description;
  auto* command = parent.add_subcommand(text.name, description);
  command->footer(text.examples);
  return command;
}

CLI::App* add_group(CLI::App& parent, const CommandText& text) {
  auto* command = add_command(parent, text);
  command->require_subcommand(1);
  return command;
}

}  // namespace fanfare::cli
