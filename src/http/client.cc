#include "http/client.h"

#include <algorithm>
#include <array>
#include <asio/basic_waitable_timer.hpp>
#include <asio/post.hpp>

#include "base/task_group.h"
#include "http/client_pool.h"

namespace fanfare::http {

namespace {

using Timer =
    asio::basic_waitable_timer<std::chrono::steady_clock,
                               asio::wait_traits<std::chrono::steady_clock>, base::Executor>;
using ConnectionPtr = ClientPool::Connection;

constexpr std::size_t kStatusLineBytesMax = 8 * 1024;
constexpr std::size_t kResponseFieldsMax = 1000;

base::Duration until(SteadyTime deadline) {
  if (deadline == SteadyTime::max()) return base::hours(1);
  return std::max(base::Duration::zero(),
                  base::Duration(deadline - std::chrono::steady_clock::now()));
}

}  // namespace

struct Client::State : std::enable_shared_from_this<Client::State> {
  State(base::Executor given, ClientOptions taken)
      : executor(given), options(std::move(taken)), sweeper(given), timer(given), all_done(given) {}

  base::Async<ClientResponse> send(ClientRequest request);
  base::Async<Fault> try_once(const ClientRequest& request, SteadyTime total, bool fresh,
                              ClientResponse& response, bool& stale);
  base::Async<Fault> acquire(const ClientRequest& request, ClientPool::Origin& origin,
                             SteadyTime total, bool fresh, ConnectionPtr& connection);
  base::Async<Fault> open(const ClientRequest& request, SteadyTime total,
                          ConnectionPtr& connection);
  base::Async<Fault> resolve(const ClientRequest& request, SteadyTime total,
                             std::vector<asio::ip::address>& addresses);
  base::Async<Fault> start_tls(const ClientRequest& request, SteadyTime total,
                               ClientConnection& connection);
  base::Async<void> close();
  base::Async<void> sweep_while_used();

  std::optional<std::string> refusal_of(const asio::ip::address& address, std::uint16_t port) const;
  std::shared_ptr<tls::ClientContext> tls_for(const ClientRequest& request, Fault& fault);

  base::Executor executor;
  ClientOptions options;
  ClientPool pool{executor, options};
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
  const bool is_own = options.own_ports && options.own_ports->contains(port);
  if (is_own && is_of_this_machine(address)) {
    return "port " + std::to_string(port) + " is this server's own";
  }
  return options.address_check ? options.address_check(address) : std::nullopt;
}

base::Async<Fault> Client::State::acquire(const ClientRequest& request, ClientPool::Origin& origin,
                                          SteadyTime total, bool fresh, ConnectionPtr& connection) {
  for (;;) {
    if (closing) co_return Fault{Failure::Cancelled, "the client was closed"};
    connection = fresh ? nullptr : pool.take_idle(origin);
    if (connection) co_return Fault{};
    connection = pool.make(origin);
    if (connection) break;
    Fault fault = co_await pool.wait(origin, total);
    if (fault.failure != Failure::None) co_return fault;
  }
  Fault fault = co_await open(request, total, connection);
  if (fault.failure != Failure::None) pool.put_back(origin, std::move(connection), false);
  co_return fault;
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
      pool.replace(connection);
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
  const ClientPool::Holder holder(pool.origin_of(request));
  ClientPool::Origin& origin = *holder;
  ConnectionPtr connection = fresh ? nullptr : pool.take_idle(origin);
  const bool kept = connection != nullptr;
  if (!kept) {
    Fault fault = co_await acquire(request, origin, total, fresh, connection);
    if (fault.failure != Failure::None) co_return fault;
  }
  response.address = connection->address();
  const ExchangeLimits limits{
      {kStatusLineBytesMax, options.response_header_bytes_max, kResponseFieldsMax},
      options.interim_responses_max};
  Fault fault = co_await connection->exchange(request, options.user_agent, limits, total, response);
  stale = kept && fault.failure == Failure::Reset && connection->nothing_answered();
  const bool reusable = connection->reusable();
  pool.put_back(origin, std::move(connection), reusable);
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

base::Async<void> Client::State::sweep_while_used() {
  const auto self = shared_from_this();
  while (!closing && (exchanges > 0 || pool.size() > 0)) {
    timer.expires_after(options.sweep);
    co_await timer.async_wait(base::as_result);
    pool.sweep(std::chrono::steady_clock::now());
  }
  sweeping = false;
}

base::Async<void> Client::State::close() {
  const auto self = shared_from_this();
  closing = true;
  pool.close();
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

std::size_t Client::connections() const { return state_->pool.size(); }

}  // namespace fanfare::http
