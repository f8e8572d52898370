#include <CLI/CLI.hpp>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <iostream>
#include <iterator>
#include <sstream>

#include "base/clock.h"
#include "base/random.h"
#include "cli/options.h"
#include "cli/publish_body.h"
#include "cli/resources.h"

namespace fanfare::cli {
namespace {

struct PublishOptions {
  Connection connection;
  ResourceScope scope;
  Output output = Output::Table;
  std::string file;
  std::string topic = "events";
  std::string key;
  bool fill = false;
  std::uint32_t repeat = 1;
  EventParts parts;
};

Stamps real_stamps() {
  return Stamps{[] { return base::uuid4(base::system_random()); },
                [] { return base::format_rfc3339(base::SystemClock().wall()); }};
}

Got<std::string> read_input(const std::string& file) {
  if (file == "-") return std::string(std::istreambuf_iterator<char>(std::cin), {});
  std::ifstream in(file, std::ios::binary);
  if (!in) return usage(file + ": cannot be read: " + std::strerror(errno));
  return std::string(std::istreambuf_iterator<char>(in), {});
}

Got<void> check(const PublishOptions& options) {
  const bool parts = !options.parts.type.empty();
  if (parts && !options.file.empty()) {
    return usage("publish: a file and --type are both given; an event comes from one of them");
  }
  if (!parts && options.file.empty()) {
    return usage("publish: nothing to publish; name a FILE, `-` for standard input, or use --type");
  }
  return {};
}

/// The topic's schema. Who publishes with a key may lack the right to ask: then the events decide.
Got<std::optional<EventForm>> topic_form(ApiClient& api, const PublishOptions& options) {
  const auto topic = api.get(versioned(topic_path(options.scope, options.topic)));
  if (topic) return form_of_input_schema(text_at(*topic, "properties.inputSchema"));
  if (!options.key.empty() && topic.error().exit == Exit::Failed) return std::nullopt;
  return std::unexpected(topic.error());
}

Got<std::string> topic_key(ApiClient& api, const PublishOptions& options) {
  if (!options.key.empty()) return options.key;
  const auto path = versioned(topic_path(options.scope, options.topic) + "/listKeys");
  auto keys = api.post(path, json::Value::object());
  if (!keys) return std::unexpected(keys.error());
  return text_at(*keys, "key1");
}

/// `/topics/NAME/api/events`, also for a topic that was given by its id.
std::string publish_target(const std::string& topic) {
  const auto name = topic.substr(topic.rfind('/') + 1);
  return "/topics/" + http::percent_encode(name) + "/api/events?api-version=2018-01-01";
}

Got<PublishBody> make_body(const PublishOptions& options, const std::string& text,
                           std::optional<EventForm> form, const Stamps& stamps) {
  if (!options.parts.type.empty()) {
    return body_of_parts(options.parts, form.value_or(EventForm::EventGrid), stamps);
  }
  const auto name = options.file == "-" ? "standard input" : options.file;
  const auto missing = options.fill ? Missing::Fill : Missing::Leave;
  return body_of_text(text, name, form, missing, stamps);
}

Got<void> send_body(ApiClient& api, const PublishOptions& options, const std::string& key,
                    PublishBody body) {
  ApiRequest request{.method = http::Method::Post, .target = publish_target(options.topic)};
  request.headers.set("Content-Type", body.content_type);
  request.headers.set("aeg-sas-key", key);
  request.body = std::move(body.text);
  auto answer = api.send(std::move(request));
  if (answer) return {};
  auto failure = answer.error();
  if (failure.exit == Exit::Failed) failure.message = "not published: " + failure.message;
  return std::unexpected(std::move(failure));
}

void print(const PublishOptions& options, std::size_t events, Console& console) {
  if (options.output == Output::Json) {
    console.out << json::write(json::Value::object({{"topic", options.topic},
                                                    {"events", events},
                                                    {"requests", options.repeat}}))
                << '\n';
    return;
  }
  console.out << "Published " << events << (events == 1 ? " event" : " events") << " to topic "
              << printable(options.topic) << ".\n";
}

Got<void> publish(const PublishOptions& options, Console& console) {
  if (auto checked = check(options); !checked) return checked;
  std::string text;
  if (!options.file.empty()) {
    auto input = read_input(options.file);
    if (!input) return std::unexpected(input.error());
    text = std::move(*input);
  }
  auto api = ApiClient::make(options.connection);
  if (!api) return std::unexpected(api.error());
  const auto form = topic_form(**api, options);
  if (!form) return std::unexpected(form.error());
  const auto stamps = real_stamps();
  auto body = make_body(options, text, *form, stamps);
  if (!body) return std::unexpected(body.error());
  const auto key = topic_key(**api, options);
  if (!key) return std::unexpected(key.error());
  std::size_t events = 0;
  for (std::uint32_t i = 0; i < options.repeat; ++i) {
    if (i > 0) body = make_body(options, text, *form, stamps);
    events += body->events;
    auto sent = send_body(**api, options, *key, std::move(*body));
    if (!sent) return sent;
  }
  print(options, events, console);
  return {};
}

}  // namespace

void add_publish(CLI::App& parent, Program& program) {
  auto* command = add_command(
      parent,
      {.name = "publish",
       .summary = "publish events to a topic",
       .description = "FILE holds one event or an array of them as JSON, in the schema of the "
                      "topic: Event Grid, "
                      "CloudEvents 1.0 or one of its own. It is sent as it is, unless --fill is "
                      "given. Without a "
                      "file, --type makes one event in the topic's schema.\n\nThe topic's key is "
                      "asked for at the "
                      "management API when none is given.",
       .examples =
           "fanfare publish examples/events/order-placed.eventgrid.json\n"
           "fanfare publish --type Shop.OrderPlaced --subject orders/1 --data '{\"total\":5}'\n"
           "jq -c .events[] log.json | fanfare publish - --topic orders --fill"});
  auto options = std::make_shared<PublishOptions>();
  command->add_option("FILE", options->file, "File with the events; - is standard input.");
  command->add_option("--topic", options->topic, "Name or ARM id of the topic.")
      ->type_name("TOPIC")
      ->capture_default_str();
  command->add_option("--key", options->key, "Access key of the topic.")->type_name("KEY");
  command->add_flag("--fill", options->fill, "Add ids and times to events that have none.");
  command->add_option("--repeat", options->repeat, "Send it that many times, one after the other.")
      ->type_name("N")
      ->capture_default_str()
      ->check(CLI::Range(1u, 100'000'000u));
  command->add_option("--type", options->parts.type, "Make an event of this type.")
      ->type_name("TYPE");
  for (const auto& [name, target, placeholder, text] :
       {std::tuple("--subject", &options->parts.subject, "SUBJECT", "Its subject."),
        std::tuple("--data", &options->parts.data, "JSON", "Its data."),
        std::tuple("--id", &options->parts.id, "ID", "Its id. Default: a new one."),
        std::tuple("--source", &options->parts.source, "URI",
                   "Its source, for a CloudEvent. Default: /fanfare/cli.")}) {
    command->add_option(name, *target, text)->type_name(placeholder)->needs("--type");
  }
  add_scope_options(*command, options->scope);
  add_output_option(*command, options->output);
  add_connection_options(*command, options->connection);
  command->callback([&program, options] {
    program.run = [options](Console& console) { return publish(*options, console); };
  });
}

}  // namespace fanfare::cli
