#include <CLI/CLI.hpp>
#include <ostream>

#include "cli/event_lines.h"
#include "cli/options.h"
#include "cli/resources.h"

namespace fanfare::cli {
namespace {

struct OperationsOptions {
  Connection connection;
  Output output = Output::Table;
  std::string topic, subscription, event;
  std::uint32_t limit = 100;
  std::string name;
  std::vector<std::string> names;
  std::string by_text;
};

using Options = OperationsOptions;
using Action = Got<void> (*)(const Options&, Console&);

/// Gets `target` and prints it as a table, or as it came.
Got<void> print(const Options& options, const std::string& target,
                std::string (*as_table)(const json::Value&), Console& console) {
  auto api = ApiClient::make(options.connection);
  if (!api) return std::unexpected(api.error());
  const auto answer = (*api)->get(target);
  if (!answer) return std::unexpected(answer.error());
  console.out << (options.output == Output::Json ? json::write_pretty(*answer) + "\n"
                                                 : as_table(*answer));
  return {};
}

Got<void> attempts(const Options& options, Console& console) {
  const auto query = query_of({{"topic", options.topic},
                               {"eventSubscription", options.subscription},
                               {"eventId", options.event},
                               {"limit", std::to_string(options.limit)}});
  return print(options, "/fanfare/v1/attempts" + query, attempts_table, console);
}

Got<void> queues(const Options& options, Console& console) {
  return print(options, "/fanfare/v1/queues", queues_table, console);
}

Got<void> status(const Options& options, Console& console) {
  return print(options, "/fanfare/v1/status", status_text, console);
}

Got<void> list_dead_letters(const Options& options, Console& console) {
  const auto query = query_of(
      {{"eventSubscription", options.subscription}, {"limit", std::to_string(options.limit)}});
  return print(options, "/fanfare/v1/deadletters" + query, dead_letters_table, console);
}

/// A name with its slashes, each part escaped.
std::string path_of_name(const std::string& name) {
  std::string out;
  std::size_t begin = 0;
  while (begin <= name.size()) {
    const auto end = std::min(name.find('/', begin), name.size());
    out += "/" + http::percent_encode(name.substr(begin, end - begin));
    begin = end + 1;
  }
  return out;
}

Got<void> show_dead_letter(const Options& options, Console& console) {
  auto api = ApiClient::make(options.connection);
  if (!api) return std::unexpected(api.error());
  const auto letter = (*api)->get("/fanfare/v1/deadletters" + path_of_name(options.name));
  if (!letter) return std::unexpected(letter.error());
  console.out << json::write_pretty(*letter) << '\n';
  return {};
}

Got<void> replay_dead_letters(const Options& options, Console& console) {
  if (options.names.empty() == options.subscription.empty()) {
    return usage(
        "deadletter replay: give the names of dead letters, or --subscription for all of it");
  }
  auto body = json::Value::object();
  if (options.names.empty()) {
    body.set("eventSubscription", options.subscription);
  } else {
    body.set("names", json::Value(json::Array(options.names.begin(), options.names.end())));
  }
  auto api = ApiClient::make(options.connection);
  if (!api) return std::unexpected(api.error());
  const auto answer = (*api)->post("/fanfare/v1/deadletters:replay", body);
  if (!answer) return std::unexpected(answer.error());
  if (options.output == Output::Json) {
    console.out << json::write(*answer) << '\n';
  } else {
    console.out << "Replayed: " << text_at(*answer, "replayed") << ".\n";
  }
  return {};
}

std::string clock_text(const json::Value& answer) {
  const bool is_virtual = text_at(answer, "virtual") == "true";
  return text_at(answer, "now") + (is_virtual ? " (virtual)" : "") + "\n";
}

Got<void> show_clock(const Options& options, Console& console) {
  return print(options, "/fanfare/v1/clock", clock_text, console);
}

Got<void> advance_clock(const Options& options, Console& console) {
  auto api = ApiClient::make(options.connection);
  if (!api) return std::unexpected(api.error());
  ApiRequest request{.method = http::Method::Post, .target = "/fanfare/v1/clock:advance"};
  request.headers.set("Content-Type", "application/json");
  request.body = json::write(json::Value::object({{"by", options.by_text}}));
  request.limit = {};  // waits for the deliveries of every step
  auto answer = (*api)->send(std::move(request));
  if (!answer) return std::unexpected(answer.error());
  const auto value = json::parse(answer->body);
  if (options.output == Output::Json || !value) {
    console.out << answer->body << '\n';
    return {};
  }
  const auto steps = text_at(*value, "steps");
  console.out << text_at(*value, "now") << " after " << steps << (steps == "1" ? " step" : " steps")
              << ".\n";
  return {};
}

std::shared_ptr<Options> add_action(CLI::App& command, Program& program, Action action) {
  auto options = std::make_shared<Options>();
  command.callback([&program, options, action] {
    program.run = [options, action](Console& console) { return action(*options, console); };
  });
  return options;
}

void add_shared(CLI::App& command, Options& options) {
  add_output_option(command, options.output);
  add_connection_options(command, options.connection);
}

void add_limit(CLI::App& command, Options& options) {
  command.add_option("--limit", options.limit, "At most that many.")
      ->type_name("N")
      ->capture_default_str()
      ->check(CLI::Range(1u, 10'000u));
}

CLI::Option* add_subscription_filter(CLI::App& command, Options& options, const char* text) {
  return command.add_option("--subscription", options.subscription, text)->type_name("NAME");
}

void add_replay(CLI::App& group, Program& program) {
  auto* command = add_command(
      group, {.name = "replay",
              .summary = "publish dead letters again",
              .description = "They go to the event subscription that they were meant for alone.",
              .examples = "fanfare deadletter replay --subscription mine\n"
                          "fanfare deadletter replay letters/MINE/2024/5/14/9/0d7e….json"});
  const auto options = add_action(*command, program, replay_dead_letters);
  command->add_option("NAME", options->names, "Names, as `deadletter list` prints them.");
  add_subscription_filter(*command, *options, "All of this event subscription.");
  add_shared(*command, *options);
}

}  // namespace

void add_deadletter(CLI::App& parent, Program& program) {
  auto* group = add_group(parent, {.name = "deadletter",
                                   .summary = "show and replay what was given up",
                                   .description = {},
                                   .examples = {}});

  auto* command = add_command(*group, {.name = "list",
                                       .summary = "list dead letters, newest first",
                                       .description = {},
                                       .examples = "fanfare deadletter list --subscription mine"});
  auto options = add_action(*command, program, list_dead_letters);
  add_subscription_filter(*command, *options, "Only of this event subscription.");
  add_limit(*command, *options);
  add_shared(*command, *options);

  command = add_command(
      *group, {.name = "show",
               .summary = "show a dead letter",
               .description = {},
               .examples = "fanfare deadletter show letters/MINE/2024/5/14/9/0d7e….json"});
  options = add_action(*command, program, show_dead_letter);
  command->add_option("NAME", options->name, "Its name, as `deadletter list` prints it.")
      ->required();
  add_connection_options(*command, options->connection);

  add_replay(*group, program);
}

void add_attempts(CLI::App& parent, Program& program) {
  auto* command = add_command(
      parent, {.name = "attempts",
               .summary = "list delivery attempts, newest first",
               .description = "Goes back as far as the server keeps its history.",
               .examples = "fanfare attempts --subscription mine\n"
                           "fanfare attempts --event 5f0c3f1e-7a0d-4d0a-9f8e-0b7c2c1f4e01"});
  const auto options = add_action(*command, program, attempts);
  command->add_option("--topic", options->topic, "Only of this topic.")->type_name("TOPIC");
  add_subscription_filter(*command, *options, "Only of this event subscription.");
  command->add_option("--event,--event-id", options->event, "Only of the event with this id.")
      ->type_name("ID");
  add_limit(*command, *options);
  add_shared(*command, *options);
}

void add_queue(CLI::App& parent, Program& program) {
  auto* group = add_group(parent, {.name = "queue",
                                   .summary = "show what waits to be delivered",
                                   .description = {},
                                   .examples = {}});
  auto* command = add_command(*group, {.name = "list",
                                       .summary = "list what each event subscription is owed",
                                       .description = {},
                                       .examples = "fanfare queue list"});
  add_shared(*command, *add_action(*command, program, queues));
}

void add_clock(CLI::App& parent, Program& program) {
  auto* group = add_group(parent, {.name = "clock",
                                   .summary = "show and move the server's time",
                                   .description = {},
                                   .examples = {}});
  auto* command = add_command(*group, {.name = "show",
                                       .summary = "show the server's time",
                                       .description = {},
                                       .examples = "fanfare clock show"});
  add_shared(*command, *add_action(*command, program, show_clock));

  command = add_command(
      *group, {.name = "advance",
               .summary = "move virtual time forward",
               .description = "Steps from one due time to the next and waits for the deliveries of "
                              "each. The server must run with --virtual-clock.",
               .examples = "fanfare clock advance 10m\nfanfare clock advance 1d"});
  const auto options = add_action(*command, program, advance_clock);
  command
      ->add_option_function<std::string>(
          "DURATION",
          [options](const std::string& text) {
            const auto duration = base::parse_duration(text);
            if (!duration) throw CLI::ValidationError("DURATION", duration.error().message);
            options->by_text = text;
          },
          "How far, such as 30s, 10m or 1h30m.")
      ->required();
  add_shared(*command, *options);
}

void add_status(CLI::App& parent, Program& program) {
  auto* command = add_command(parent, {.name = "status",
                                       .summary = "show how the server is",
                                       .description = {},
                                       .examples = "fanfare status -o json"});
  add_shared(*command, *add_action(*command, program, status));
}

}  // namespace fanfare::cli
