#include <CLI/CLI.hpp>
#include <ostream>

#include "app/config.h"
#include "app/config_keys.h"
#include "app/version.h"
#include "cli/options.h"

namespace fanfare::cli {
namespace {

struct CheckOptions {
  std::string file;
  bool with_environment = false;
};

struct OutputOptions {
  Output output = Output::Table;
};

Got<void> check(const CheckOptions& options, Console& console) {
  const auto overrides =
      options.with_environment ? app::overrides_from_environment() : std::vector<app::Override>();
  const auto config = app::load_config(options.file, overrides);
  if (!config) return usage(config.error().message);
  console.out << printable(options.file) << ": right; " << config->topics.size()
              << (config->topics.size() == 1 ? " topic" : " topics") << " declared\n";
  return {};
}

Got<void> keys(const OutputOptions& options, Console& console) {
  if (options.output == Output::Json) {
    auto list = json::Value::array();
    for (const auto& key : app::config_keys()) {
      list.push(json::Value::object(
          {{"key", key.name}, {"allowed", key.allowed}, {"default", key.standard}}));
    }
    console.out << json::write_pretty(list) << '\n';
    return {};
  }
  Table table({"KEY", "DEFAULT", "ALLOWED"});
  for (const auto& key : app::config_keys()) {
    table.add({std::string(key.name), std::string(key.standard), std::string(key.allowed)});
  }
  console.out << table.text();
  return {};
}

Got<void> version(const OutputOptions& options, Console& console) {
  if (options.output == Output::Json) {
    console.out << json::write(json::Value::object({{"version", app::kVersion}})) << '\n';
  } else {
    console.out << "fanfare " << app::kVersion << '\n';
  }
  return {};
}

}  // namespace

void add_config(CLI::App& parent, Program& program) {
  auto* group = add_group(
      parent,
      {.name = "config", .summary = "check the configuration", .description = {}, .examples = {}});
  auto* command = add_command(
      *group,
      {.name = "check",
       .summary = "check a configuration file",
       .description = "Reads the file as `fanfare serve` does, without starting anything. "
                      "Everything that is wrong is named with its line, and the exit status "
                      "is 2.",
       .examples = "fanfare config check fanfare.yaml"});
  auto options = std::make_shared<CheckOptions>();
  command->add_option("FILE", options->file, "The file.")->required();
  command->add_flag("--with-environment", options->with_environment,
                    "Apply FANFARE_... variables too.");
  command->callback([&program, options] {
    program.run = [options](Console& console) { return check(*options, console); };
  });

  command = add_command(*group, {.name = "keys",
                                 .summary = "list every key that can be set",
                                 .description = {},
                                 .examples = "fanfare config keys"});
  auto output = std::make_shared<OutputOptions>();
  add_output_option(*command, output->output);
  command->callback([&program, output] {
    program.run = [output](Console& console) { return keys(*output, console); };
  });
}

void add_version(CLI::App& parent, Program& program) {
  auto* command = add_command(
      parent,
      {.name = "version", .summary = "show the version", .description = {}, .examples = {}});
  auto output = std::make_shared<OutputOptions>();
  add_output_option(*command, output->output);
  command->callback([&program, output] {
    program.run = [output](Console& console) { return version(*output, console); };
  });
}

}  // namespace fanfare::cli
