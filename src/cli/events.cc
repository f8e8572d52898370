#include <CLI/CLI.hpp>
#include <ostream>

#include "cli/event_lines.h"
#include "cli/interruption.h"
#include "cli/options.h"
#include "cli/resources.h"
#include "cli/server_sent_events.h"

namespace fanfare::cli {
namespace {

struct EventsOptions {
  Connection connection;
  Output output = Output::Table;
  std::string topic, type, id, subject;
  std::uint32_t limit = 100;
  base::Duration time{};
};

Got<void> list(const EventsOptions& options, Console& console) {
  auto api = ApiClient::make(options.connection);
  if (!api) return std::unexpected(api.error());
  const auto answer =
      (*api)->get("/fanfare/v1/events" + query_of({{"topic", options.topic},
                                                   {"type", options.type},
                                                   {"id", options.id},
                                                   {"subject", options.subject},
                                                   {"limit", std::to_string(options.limit)}}));
  if (!answer) return std::unexpected(answer.error());
  console.out << (options.output == Output::Json ? json::write_pretty(*answer) + "\n"
                                                 : events_table(*answer));
  return {};
}

Got<void> tail(const EventsOptions& options, Console& console) {
  Interruption interruption;
  auto api = ApiClient::make(options.connection);
  if (!api) return std::unexpected(api.error());
  ServerSentEvents stream([&](const std::string& kind, const std::string& data) {
    console.out << tail_line(kind, data, options.output, console.colour);
    console.out.flush();
  });
  const auto on_piece = [&](std::string_view piece) {
    return stream.feed(piece) && console.out.good();
  };
  console.err << "Waiting for events (Ctrl-C ends).\n";
  return (*api)->watch("/fanfare/v1/tail" + query_of({{"topic", options.topic}}), on_piece,
                       interruption, options.time);
}

std::shared_ptr<EventsOptions> add_action(CLI::App& command, Program& program,
                                          Got<void> (*action)(const EventsOptions&, Console&)) {
  auto options = std::make_shared<EventsOptions>();
  command.callback([&program, options, action] {
    program.run = [options, action](Console& console) { return action(*options, console); };
  });
  command.add_option("--topic", options->topic, "Only events of this topic.")->type_name("TOPIC");
  return options;
}

}  // namespace

void add_events(CLI::App& parent, Program& program) {
  auto* group = add_group(parent, {.name = "events",
                                   .summary = "watch and find published events",
                                   .description = {},
                                   .examples = {}});

  auto* command = add_command(
      *group, {.name = "tail",
               .summary = "show events and delivery attempts as they happen",
               .description = "Ends with Ctrl-C, or after --for.",
               .examples = "fanfare events tail\nfanfare events tail --topic orders -o json"});
  auto options = add_action(*command, program, tail);
  add_duration(*command, "--for", options->time, "End after that time.");
  add_output_option(*command, options->output);
  add_connection_options(*command, options->connection);

  command =
      add_command(*group, {.name = "list",
                           .summary = "list what was published, newest first",
                           .description = "Goes back as far as the server keeps its history.",
                           .examples = "fanfare events list --type Shop.OrderPlaced --limit 10"});
  options = add_action(*command, program, list);
  command->add_option("--type", options->type, "Only events of this type.")->type_name("TYPE");
  command->add_option("--id", options->id, "Only events with this id.")->type_name("ID");
  command->add_option("--subject", options->subject, "Only events with this subject.")
      ->type_name("SUBJECT");
  command->add_option("--limit", options->limit, "At most that many.")
      ->type_name("N")
      ->capture_default_str()
      ->check(CLI::Range(1u, 10'000u));
  add_output_option(*command, options->output);
  add_connection_options(*command, options->connection);
}

}  // namespace fanfare::cli
