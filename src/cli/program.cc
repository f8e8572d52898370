#include "cli/program.h"

#include <CLI/CLI.hpp>
#include <ostream>

#include "app/config_nearest.h"
#include "app/version.h"
#include "cli/help.h"

namespace fanfare::cli {
namespace {

constexpr auto kDescription =
    "a self-hosted event router that speaks Azure Event Grid and Communication Services\n\n"
    "Publishers send events to topics; event subscriptions say which of them go where. Start a "
    "server "
    "with `fanfare serve`; the other commands talk to it over HTTP.";

constexpr auto kExamples =
    "fanfare serve                          start a server on port 4880\n"
    "fanfare listen --subscribe events      show what the topic `events` delivers\n"
    "fanfare publish event.json             publish to the topic `events`";

class ManualPages final : public CLI::Formatter {
 public:
  std::string make_help(const CLI::App* command, std::string, CLI::AppFormatMode) const override {
    return help_page(*command, full_name_of(*command));
  }
};

/// The command at which parsing stopped.
const CLI::App& deepest(const CLI::App& app) {
  const auto parsed = app.get_subcommands();
  return parsed.empty() ? app : deepest(*parsed.back());
}

std::vector<std::string> words_of(const CLI::App& command) {
  std::vector<std::string> words;
  for (const auto* child :
       command.get_subcommands([](const CLI::App* child) { return !child->get_group().empty(); })) {
    words.push_back(child->get_name());
  }
  for (const auto* option : command.get_options()) {
    for (const auto& name : option->get_lnames()) words.push_back("--" + name);
  }
  return words;
}

Failure unknown_word(const CLI::App& command, const std::string& word) {
  const bool option = word.starts_with('-');
  const bool group = !command.get_subcommands([](const CLI::App*) { return true; }).empty();
  const auto kind = option ? "option" : group ? "command" : "argument";
  std::string message = full_name_of(command) + ": unknown " + kind + " '" + word + "'";
  const auto near = app::nearest(word.substr(0, word.find('=')), words_of(command));
  if (near) message += "; did you mean '" + *near + "'?";
  return Failure{Exit::Usage, std::move(message), {}};
}

Failure usage_failure(const CLI::App& app, const CLI::ParseError& error) {
  const auto& command = deepest(app);
  const auto extras = command.remaining();
  const bool is_extra = dynamic_cast<const CLI::ExtrasError*>(&error) != nullptr ||
                        (dynamic_cast<const CLI::RequiredError*>(&error) != nullptr &&
                         command.get_require_subcommand_min() > 0);
  auto failure = is_extra && !extras.empty()
                     ? unknown_word(command, extras.front())
                     : Failure{Exit::Usage, full_name_of(command) + ": " + error.what(), {}};
  failure.hint = "See `" + full_name_of(command) + " --help`.";
  return failure;
}

/// nullopt when the command is to run.
std::optional<int> parse(Program& program, const std::vector<std::string>& arguments,
                         Console& console) {
  try {
    std::vector<std::string> reversed(arguments.rbegin(), arguments.rend());
    program.app->parse(std::move(reversed));
    return std::nullopt;
  } catch (const CLI::CallForVersion& version) {
    console.out << version.what() << '\n';
    return 0;
  } catch (const CLI::Success&) {
    const auto& command = deepest(*program.app);
    console.out << help_page(command, full_name_of(command));
    return 0;
  } catch (const CLI::ParseError& error) {
    return report(console, usage_failure(*program.app, error));
  }
}

}  // namespace

Program::Program() = default;
Program::~Program() = default;

std::unique_ptr<Program> make_program() {
  auto program = std::make_unique<Program>();
  program->app = std::make_unique<CLI::App>(kDescription, "fanfare");
  auto& app = *program->app;
  app.formatter(std::make_shared<ManualPages>());
  app.set_help_flag("-h,--help", "Show this page.");
  app.set_version_flag("--version", "fanfare " + std::string(app::kVersion), "Show the version.");
  app.footer(kExamples);
  app.require_subcommand(1);
  for (const auto add :
       {add_serve, add_listen, add_publish, add_topic, add_subscription, add_identity, add_sms,
        add_chat, add_phone_number, add_events, add_deadletter, add_attempts, add_queue, add_clock,
        add_status, add_store, add_config, add_completion, add_version}) {
    add(app, *program);
  }
  return program;
}

int run_program(Program& program, const std::vector<std::string>& arguments, Console& console) {
  if (arguments.empty()) {
    console.out << help_page(*program.app, "fanfare");
    return static_cast<int>(Exit::Usage);
  }
  if (const auto exit = parse(program, arguments, console)) return *exit;
  const auto done = program.run(console);
  console.out.flush();
  return done ? static_cast<int>(Exit::Ok) : report(console, done.error());
}

}  // namespace fanfare::cli
