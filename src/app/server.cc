#include "app/server.h"

#include <asio/post.hpp>
#include <atomic>
#include <optional>
#include <thread>
#include <utility>

#include "app/access.h"
#include "app/addresses.h"
#include "app/communication_setup.h"
#include "app/declared.h"
#include "app/delivery_setup.h"
#include "app/metrics.h"
#include "app/operations_api.h"
#include "app/router_setup.h"
#include "app/store.h"
#include "app/store_clock.h"
#include "app/tail.h"
#include "app/tls_setup.h"
#include "app/virtual_time.h"
#include "base/log.h"
#include "delivery/dispatcher.h"
#include "delivery/sinks/all_sinks.h"
#include "grid/publisher.h"
#include "http/server.h"

namespace fanfare::app {

namespace {

std::unique_ptr<base::Clock> make_clock(const Config& config) {
  if (!config.virtual_clock && config.data_in_memory) return std::make_unique<base::SystemClock>();
  if (!config.virtual_clock) {
    return std::make_unique<base::SystemClock>(resume_schedule(config.data));
  }
  const auto start = config.virtual_clock_start.value_or(base::SystemClock().wall());
  return std::make_unique<base::VirtualClock>(start);
}

std::size_t thread_count(const Config& config) {
  return config.threads > 0 ? config.threads : std::max(1U, std::thread::hardware_concurrency());
}

std::vector<std::string> topic_names(const grid::Catalog& catalog) {
  std::vector<std::string> names;
  for (const auto& entry : catalog.topics()) names.push_back(entry->topic->name);
  return names;
}

}  // namespace

/// Members stand in the order in which they depend on each other; stop() takes them down from the
/// end.
struct Server::Impl {
  explicit Impl(Config c)
      : config(std::move(c)), clock(make_clock(config)), threads(thread_count(config)) {}
  ~Impl() { stop(); }

  base::Result<void> start();
  base::Result<void> open_store_and_recover();
  base::Result<void> start_delivery();
  void certify(const grid::CatalogPtr& catalog);
  void make_routes();
  base::Result<void> listen();
  base::Result<void> declare();
  void keep_schedule();
  void stop();
  json::Value ready() const;
  void report_attempt(const delivery::AttemptReport& report);
  void report_published(const grid::Published& published);
  base::Async<http::Response> answer(http::Request request);

  Config config;
  std::unique_ptr<base::Clock> clock;
  base::IoThreads threads;
  base::IoThreads worker{1};  ///< for what blocks: listing files, walking the history
  const base::TimePoint started = clock->wall();
  std::atomic<bool> serving{false};
  std::atomic<bool> stopping{false};

  TlsSetup tls;
  Store store;
  std::unique_ptr<ScheduleFile> schedule;  ///< none where nothing is kept, or time is virtual
  Metrics metrics;
  std::unique_ptr<grid::Registry> registry;
  std::unique_ptr<Tail> tail;
  std::unique_ptr<delivery::DeadLetterStore> dead_letters;
  const std::shared_ptr<http::OwnPorts> own_ports = std::make_shared<http::OwnPorts>();
  std::vector<std::unique_ptr<http::Client>> clients;
  std::unique_ptr<Management> management;
  std::unique_ptr<delivery::Dispatcher> dispatcher;
  std::unique_ptr<grid::Publisher> publisher;
  std::unique_ptr<Communication> communication;
  std::unique_ptr<VirtualTime> virtual_time;
  std::unique_ptr<Operations> operations;
  std::unique_ptr<Access> access;
  Addresses addresses;  ///< written before `serving`, only read after
  auth::RefuseAllBearers bearers;
  std::unique_ptr<grid::PublishApi> publish_api;
  std::unique_ptr<http::Router> router;
  std::unique_ptr<http::Server> http;
};

base::Result<void> Server::Impl::open_store_and_recover() {
  auto opened = open_store(config, *clock);
  if (!opened) return opened.error();
  store = std::move(*opened);
  grid::MatchOptions matching;
  if (config.matching.strict_subject_slash) matching.subject_slash = grid::SubjectSlash::Strict;
  registry = std::make_unique<grid::Registry>(*store.queue, *store.records, matching);
  registry->on_change([this](const grid::CatalogPtr& before, const grid::CatalogPtr& after) {
    if (dispatcher) dispatcher->follow(before, after);
    if (!before || before->topics().size() < after->topics().size()) certify(after);
  });
  auto made = webhook_clients(config, threads, own_ports);
  if (!made) return made.error();
  clients = std::move(*made);
  management =
      std::make_unique<Management>(config, *registry, *clock, threads.executor(0), *clients[0]);
  publisher = std::make_unique<grid::Publisher>(
      *store.queue, *clock,
      [this](const grid::Published& published) { report_published(published); });
  communication = std::make_unique<Communication>(
      CommunicationParts{config, *registry, *publisher, *store.records, *clock, bearers, addresses,
                         metrics, threads.executor(0)});
  if (auto loaded = registry->load(); !loaded) return loaded.error();
  if (auto loaded = communication->load(); !loaded) return loaded.error();
  tail = std::make_unique<Tail>(*registry);
  store.queue->set_tap([this](log::Position position, const log::Payload& payload) {
    tail->tap(position, payload);
  });
  return store.queue->start([this](const view::Batch& state, log::Position position) {
    registry->apply(state, position);
    communication->apply(state);
  });
}

/// New topics are addressed by Host names of their own, so the certificate must be for them.
void Server::Impl::certify(const grid::CatalogPtr& catalog) {
  if (!serving) return;  // the names are known before
  asio::post(worker.executor(0), [this, names = topic_names(*catalog)] {
    const auto covered = cover_resources(tls, names, clock->wall());
    if (covered) return;
    base::log(base::LogLevel::Warn, "app", "the certificate is not for the new topic",
              {{"reason", covered.error().message}});
  });
}

void Server::Impl::report_attempt(const delivery::AttemptReport& report) {
  const auto entry = registry->catalog()->topic(report.subscription.topic);
  metrics.attempted(entry ? entry->topic->name : "", report);
}

void Server::Impl::report_published(const grid::Published& published) {
  const std::string_view topic = published.topic.topic->name;
  metrics.published(topic, published.events, published.latency);
  if (published.unmatched > 0) metrics.unmatched(topic, published.unmatched);
  const auto catalog = registry->catalog();
  for (const auto& [id, events] : published.matched) {
    const auto subscription = catalog->subscription(id);
    if (subscription) metrics.matched(topic, subscription->name, events);
  }
}

base::Result<void> Server::Impl::start_delivery() {
  dead_letters = delivery::open_folder_store(dead_letter_folder(config), worker.executor(0));
  std::vector<std::unique_ptr<delivery::Sink>> sinks;
  for (auto& client : clients) sinks.push_back(make_sink(config, *client, *clock, store.id));
  dispatcher = std::make_unique<delivery::Dispatcher>(
      *store.queue, threads, *clock, base::system_random(), std::move(sinks), *dead_letters,
      store.id, dispatcher_options(config),
      [this](const delivery::AttemptReport& report) { report_attempt(report); });
  dispatcher->follow(nullptr, registry->catalog());
  return {};
}

void Server::Impl::make_routes() {
  if (auto* moving = dynamic_cast<base::VirtualClock*>(clock.get())) {
    std::vector<base::Executor> executors;
    for (std::size_t i = 0; i < threads.size(); ++i) executors.push_back(threads.executor(i));
    const auto busy = [this] {
      return !store.queue->quiet() || !dispatcher->idle() || !communication->idle() ||
             store.queue->next_due() <= clock->now();
    };
    virtual_time = std::make_unique<VirtualTime>(*moving, std::move(executors), busy,
                                                 [this] { return store.queue->next_due(); });
  }
  operations = std::make_unique<Operations>(Operations{
      config, store, *registry, metrics, *tail, *clock, virtual_time.get(),
      dead_letter_folder(config), worker.executor(0), started, [this] { return stopping.load(); }});
  access = std::make_unique<Access>(
      config,
      [this](std::string_view host) {
        return registry->catalog()->topic_by_name(host.substr(0, host.find('.'))) != nullptr;
      },
      [this](std::string_view host) {
        const auto resources = communication->resources().snapshot();
        return resources->by_name(host.substr(0, host.find('.'))) != nullptr;
      });
  const RouterParts parts{
      config,      *access,     *registry, *publisher, *clock,
      *management, *operations, metrics,   addresses,  communication->resources()};
  publish_api = make_publish_api(parts, bearers);
  router = std::make_unique<http::Router>();
  add_routes(*router, parts, *publish_api);
  router->add(communication->routes());
}

base::Async<http::Response> Server::Impl::answer(http::Request request) {
  if (!serving) {
    auto later = error_response(503, "ServiceUnavailable", "The server is starting.");
    later.headers.set("Retry-After", "1");
    co_return later;
  }
  if (auto refused = access->check_host(request)) co_return std::move(*refused);
  co_return co_await router->handle(std::move(request));
}

base::Result<void> Server::Impl::listen() {
  http::ServerOptions options;
  options.limits = config.http.limits;
  options.timeouts = config.http.timeouts;
  options.connections_max = config.http.connections_max;
  options.connections_per_address_max = config.http.connections_per_address_max;
  options.limits.body_bytes_max = config.publishing.request_bytes_max;
  options.plain_http = config.plain_http ? http::PlainHttp::Answer : http::PlainHttp::Refuse;
  options.tls = tls.context;
  options.own_ports = own_ports;
  options.refusal = [limit = config.publishing.request_bytes_max](int status,
                                                                  std::string_view reason) {
    return refused_request(status, reason, limit);
  };
  http = std::make_unique<http::Server>(
      threads, [this](http::Request request) { return answer(std::move(request)); }, options);
  std::optional<std::uint16_t> first;
  for (const auto& at : config.listen) {
    const auto port = http->listen(at.address, at.port);
    if (!port) return port.error();
    if (!first) first = *port;
  }
  addresses = make_addresses(config, *first);
  for (const auto& topic : config.topics) {
    if (!topic.port) continue;
    const auto port = http->listen(config.listen.front().address, *topic.port);
    if (!port) return port.error();
    addresses.topic_of_port[*port] = topic.name;
  }
  for (const auto& resource : config.communication) {
    if (!resource.port) continue;
    const auto port = http->listen(config.listen.front().address, *resource.port);
    if (!port) return port.error();
    addresses.resource_of_port[*port] = resource.name;
  }
  return {};
}

base::Result<void> Server::Impl::declare() {
  base::Result<void> outcome;
  base::block_on(threads.executor(0), [&]() -> base::Async<void> {
    outcome = co_await apply_declared(config, management->topics, communication->resources(),
                                      management->event_subscriptions, addresses.public_base);
  });
  return outcome;
}

base::Result<void> Server::Impl::start() {
  base::configure_log(config.log_level, config.log_format);
  if (auto opened = open_store_and_recover(); !opened) return advised(opened.error(), config);
  auto names = topic_names(*registry->catalog());
  for (const auto& topic : config.topics) names.push_back(topic.name);
  for (const auto& resource : config.communication) names.push_back(resource.name);
  if (config.default_topic) names.emplace_back(kDefaultTopic);
  if (config.default_communication) names.emplace_back(kDefaultResource);
  auto certificates = set_up_tls(config, names, clock->wall());
  if (!certificates) return certificates.error();
  tls = std::move(*certificates);
  if (auto begun = start_delivery(); !begun) return begun;
  make_routes();
  if (auto listening = listen(); !listening) return listening;
  if (auto begun = communication->start(); !begun) return begun;
  management->event_subscriptions.start(addresses.public_base);
  keep_schedule();
  if (auto declared = declare(); !declared) return declared;
  serving = true;
  return {};
}

void Server::Impl::keep_schedule() {
  if (config.virtual_clock || config.data_in_memory) return;
  schedule = std::make_unique<ScheduleFile>(config.data, *clock, worker.executor(0),
                                            [this] { return what_is_owed(*store.queue); });
  schedule->start();
}

void Server::Impl::stop() {
  if (stopping.exchange(true)) return;
  if (tail) tail->close();
  if (communication) communication->end_streams();
  if (http) {
    base::block_on(threads.executor(0),
                   [this]() -> base::Async<void> { co_await http->drain(config.drain); });
    http.reset();
  }
  if (management) management->event_subscriptions.close();
  if (dispatcher) dispatcher->stop(config.drain);
  if (communication) communication->stop();
  for (std::size_t i = 0; i < clients.size(); ++i) {
    base::block_on(threads.executor(i),
                   [this, i]() -> base::Async<void> { co_await clients[i]->close(); });
  }
  if (schedule) schedule->stop();
  if (store.queue) store.queue->close();
  if (store.log) store.log->close();
  dispatcher.reset();  // needs running I/O threads, and nobody to tell it of changes
  threads.stop();
  worker.stop();
}

json::Value Server::Impl::ready() const {
  auto topics = json::Value::object();
  for (const auto& entry : registry->catalog()->topics()) {
    const auto& topic = *entry->topic;
    if (topic.kind != grid::TopicKind::Custom) continue;
    topics.set(topic.name, json::Value::object({{"id", topic.arm_id()},
                                                {"endpoint", addresses.topic_endpoint(topic.name)},
                                                {"key1", topic.key1},
                                                {"key2", topic.key2}}));
  }
  auto line = json::Value::object();
  if (!addresses.http.empty()) line.set("http", addresses.http);
  line.set("https", addresses.https);
  if (!tls.ca.empty()) line.set("ca", tls.ca.string());
  line.set("topics", std::move(topics));
  line.set("communication", communication->ready());
  return line;
}

Server::Server(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Server::~Server() = default;

base::Result<std::unique_ptr<Server>> Server::start(Config config) {
  auto impl = std::make_unique<Impl>(std::move(config));
  if (auto started = impl->start(); !started) return started.error();
  return std::unique_ptr<Server>(new Server(std::move(impl)));
}

json::Value Server::ready() const { return impl_->ready(); }

void Server::stop() { impl_->stop(); }

base::Result<void> Server::reload(Config config) {
  base::configure_log(config.log_level, config.log_format);
  if (auto certificates = impl_->tls.context->reload(); !certificates) return certificates;
  impl_->config.topics = std::move(config.topics);
  impl_->config.communication = std::move(config.communication);
  impl_->communication->follow(impl_->config.communication);
  if (auto declared = impl_->declare(); !declared) return declared;
  return impl_->communication->reload_numbers();
}

}  // namespace fanfare::app
