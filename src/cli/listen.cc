#include <CLI/CLI.hpp>
#include <mutex>
#include <ostream>

#include "base/clock.h"
#include "base/random.h"
#include "cli/interruption.h"
#include "cli/options.h"
#include "cli/receiver.h"
#include "cli/resources.h"
#include "http/server.h"

namespace fanfare::cli {
namespace {

constexpr std::size_t kBodyBytesMax = 64u << 20;

struct ListenOptions {
  Connection connection;
  ResourceScope scope;
  std::string address = "127.0.0.1";
  std::uint16_t port = 4990;
  std::string endpoint;  ///< the address that the server is to deliver to
  int status = 200;
  bool json = false;
  Handshake handshake = Handshake::Answer;
  std::string topic;          ///< of --subscribe
  std::string communication;  ///< the resource of --communication
  std::string name;
  std::string schema;
  std::vector<std::string> types;
  std::uint64_t count = 0;  ///< 0: no end
  base::Duration limit{};   ///< 0: no end
};

/// Prints what comes and counts it. The handler runs on an I/O thread.
class Desk {
 public:
  Desk(const ListenOptions& options, Console& console, Interruption& interruption)
      : options_(options), console_(console), interruption_(interruption) {}

  http::Response take(const http::Request& request) {
    const auto seen = received(request, base::format_rfc3339(base::SystemClock().wall()));
    auto response = answer(seen, options_.handshake, options_.status);
    const std::lock_guard lock(mutex_);
    console_.out << (options_.json ? as_json_line(seen, response.status)
                                   : describe(seen, response.status, console_.colour));
    console_.out.flush();
    events_ += seen.events;
    if (options_.count > 0 && events_ >= options_.count) interruption_.done();
    return response;
  }

  std::uint64_t events() const {
    const std::lock_guard lock(mutex_);
    return events_;
  }

 private:
  const ListenOptions& options_;
  Console& console_;
  Interruption& interruption_;
  mutable std::mutex mutex_;
  std::uint64_t events_ = 0;
};

base::Async<http::Response> handle(Desk& desk, http::Request request) {
  co_return desk.take(request);
}

base::Async<void> drain(http::Server& server) { co_await server.drain(base::seconds(2)); }

json::Value subscription_body(const ListenOptions& options, const std::string& endpoint) {
  auto properties = json::Value::object(
      {{"destination",
        json::Value::object({{"endpointType", "WebHook"},
                             {"properties", json::Value::object({{"endpointUrl", endpoint}})}})}});
  if (!options.schema.empty()) properties.set("eventDeliverySchema", options.schema);
  if (!options.types.empty()) {
    json::Array types(options.types.begin(), options.types.end());
    properties.set("filter", json::Value::object({{"includedEventTypes", std::move(types)}}));
  }
  return json::Value::object({{"properties", std::move(properties)}});
}

std::string source_path(const ListenOptions& options) {
  return options.communication.empty() ? topic_path(options.scope, options.topic)
                                       : communication_path(options.scope, options.communication);
}

std::string source_name(const ListenOptions& options) {
  return options.communication.empty()
             ? "topic " + std::string(printable(options.topic))
             : "communication resource " + std::string(printable(options.communication));
}

bool subscribes(const ListenOptions& options) {
  return !options.topic.empty() || !options.communication.empty();
}

/// Options of a subscription that nobody asked for.
Got<void> check(const ListenOptions& options) {
  if (subscribes(options)) return {};
  if (options.name.empty() && options.schema.empty() && options.types.empty()) return {};
  return fail(Exit::Usage, "--name, --schema and --filter-type are about an event subscription",
              "Add --subscribe TOPIC or --communication RESOURCE.");
}

/// The event subscription made for this listener; deleted when it goes.
class Subscribed {
 public:
  static Got<Subscribed> make(const ListenOptions& options, const std::string& endpoint,
                              Console& console) {
    auto api = ApiClient::make(options.connection);
    if (!api) return std::unexpected(api.error());
    const auto name = options.name.empty()
                          ? "listen-" + base::uuid4(base::system_random()).substr(0, 8)
                          : options.name;
    const auto path = event_subscription_path(source_path(options), name);
    Subscribed out(std::move(*api), path);
    auto made = change_and_wait(*out.api_, http::Method::Put, path,
                                subscription_body(options, endpoint), base::minutes(2));
    if (!made) {
      out.remove_failed();
      return std::unexpected(made.error());
    }
    const auto state = text_at(*made, "properties.provisioningState");
    console.err << "Event subscription " << name << " of " << source_name(options) << ": " << state
                << ".\n";
    if (state == "AwaitingManualAction") {
      console.err << "Open the validation URL above to let events through.\n";
    }
    return out;
  }

  Got<void> remove() {
    auto removed = delete_and_wait(*api_, path_, base::seconds(10));
    if (!removed) return std::unexpected(removed.error());
    return {};
  }

 private:
  /// A subscription whose handshake failed is of no use to anybody.
  void remove_failed() {
    const auto resource = api_->get(versioned(path_));
    if (resource && text_at(*resource, "properties.provisioningState") == "Failed") (void)remove();
  }

  Subscribed(std::unique_ptr<ApiClient> api, std::string path)
      : api_(std::move(api)), path_(std::move(path)) {}

  std::unique_ptr<ApiClient> api_;
  std::string path_;
};

Got<std::string> start(http::Server& server, const ListenOptions& options) {
  const auto port = server.listen(options.address, options.port);
  if (!port) {
    return fail(Exit::Failed, port.error().message,
                "--port 0 takes a free port, --port N another.");
  }
  if (!options.endpoint.empty()) return options.endpoint;
  const bool v6 = options.address.contains(':');
  return "http://" + (v6 ? "[" + options.address + "]" : options.address) + ":" +
         std::to_string(*port) + "/";
}

Got<void> wait_for_events(const ListenOptions& options, const Desk& desk,
                          Interruption& interruption) {
  const bool forever = options.limit == base::Duration::zero();
  const auto reason = forever ? interruption.wait() : interruption.wait_for(options.limit);
  if (reason != Interruption::Reason::TimedOut || options.count == 0) return {};
  return fail(Exit::Unfinished, std::to_string(desk.events()) + " of " +
                                    std::to_string(options.count) + " events came in time");
}

Got<void> subscribe_and_wait(const ListenOptions& options, const std::string& endpoint,
                             const Desk& desk, Interruption& interruption, Console& console) {
  if (!subscribes(options)) return wait_for_events(options, desk, interruption);
  auto subscribed = Subscribed::make(options, endpoint, console);
  if (!subscribed) return std::unexpected(subscribed.error());
  auto waited = wait_for_events(options, desk, interruption);
  auto removed = subscribed->remove();
  return waited ? removed : waited;
}

Got<void> listen(const ListenOptions& options, Console& console) {
  if (auto fine = check(options); !fine) return fine;
  Interruption interruption;
  Desk desk(options, console, interruption);
  base::IoThreads threads(1);
  http::ServerOptions server_options;
  server_options.limits.body_bytes_max = kBodyBytesMax;
  http::Server server(
      threads, [&desk](http::Request request) { return handle(desk, std::move(request)); },
      server_options);
  const auto endpoint = start(server, options);
  if (!endpoint) return std::unexpected(endpoint.error());
  console.err << "Listening at " << *endpoint << " (Ctrl-C ends).\n";
  auto done = subscribe_and_wait(options, *endpoint, desk, interruption, console);
  base::block_on(threads.executor(0), [&server] { return drain(server); });
  return done;
}

void add_subscribing(CLI::App& command, ListenOptions& options) {
  constexpr auto kGroup = "Subscribing";
  auto* subscribe =
      command
          .add_option("--subscribe", options.topic,
                      "Make an event subscription of this topic for the time of listening.")
          ->type_name("TOPIC")
          ->group(kGroup);
  command
      .add_option("--communication", options.communication,
                  "Make one of this communication resource: its chat and SMS events.")
      ->type_name("RESOURCE")
      ->excludes(subscribe)
      ->group(kGroup);
  command.add_option("--name", options.name, "Its name. Default: listen- and eight characters.")
      ->type_name("NAME")
      ->group(kGroup);
  command
      .add_option("--schema", options.schema,
                  "Schema of the deliveries. Default: as the topic decides.")
      ->type_name("SCHEMA")
      ->group(kGroup)
      ->check(CLI::IsMember({"EventGridSchema", "CloudEventSchemaV1_0", "CustomInputSchema"}));
  command.add_option("--filter-type", options.types, "Only events of this type.")
      ->type_name("TYPE")
      ->group(kGroup);
  command
      .add_option("--endpoint", options.endpoint,
                  "The address to give the server, when it reaches this listener by another.")
      ->type_name("URL")
      ->group(kGroup);
}

}  // namespace

void add_listen(CLI::App& parent, Program& program) {
  auto* command = add_command(
      parent,
      {.name = "listen",
       .summary = "receive and show deliveries",
       .description =
           "A webhook end for development: answers the validation handshakes of both schemas and "
           "prints what is delivered, with its headers. With --subscribe or --communication it "
           "makes "
           "the event subscription by itself and deletes it at the end.",
       .examples =
           "fanfare listen --subscribe events\n"
           "fanfare listen --communication fanfare\n"
           "fanfare listen --subscribe orders --schema CloudEventSchemaV1_0 --count 1 --for 10s\n"
           "fanfare listen --port 5000 --status 503"});
  auto options = std::make_shared<ListenOptions>();
  command->add_option("--address", options->address, "Address to listen at.")
      ->type_name("ADDRESS")
      ->capture_default_str();
  command->add_option("--port", options->port, "Port to listen at; 0 takes a free one.")
      ->type_name("PORT")
      ->capture_default_str();
  command->add_option("--status", options->status, "How to answer deliveries.")
      ->type_name("STATUS")
      ->capture_default_str()
      ->check(CLI::Range(200, 599));
  command
      ->add_option_function<std::string>(
          "--handshake",
          [options](const std::string& word) {
            options->handshake = word == "ignore" ? Handshake::Ignore : Handshake::Answer;
          },
          "What to do with handshakes; ignored ones wait for the validation URL to be opened.")
      ->type_name("WHAT")
      ->default_str("answer")
      ->check(CLI::IsMember({"answer", "ignore"}));
  command->add_flag("--json", options->json, "Print one line of JSON for each request.");
  command->add_option("--count", options->count, "End after that many events.")
      ->type_name("N")
      ->check(CLI::PositiveNumber);
  add_duration(*command, "--for", options->limit,
               "End after that time; status 4 when --count events have not come by then.");
  add_subscribing(*command, *options);
  add_scope_options(*command, options->scope);
  add_connection_options(*command, options->connection);
  command->callback([&program, options] {
    program.run = [options](Console& console) { return listen(*options, console); };
  });
}

}  // namespace fanfare::cli
