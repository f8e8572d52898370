#include <CLI/CLI.hpp>
#include <cstdlib>
#include <ostream>
#include <thread>

#include "app/config.h"
#include "app/server.h"
#include "base/log.h"
#include "cli/interruption.h"
#include "cli/options.h"
#include "cli/serve_report.h"

namespace fanfare::cli {
namespace {

using app::Override;

struct ServeOptions {
  std::string config;
  std::vector<std::string> listen;
  std::string plain_http, data, durability, log_level, log_format;
  bool virtual_clock = false;
  bool ready_json = false;
  std::vector<std::string> settings;
};

/// `--set key=value`.
Got<Override> setting(const std::string& text) {
  const auto equals = text.find('=');
  if (equals == std::string::npos || equals == 0) {
    return usage("--set: '" + text + "' is not KEY=VALUE", "`fanfare config keys` lists the keys.");
  }
  const auto key = text.substr(0, equals);
  return Override{.key = key, .value = text.substr(equals + 1), .where = "--set " + key};
}

std::string joined(const std::vector<std::string>& items) {
  std::string out;
  for (const auto& item : items) out += (out.empty() ? "" : ",") + item;
  return out;
}

/// The environment's, then --set, then the flags of their own.
Got<std::vector<Override>> overrides_of(const ServeOptions& options) {
  auto out = app::overrides_from_environment();
  for (const auto& text : options.settings) {
    auto override = setting(text);
    if (!override) return std::unexpected(override.error());
    out.push_back(std::move(*override));
  }
  const std::pair<const char*, std::string> flags[] = {
      {"listen", joined(options.listen)},
      {"plain_http", options.plain_http},
      {"data", options.data},
      {"durability", options.durability},
      {"log_level", options.log_level},
      {"log_format", options.log_format},
      {"virtual_clock", options.virtual_clock ? "on" : ""},
      {"ready_json", options.ready_json ? "on" : ""}};
  for (const auto& [key, value] : flags) {
    if (value.empty()) continue;
    std::string flag = "--" + std::string(key);
    std::ranges::replace(flag, '_', '-');
    out.push_back(Override{.key = key, .value = value, .where = flag});
  }
  return out;
}

Got<app::Config> read_config(const ServeOptions& options) {
  const auto overrides = overrides_of(options);
  if (!overrides) return std::unexpected(overrides.error());
  std::optional<std::filesystem::path> file;
  if (!options.config.empty()) file = options.config;
  auto config = app::load_config(file, *overrides);
  if (!config) return usage(config.error().message);
  return std::move(*config);
}

Failure start_failure(const base::Error& error) {
  const bool ours = error.code == base::Errc::InvalidArgument;
  return Failure{ours ? Exit::Usage : Exit::Failed, error.message, {}};
}

/// A broken file leaves everything as it is: a server that runs is worth more than a reload.
void reload(app::Server& server, const ServeOptions& options) {
  auto config = read_config(options);
  if (!config) {
    base::log(base::LogLevel::Error, "serve", "not reloaded: the configuration is wrong",
              {{"reason", config.error().message}});
    return;
  }
  const auto level = config->log_level;
  const auto format = config->log_format;
  const auto reloaded = server.reload(std::move(*config));
  if (!reloaded) {
    base::log(base::LogLevel::Error, "serve", "not reloaded",
              {{"reason", reloaded.error().message}});
    return;
  }
  base::configure_log(level, format);
  base::log(base::LogLevel::Info, "serve", "configuration and certificates reloaded");
}

/// A stop that comes before the server is ready ends the process at once: nothing has been
/// acknowledged yet, and a store survives its end at any point of the recovery.
[[noreturn]] void stop_at_once() {
  base::log(base::LogLevel::Info, "serve", "stopped during the start");
  std::_Exit(static_cast<int>(Exit::Ok));
}

base::Result<std::unique_ptr<app::Server>> start_server(app::Config config,
                                                        Interruption& interruption) {
  base::Result<std::unique_ptr<app::Server>> server = nullptr;
  std::thread starter([&] {
    server = app::Server::start(std::move(config));
    interruption.done();
  });
  for (;;) {
    const auto reason = interruption.wait();
    if (reason == Interruption::Reason::Stop) stop_at_once();
    if (reason == Interruption::Reason::Done) break;  // a reload finds everything fresh
  }
  starter.join();
  return server;
}

Got<void> serve(const ServeOptions& options, Console& console) {
  auto config = read_config(options);
  if (!config) return std::unexpected(config.error());
  base::configure_log(config->log_level, config->log_format);
  const bool for_programs = config->ready_json;

  Interruption interruption;
  auto server = start_server(std::move(*config), interruption);
  if (!server) return std::unexpected(start_failure(server.error()));

  const auto ready = (*server)->ready();
  console.out << (for_programs ? json::write(ready) + "\n" : serve_report(ready, console.colour));
  console.out.flush();

  while (interruption.wait() == Interruption::Reason::Reload) reload(**server, options);
  base::log(base::LogLevel::Info, "serve", "stopping");
  interruption.release();
  (*server)->stop();
  return {};
}

}  // namespace

void add_serve(CLI::App& parent, Program& program) {
  auto* command = add_command(
      parent,
      {.name = "serve",
       .summary = "start a server",
       .description =
           "Answers HTTP and HTTPS on the same port, on loopback unless told otherwise. Without a "
           "certificate it makes a development CA in DATA/tls at the first start and says how to "
           "trust it.\n\nEverything can be set in a YAML file, in FANFARE_... variables and by "
           "flags, "
           "in rising precedence; docs/configuration.md has all keys.\n\nSIGTERM and SIGINT stop "
           "in "
           "good order, a second one at once, and during the start at once. SIGHUP reads "
           "certificates and configuration again.",
       .examples = "fanfare serve\n"
                   "fanfare serve --data memory --listen 127.0.0.1:0 --ready-json\n"
                   "fanfare serve --config fanfare.yaml --set webhooks.response_timeout=10s"});
  auto options = std::make_shared<ServeOptions>();
  command->add_option("--config", options->config, "YAML file with the configuration.")
      ->type_name("FILE")
      ->envname("FANFARE_CONFIG");
  command
      ->add_option("--listen", options->listen,
                   "Where to take requests; port 0 takes a free one. Default: 127.0.0.1:4880.")
      ->type_name("ADDRESS:PORT");
  command
      ->add_option("--plain-http", options->plain_http,
                   "Answer plain HTTP beside HTTPS. Default: on.")
      ->type_name("SWITCH")
      ->check(CLI::IsMember({"on", "off"}));
  command
      ->add_option("--data", options->data,
                   "Folder that keeps everything, or `memory` to keep nothing. Default: "
                   "fanfare-data.")
      ->type_name("FOLDER");
  command
      ->add_option("--durability", options->durability,
                   "When a publish counts as stored: fsync survives a power cut, os a crash of the "
                   "process, memory nothing. Default: fsync.")
      ->type_name("LEVEL")
      ->check(CLI::IsMember({"fsync", "os", "memory"}));
  command->add_flag("--virtual-clock", options->virtual_clock,
                    "Let time move only by `fanfare clock advance`. For tests.");
  command->add_flag("--ready-json", options->ready_json,
                    "Print one line of JSON with endpoints and keys once requests are taken.");
  command
      ->add_option("--log-level", options->log_level,
                   "What to log to standard error. Default: info.")
      ->type_name("LEVEL")
      ->check(CLI::IsMember({"debug", "info", "warn", "error", "off"}));
  command->add_option("--log-format", options->log_format, "Form of the log. Default: text.")
      ->type_name("FORMAT")
      ->check(CLI::IsMember({"text", "json"}));
  command->add_option("--set", options->settings, "Any key of the configuration.")
      ->type_name("KEY=VALUE");
  command->callback([&program, options] {
    program.run = [options](Console& console) { return serve(*options, console); };
  });
}

}  // namespace fanfare::cli
