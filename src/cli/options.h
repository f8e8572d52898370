#pragma once
/// Options that many commands share.
#include <string>

#include "base/time.h"
#include "cli/program.h"

namespace fanfare::cli {

/// How to reach the server.
struct Connection {
  std::string server = "http://127.0.0.1:4880";
  std::string management_key;
  std::string ca;  ///< PEM file to trust for https, besides the system's store
};
void add_connection_options(CLI::App& command, Connection& connection);

enum class Output { Table, Json };
void add_output_option(CLI::App& command, Output& output);

/// In which resource group topics are looked for by name.
struct ResourceScope {
  std::string subscription = "00000000-0000-0000-0000-000000000000";
  std::string resource_group = "local";
};
void add_scope_options(CLI::App& command, ResourceScope& scope);

/// `10s`, `5m`, `1h30m`; a wrong one is an error of use.
CLI::Option* add_duration(CLI::App& command, const std::string& name, base::Duration& target,
                          const std::string& description);

/// A command with a summary (one line, lower case, for lists), what more there is to say, and
/// examples, one a line.
struct CommandText {
  std::string name;
  std::string summary;
  std::string description;
  std::string examples;
};
CLI::App* add_command(CLI::App& parent, const CommandText& text);
/// A command that only groups others.
CLI::App* add_group(CLI::App& parent, const CommandText& text);

}  // namespace fanfare::cli
