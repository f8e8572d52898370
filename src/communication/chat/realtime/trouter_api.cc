#include "communication/chat/realtime/trouter_api.h"

#include <asio/this_coro.hpp>
#include <optional>
#include <utility>

#include "communication/api_errors.h"
#include "communication/chat/realtime/caller_api.h"
#include "communication/chat/realtime/polling_socket.h"
#include "communication/chat/realtime/websocket_api.h"
#include "json/value.h"

namespace fanfare::communication::chat::realtime {

namespace {

using json::Value;

constexpr std::string_view kRegistrarPath = "/chat/registrar";
constexpr std::string_view kConnectionPath = "/v4/f/";
constexpr std::string_view kPermission = "chat";  // the handlers check tokens themselves
constexpr base::Duration kRegistrationMin = base::seconds(60);
constexpr base::Duration kRegistrationDefault = base::hours(1);
constexpr std::size_t kRegistrationIdBytesMax = 256;

std::int64_t seconds_of(base::Duration duration) {
  return std::chrono::duration_cast<std::chrono::seconds>(duration).count();
}

std::string ms_text(base::TimePoint time) {
  const auto since = std::chrono::duration_cast<std::chrono::milliseconds>(time.time_since_epoch());
  return std::to_string(since.count());
}

http::Response refuse(int status, std::string_view code, std::string_view message) {
  return api_error(status, code, message);
}

http::Response unknown_socket() {
  return refuse(404, "NotFound", "There is no such socket; a handshake makes one.");
}

std::string text_of(const Value* value) {
  const std::string* text = value ? value->if_string() : nullptr;
  return text ? *text : std::string();
}

/// What the client echoes when it asks and when it connects. The times are for its own use.
Value connect_params(const Connection& connection, base::TimePoint now) {
  return Value::object({{"sr", connection.id()},
                        {"issuer", "fanfare"},
                        {"sp", "connect"},
                        {"st", ms_text(now)},
                        {"se", ms_text(connection.expires())},
                        {"sig", connection.secret()}});
}

Value allocation(const Connection& connection, const std::string& base, base::TimePoint now) {
  const std::string url = base + std::string(kConnectionPath) + connection.id() + "/";
  const std::string ttl = std::to_string(seconds_of(connection.expires() - now));
  return Value::object({{"socketio", base + "/"},
                        {"surl", url},
                        {"url", url},
                        {"curlb", base},
                        {"ccid", connection.id()},
                        {"id", connection.id()},
                        {"ttl", ttl},
                        {"connectparams", connect_params(connection, now)}});
}

struct Registration {
  std::string id;
  std::vector<std::string> connections;
  base::Duration ttl{};
};

/// The connection's id in a URL that allocation() gave; empty when it is none.
std::string connection_in(std::string_view url) {
  const std::size_t at = url.find(kConnectionPath);
  if (at == std::string_view::npos) return {};
  const std::string_view rest = url.substr(at + kConnectionPath.size());
  return std::string(rest.substr(0, rest.find('/')));
}

base::Duration ttl_of(const Value& transport) {
  const Value* ttl = transport.find("ttl");
  const auto seconds = ttl ? ttl->as_double() : std::nullopt;
  if (!seconds || !(*seconds > 0) || *seconds > 1e9) return kRegistrationDefault;
  return std::max(kRegistrationMin,
                  base::Duration(base::seconds(static_cast<std::int64_t>(*seconds))));
}

std::optional<Registration> read_registration(std::string_view body) {
  const auto parsed = json::parse(body);
  if (!parsed) return std::nullopt;
  Registration registration;
  registration.id = text_of(parsed->find("registrationId"));
  const Value* transports = parsed->find("transports");
  const Value* ours = transports ? transports->find("TROUTER") : nullptr;
  const json::Array* list = ours ? ours->if_array() : nullptr;
  if (registration.id.empty() || registration.id.size() > kRegistrationIdBytesMax || !list) {
    return std::nullopt;
  }
  for (const Value& transport : *list) {
    registration.connections.push_back(connection_in(text_of(transport.find("path"))));
    registration.ttl = ttl_of(transport);
  }
  if (registration.connections.size() != 1) return std::nullopt;
  return registration;
}

}  // namespace

TrouterApi::TrouterApi(const identity::UserAccess& access, Feed& feed, base::Clock& clock,
                       base::Random& random, ConnectionLimits limits)
    : access_(access),
      clock_(clock),
      connections_(feed, clock, random, limits),
      handshakes_(clock, random) {}

std::vector<http::Route> TrouterApi::routes() {
  using http::Method;
  using Step = base::Async<http::Response> (TrouterApi::*)(http::Request);
  struct Row {
    Method method;
    std::string pattern;
    Step step;
  };
  const std::string registrations = std::string(kRegistrarPath) + "/v3/registrations";
  const std::string polling = "/socket.io/1/xhr-polling/{socket}";
  const Row rows[] = {
      {Method::Get, "/chat/config/realTimeNotifications", &TrouterApi::configuration},
      {Method::Post, "/v4/a", &TrouterApi::allocate},
      {Method::Get, "/socket.io/1", &TrouterApi::handshake},
      {Method::Get, "/socket.io/1/websocket/{socket}", &TrouterApi::open_websocket},
      {Method::Get, polling, &TrouterApi::poll},
      {Method::Post, polling, &TrouterApi::post},
      {Method::Post, registrations, &TrouterApi::register_connection},
      {Method::Delete, registrations + "/{registration}", &TrouterApi::unregister},
  };
  std::vector<http::Route> routes;
  for (const Row& row : rows) {
    const Step step = row.step;
    routes.push_back(
        {row.method, row.pattern, std::string(kPermission),
         [this, step](http::Request request) { return (this->*step)(std::move(request)); }});
  }
  return routes;
}

void TrouterApi::close() {
  connections_.close();
  handshakes_.clear();
}

TokenCheck TrouterApi::token_check(http::Request request, std::string user) const {
  auto asking = std::make_shared<const http::Request>(std::move(request));
  return [this, asking, user = std::move(user)](const std::string& token) {
    const auto caller = access_.check_token(*asking, token);
    return caller && caller->user == user;
  };
}

base::Async<http::Response> TrouterApi::configuration(http::Request request) {
  if (!query_value(request, "api-version")) {
    co_return refuse(400, "ApiVersionUnspecified",
                     "An API version is required, but was not specified.");
  }
  auto listener = check_listener(access_, request);
  if (!listener) co_return std::move(listener.error());
  const std::string base = base_url(request);
  const Value answer = Value::object({{"trouterServiceUrl", base},
                                      {"registrarServiceUrl", base + std::string(kRegistrarPath)},
                                      {"cloudType", "Public"}});
  co_return http::Response::json(200, json::write(answer));
}

base::Async<http::Response> TrouterApi::allocate(http::Request request) {
  auto listener = check_listener(access_, request);
  if (!listener) co_return std::move(listener.error());
  const Connections::Former former{query_value(request, "sr").value_or(std::string()),
                                   query_value(request, "sig").value_or(std::string())};
  const auto connection =
      connections_.allocate(listener->caller.resource, listener->caller.user, former);
  if (!connection) co_return api_error(connection.error());
  (*connection)->set_token(listener->token);
  const Value answer = allocation(**connection, base_url(request), clock_.now());
  co_return http::Response::json(200, json::write(answer));
}

base::Async<http::Response> TrouterApi::handshake(http::Request request) {
  auto listener = check_listener(access_, request);
  if (!listener) co_return std::move(listener.error());
  const auto connection = connections_.find(query_value(request, "sr").value_or(std::string()),
                                            query_value(request, "sig").value_or(std::string()));
  if (!connection || connection->user() != listener->caller.user) {
    co_return refuse(404, "NotFound", "There is no such connection; /v4/a gives one.");
  }
  connection->set_token(listener->token);
  const std::string number =
      handshakes_.make(connection, token_check(std::move(request), connection->user()));
  const std::string timeout = std::to_string(seconds_of(kHeartbeatTimeout));
  co_return http::Response::text(200,
                                 number + ":" + timeout + ":" + timeout + ":websocket,xhr-polling");
}

base::Async<http::Response> TrouterApi::open_websocket(http::Request request) {
  // A failed upgrade leaves the socket to polling.
  if (!http::is_websocket_request(request)) co_return http::accept_websocket(request, {});
  auto handshake = handshakes_.take(request.parameter("socket"));
  if (!handshake) co_return unknown_socket();
  const base::Duration ttl = handshake->connection->expires() - clock_.now();
  co_return http::accept_websocket(request, websocket_handler(std::move(*handshake), clock_, ttl));
}

base::Async<http::Response> TrouterApi::poll(http::Request request) {
  const base::Executor executor = co_await asio::this_coro::executor;
  const auto open = [this, executor](const Handshake& handshake) {
    auto socket = std::make_shared<PollingSocket>(executor);
    socket->open(handshake, clock_, handshake.connection->expires() - clock_.now());
    return socket;
  };
  const std::string_view number = request.parameter("socket");
  const auto socket = handshakes_.polling(number, open);
  if (!socket) co_return unknown_socket();
  base::Async<PollingSocket::Poll> polling = socket->poll();
  const PollingSocket::Poll poll = co_await std::move(polling);
  if (poll.last) handshakes_.erase(number);
  co_return http::Response::text(200, poll.body);
}

base::Async<http::Response> TrouterApi::post(http::Request request) {
  const auto not_yet = [](const Handshake&) { return std::shared_ptr<PollingSocket>(); };
  const auto socket = handshakes_.polling(request.parameter("socket"), not_yet);
  if (!socket) co_return unknown_socket();
  std::string body(request.body.view());
  base::Async<bool> posting = socket->post(std::move(body));
  const bool taken = co_await std::move(posting);
  if (!taken) co_return refuse(400, "BadRequest", "The body is no sequence of frames.");
  co_return http::Response::text(200, "1");
}

base::Async<http::Response> TrouterApi::register_connection(http::Request request) {
  auto listener = check_listener(access_, request);
  if (!listener) co_return std::move(listener.error());
  const auto registration = read_registration(request.body.view());
  if (!registration) {
    co_return refuse(400, "BadRequest",
                     "registrationId and one transports.TROUTER with a path are required.");
  }
  const auto connection = connections_.find_of(listener->caller.resource, listener->caller.user,
                                               registration->connections.front());
  if (!connection) {
    co_return refuse(404, "NotFound", "The path is that of no connection of this user.");
  }
  const ConnectionLimits& limits = connections_.limits();
  const base::Duration ttl = std::min(registration->ttl, limits.registration_max);
  connection->set_token(listener->token);
  const base::TimePoint until = clock_.now() + ttl;
  if (!connection->enroll(registration->id, until, limits.registrations_max)) {
    co_return refuse(409, "Conflict", "The connection has too many registrations.");
  }
  const Value transport = Value::object(
      {{"path", base_url(request) + std::string(kConnectionPath) + connection->id() + "/"},
       {"ttl", seconds_of(ttl)}});
  const Value answer =
      Value::object({{"registrationId", registration->id},
                     {"transports", Value::object({{"TROUTER", Value::array({transport})}})}});
  co_return http::Response::json(200, json::write(answer));
}

base::Async<http::Response> TrouterApi::unregister(http::Request request) {
  auto listener = check_listener(access_, request);
  if (!listener) co_return std::move(listener.error());
  const std::string id(request.parameter("registration"));
  if (!connections_.withdraw(listener->caller.resource, listener->caller.user, id)) {
    co_return refuse(404, "NotFound", "There is no such registration.");
  }
  co_return http::Response::empty(204);
}

}  // namespace fanfare::communication::chat::realtime
