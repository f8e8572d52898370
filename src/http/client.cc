#include "http/client.h"

#include <algorithm>
#include <array>
#include <asio/basic_waitable_timer.hpp>
#include <asio/post.hpp>
#include <list>
#include <unordered_map>
#include <unordered_set>

#include "base/task_group.h"
#include "http/client_connection.h"

namespace fanfare::http {

namespace {

using Timer =
    asio::basic_waitable_timer<std::chrono::steady_clock,
                               asio::wait_traits<std::chrono::steady_clock>, base::Executor>;
using ConnectionPtr = std::unique_ptr<ClientConnection>;

constexpr std::size_t kStatusLineBytesMax = 8 * 1024;
constexpr std::size_t kResponseFieldsMax = 1000;

/// Where a request that finds no free connection waits for one.
struct Waiter {
  explicit Waiter(base::Executor executor) : timer(executor) {}
  Timer timer;  // cancelled to wake
  bool woken = false;
};

struct Origin {
  std::vector<ConnectionPtr> idle;  // the last used at the end
  std::size_t open = 0;
  std::list<Waiter*> waiting;
};

base::Duration until(SteadyTime deadline) {
  if (deadline == SteadyTime::max()) return base::hours(1);
  return std::max(base::Duration::zero(),
                  base::Duration(deadline - std::chrono::steady_clock::now()));
}

std::string pool_key(const ClientRequest& request) {
  std::string key = request.url.origin();
  if (request.tls) key += "|" + std::to_string(reinterpret_cast<std::uintptr_t>(request.tls.get()));
  return key;
}

}  // namespace

struct Client::State : std::enable_shared_from_this<Client::State> {
  State(base::Executor given, ClientOptions taken)
      : executor(given), options(std::move(taken)), sweeper(given), timer(given), all_done(given) {}

  base::Async<ClientResponse> send(ClientRequest request);
  base::Async<Fault> try_once(const ClientRequest& request, SteadyTime total, bool fresh,
                              ClientResponse& response, bool& stale);
  base::Async<Fault> acquire(const ClientRequest& request, const std::string& key, SteadyTime total,
                             bool fresh, ConnectionPtr& connection);
  base::Async<Fault> open(const ClientRequest& request, SteadyTime total,
                          ConnectionPtr& connection);
  base::Async<Fault> resolve(const ClientRequest& request, SteadyTime total,
                             std::vector<asio::ip::address>& addresses);
  base::Async<Fault> start_tls(const ClientRequest& request, SteadyTime total,
                               ClientConnection& connection);
  base::Async<Fault> wait_for_connection(const std::string& key, SteadyTime total);
  base::Async<void> close();
  base::Async<void> sweep_while_used();

  std::optional<std::string> refusal_of(const asio::ip::address& address, std::uint16_t port) const;
  ConnectionPtr take_idle(const std::string& key);
  bool may_open(const Origin& origin);
  bool drop_oldest_idle();
  void release(const std::string& key, ConnectionPtr connection, bool reusable);
  void forget(Origin& origin, ConnectionPtr connection);
  void wake_one(Origin& origin);
  void sweep();
  std::shared_ptr<tls::ClientContext> tls_for(const ClientRequest& request, Fault& fault);

  base::Executor executor;
  ClientOptions options;
  std::unordered_map<std::string, Origin> origins;
  std::unordered_set<ClientConnection*> connections;  // in use and idle
  std::size_t idle_count = 0;
  std::size_t waiting_count = 0;
  std::size_t exchanges = 0;
  bool closing = false;
  bool sweeping = false;
  base::TaskGroup sweeper;
  Timer timer;
  Timer all_done;  // cancelled when the last exchange has ended
};

std::string_view to_string(Failure failure) {
  constexpr std::array<std::string_view, 10> kNames = {
      "None",    "Resolve", "AddressNotAllowed", "Connect",  "Tls",
      "Timeout", "Reset",   "Malformed",         "TooLarge", "Cancelled"};
  return kNames[static_cast<std::size_t>(failure)];
}

std::optional<std::string> Client::State::refusal_of(const asio::ip::address& address,
                                                     std::uint16_t port) const {
  const bool is_own = std::ranges::find(options.own_ports, port) != options.own_ports.end();
  const bool mapped = address.is_v6() && address.to_v6().is_v4_mapped();
  const bool here = address.is_loopback() || address.is_unspecified() || mapped;
  if (is_own && here) return "port " + std::to_string(port) + " is this server's own";
  return options.address_check ? options.address_check(address) : std::nullopt;
}

ConnectionPtr Client::State::take_idle(const std::string& key) {
  const auto found = origins.find(key);
  if (found == origins.end()) return nullptr;
  Origin& origin = found->second;
  while (!origin.idle.empty()) {
    ConnectionPtr connection = std::move(origin.idle.back());
    origin.idle.pop_back();
    --idle_count;
    if (connection->still_quiet()) return connection;
    forget(origin, std::move(connection));
  }
  return nullptr;
}

bool Client::State::may_open(const Origin& origin) {
  if (origin.open >= options.connections_per_origin_max) return false;
  return connections.size() < options.connections_max || drop_oldest_idle();
}

bool Client::State::drop_oldest_idle() {
  Origin* oldest = nullptr;
  for (auto& [key, origin] : origins) {
    if (origin.idle.empty()) continue;
    if (!oldest || origin.idle.front()->idle_since < oldest->idle.front()->idle_since) {
      oldest = &origin;
    }
  }
  if (!oldest) return false;
  ConnectionPtr connection = std::move(oldest->idle.front());
  oldest->idle.erase(oldest->idle.begin());
  --idle_count;
  forget(*oldest, std::move(connection));
  return true;
}

void Client::State::forget(Origin& origin, ConnectionPtr connection) {
  connections.erase(connection.get());
  --origin.open;
}

void Client::State::wake_one(Origin& origin) {
  const auto wake_first = [](Origin& of) {
    for (Waiter* waiter : of.waiting) {
      if (waiter->woken) continue;
      waiter->woken = true;
      waiter->timer.cancel();
      return true;
    }
    return false;
  };
  if (waiting_count == 0 || wake_first(origin)) return;
  for (auto& [key, other] : origins) {
    if (wake_first(other)) return;
  }
}

void Client::State::release(const std::string& key, ConnectionPtr connection, bool reusable) {
  Origin& origin = origins[key];
  const bool keep = reusable && !closing && idle_count < options.idle_connections_max &&
                    origin.idle.size() < options.idle_connections_per_origin_max;
  if (keep) {
    connection->idle_since = std::chrono::steady_clock::now();
    origin.idle.push_back(std::move(connection));
    ++idle_count;
  } else {
    forget(origin, std::move(connection));
  }
  wake_one(origin);
}

base::Async<Fault> Client::State::wait_for_connection(const std::string& key, SteadyTime total) {
  Waiter waiter(executor);
  waiter.timer.expires_at(total);
  std::list<Waiter*>& waiting = origins[key].waiting;
  const auto place = waiting.insert(waiting.end(), &waiter);
  ++waiting_count;
  co_await waiter.timer.async_wait(base::as_result);
  waiting.erase(place);
  --waiting_count;
  const bool expired = std::chrono::steady_clock::now() >= total;
  if (expired && waiter.woken) wake_one(origins[key]);
  if (closing) co_return Fault{Failure::Cancelled, "the client was closed"};
  if (expired) co_return Fault{Failure::Timeout, "timed out while waiting for a free connection"};
  co_return Fault{};
}

base::Async<Fault> Client::State::acquire(const ClientRequest& request, const std::string& key,
                                          SteadyTime total, bool fresh, ConnectionPtr& connection) {
  for (;;) {
    if (closing) co_return Fault{Failure::Cancelled, "the client was closed"};
    connection = fresh ? nullptr : take_idle(key);
    if (connection) co_return Fault{};
    Origin& origin = origins[key];
    const bool may = may_open(origin);
    if (may) {
      connection = std::make_unique<ClientConnection>(executor);
      ++origin.open;
      connections.insert(connection.get());
      Fault fault = co_await open(request, total, connection);
      if (fault.failure != Failure::None) {
        release(key, std::move(connection), false);
        connection = nullptr;
      }
      co_return fault;
    }
    Fault fault = co_await wait_for_connection(key, total);
    if (fault.failure != Failure::None) co_return fault;
  }
}

base::Async<Fault> Client::State::resolve(const ClientRequest& request, SteadyTime total,
                                          std::vector<asio::ip::address>& addresses) {
  const base::Duration left = until(total);
  const base::Duration own = request.timeouts.resolve;
  const base::Duration limit = own == base::Duration::zero() ? left : std::min(left, own);
  base::Async<base::Result<std::vector<asio::ip::address>>> lookup =
      options.resolver->resolve(request.url.host, limit);
  auto found = co_await std::move(lookup);
  if (!found) co_return Fault{Failure::Resolve, found.error().message};
  std::string why = "no address";
  for (const asio::ip::address& address : *found) {
    const auto refusal = refusal_of(address, request.url.port);
    if (refusal) {
      why = *refusal;
    } else {
      addresses.push_back(address);
    }
  }
  if (addresses.empty()) co_return Fault{Failure::AddressNotAllowed, why};
  co_return Fault{};
}

base::Async<Fault> Client::State::open(const ClientRequest& request, SteadyTime total,
                                       ConnectionPtr& connection) {
  std::vector<asio::ip::address> addresses;
  Fault fault = co_await resolve(request, total, addresses);
  if (fault.failure != Failure::None) co_return fault;
  const SteadyTime all_connects = deadline_after(request.timeouts.connect);
  for (std::size_t i = 0; i < addresses.size(); ++i) {
    if (closing) co_return Fault{Failure::Cancelled, "the client was closed"};
    if (i > 0) {  // a socket connects once
      connections.erase(connection.get());
      connection = std::make_unique<ClientConnection>(executor);
      connections.insert(connection.get());
    }
    // An address that swallows packets leaves the ones after it their share of the time.
    const base::Duration share =
        until(std::min(all_connects, total)) / static_cast<int>(addresses.size() - i);
    const SteadyTime step = i + 1 == addresses.size() ? all_connects : deadline_after(share);
    const asio::ip::tcp::endpoint endpoint(addresses[i], request.url.port);
    fault = co_await connection->connect(endpoint, step, total);
    const bool over = fault.failure == Failure::None || fault.failure == Failure::Cancelled ||
                      fault.failure == Failure::Timeout;
    if (over) break;
  }
  if (fault.failure == Failure::None && request.url.scheme == Scheme::Https) {
    fault = co_await start_tls(request, total, *connection);
  }
  co_return fault;
}

std::shared_ptr<tls::ClientContext> Client::State::tls_for(const ClientRequest& request,
                                                           Fault& fault) {
  if (request.tls) return request.tls;
  if (options.tls) return options.tls;
  auto created = tls::ClientContext::create({});
  if (created) return options.tls = *created;
  fault = {Failure::Tls, created.error().message};
  return nullptr;
}

base::Async<Fault> Client::State::start_tls(const ClientRequest& request, SteadyTime total,
                                            ClientConnection& connection) {
  Fault fault;
  const auto context = tls_for(request, fault);
  if (!context) co_return fault;
  const SteadyTime step = deadline_after(request.timeouts.tls);
  auto session = context->connect(connection.descriptor(), request.url.host);
  fault = co_await connection.start_tls(std::move(session), step, total);
  co_return fault;
}

base::Async<Fault> Client::State::try_once(const ClientRequest& request, SteadyTime total,
                                           bool fresh, ClientResponse& response, bool& stale) {
  const std::string key = pool_key(request);
  ConnectionPtr connection = fresh ? nullptr : take_idle(key);
  const bool kept = connection != nullptr;
  if (!kept) {
    Fault fault = co_await acquire(request, key, total, fresh, connection);
    if (fault.failure != Failure::None) co_return fault;
  }
  response.address = connection->address();
  const ExchangeLimits limits{
      {kStatusLineBytesMax, options.response_header_bytes_max, kResponseFieldsMax},
      options.interim_responses_max};
  Fault fault = co_await connection->exchange(request, options.user_agent, limits, total, response);
  stale = kept && fault.failure == Failure::Reset && connection->nothing_answered();
  const bool reusable = connection->reusable();
  release(key, std::move(connection), reusable);
  co_return fault;
}

base::Async<ClientResponse> Client::State::send(ClientRequest request) {
  const auto self = shared_from_this();
  ++exchanges;
  if (!sweeping) {
    sweeping = true;
    sweeper.spawn("http client sweep", sweep_while_used());
  }
  const SteadyTime total = deadline_after(request.timeouts.total);
  ClientResponse response;
  bool stale = false;
  Fault fault;
  if (closing) {
    fault = {Failure::Cancelled, "the client was closed"};
  } else {
    fault = co_await try_once(request, total, false, response, stale);
  }
  if (stale && !closing) {
    response = {};
    response.retried = true;
    fault = co_await try_once(request, total, true, response, stale);
  }
  response.failure = fault.failure;
  response.failure_text = std::move(fault.text);
  if (--exchanges == 0) all_done.cancel();
  co_return response;
}

void Client::State::sweep() {
  const SteadyTime now = std::chrono::steady_clock::now();
  for (ClientConnection* connection : connections) connection->expire_if_due(now);
  const SteadyTime oldest = now - std::chrono::duration_cast<SteadyTime::duration>(options.idle);
  for (auto& [key, origin] : origins) {
    const auto fresh = std::ranges::find_if(
        origin.idle, [&](const ConnectionPtr& kept) { return kept->idle_since > oldest; });
    for (auto kept = origin.idle.begin(); kept != fresh; ++kept) {
      --idle_count;
      forget(origin, std::move(*kept));
    }
    origin.idle.erase(origin.idle.begin(), fresh);
  }
  std::erase_if(origins, [](const auto& entry) {
    return entry.second.open == 0 && entry.second.waiting.empty();
  });
}

base::Async<void> Client::State::sweep_while_used() {
  const auto self = shared_from_this();
  while (!closing && (exchanges > 0 || !connections.empty())) {
    timer.expires_after(options.sweep);
    co_await timer.async_wait(base::as_result);
    sweep();
  }
  sweeping = false;
}

base::Async<void> Client::State::close() {
  const auto self = shared_from_this();
  closing = true;
  for (auto& [key, origin] : origins) {
    for (ConnectionPtr& kept : origin.idle) forget(origin, std::move(kept));
    origin.idle.clear();
    for (Waiter* waiter : origin.waiting) waiter->timer.cancel();
  }
  idle_count = 0;
  for (ClientConnection* connection : connections) connection->cancel();
  while (exchanges > 0) {
    all_done.expires_at(SteadyTime::max());
    co_await all_done.async_wait(base::as_result);
  }
  timer.cancel();
  co_await sweeper.join();
}

Client::Client(base::Executor executor, ClientOptions options)
    : state_(std::make_shared<State>(executor, std::move(options))) {
  if (!state_->options.resolver) state_->options.resolver = make_system_resolver();
}

Client::~Client() = default;

base::Async<ClientResponse> Client::send(ClientRequest request) {
  return state_->send(std::move(request));
}

base::Async<void> Client::close() { return state_->close(); }

std::size_t Client::connections() const { return state_->connections.size(); }

}  // namespace fanfare::http
