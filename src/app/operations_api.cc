#include "app/operations_api.h"

#include <algorithm>
#include <charconv>

#include "app/access.h"
#include "app/history.h"
#include "app/replay.h"
#include "app/version.h"
#include "base/blocking.h"
#include "base/bytes.h"
#include "http/url.h"

namespace fanfare::app {

namespace {

using http::Request;
using http::Response;

constexpr std::size_t kListMax = 1'000;

Response json_response(const json::Value& value, int status = 200) {
  return Response::json(status, json::write(value));
}

int status_of(base::Errc code) {
  switch (code) {
    case base::Errc::InvalidArgument:
      return 400;
    case base::Errc::NotFound:
      return 404;
    case base::Errc::Conflict:
      return 409;
    case base::Errc::TimedOut:
      return 504;
    case base::Errc::Unavailable:
      return 503;
    default:
      return 500;
  }
}

Response failed(const base::Error& error) {
  return error_response(status_of(error.code), base::to_string(error.code), error.message,
                        error.target);
}

std::optional<std::string> text_parameter(const Request& request, std::string_view name) {
  auto value = http::query_parameter(request.query(), name);
  if (value && value->empty()) return std::nullopt;
  return value;
}

base::Result<std::size_t> limit_parameter(const Request& request) {
  const auto text = text_parameter(request, "limit");
  if (!text) return std::size_t{100};
  std::size_t limit = 0;
  const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), limit);
  if (error != std::errc() || end != text->data() + text->size() || limit < 1 || limit > kListMax) {
    return base::invalid("limit must be a number from 1 to " + std::to_string(kListMax), "limit");
  }
  return limit;
}

json::Value time_or_null(base::TimePoint time) {
  if (time == base::TimePoint{} || time == base::TimePoint::max()) return nullptr;
  return base::format_rfc3339(time);
}

Response listed(const base::Result<std::string>& list) {
  return list ? Response::json(200, *list) : failed(list.error());
}

class Routes {
 public:
  explicit Routes(Operations& operations) : op_(operations) {}

  Response readyz() const {
    const auto health = op_.store.log->health();
    if (!op_.stopping() && health.writable) return json_response(ready_body());
    auto body = json::Value::object(
        {{"reason", op_.stopping() ? "the server is stopping" : health.reason}});
    auto response = json_response(body, 503);
    response.headers.set("Retry-After", "1");
    return response;
  }

  Response metrics() const {
    const auto catalog = op_.registry.catalog();
    for (const auto& [id, stats] : op_.store.queue->all_stats()) {
      const auto subscription = catalog->subscription(id);
      if (!subscription) continue;
      const auto entry = catalog->topic(subscription->topic);
      op_.metrics.set_pending(entry ? entry->topic->name : "", subscription->name, stats,
                              op_.clock.now());
    }
    op_.metrics.set_store(op_.store.log->size_bytes(), op_.store.records->size_bytes(),
                          op_.store.log->health().writable);
    Response response;
    response.headers.set("Content-Type", "text/plain; version=0.0.4; charset=utf-8");
    response.body = op_.metrics.text();
    return response;
  }

  Response status() const {
    const auto catalog = op_.registry.catalog();
    std::uint64_t pending = 0;
    for (const auto& [id, stats] : op_.store.queue->all_stats()) pending += stats.pending;
    std::size_t subscriptions = 0;
    for (const auto& entry : catalog->topics()) subscriptions += entry->subscriptions.size();
    const auto durability = op_.config.data_in_memory                         ? "memory"
                            : op_.config.durability == log::Durability::Fsync ? "fsync"
                            : op_.config.durability == log::Durability::Os    ? "os"
                                                                              : "memory";
    return json_response(json::Value::object(
        {{"version", kVersion},
         {"started", base::format_rfc3339(op_.started)},
         {"now", base::format_rfc3339(op_.clock.wall())},
         {"virtualClock", op_.virtual_time != nullptr},
         {"store", json::Value::object({{"firstPosition", op_.store.log->first()},
                                        {"nextPosition", op_.store.log->next()},
                                        {"bytes", op_.store.log->size_bytes()},
                                        {"durability", durability}})},
         {"topics", catalog->topics().size()},
         {"eventSubscriptions", subscriptions},
         {"pending", pending}}));
  }

  Response queues() const {
    const auto catalog = op_.registry.catalog();
    auto list = json::Value::array();
    for (const auto& [id, stats] : op_.store.queue->all_stats()) {
      const auto subscription = catalog->subscription(id);
      if (!subscription) continue;
      const auto entry = catalog->topic(subscription->topic);
      list.push(json::Value::object({{"topic", entry ? entry->topic->name : ""},
                                     {"eventSubscription", subscription->name},
                                     {"pending", stats.pending},
                                     {"leased", stats.leased},
                                     {"oldestPublished", time_or_null(stats.oldest_published)},
                                     {"nextDue", time_or_null(stats.next_due)}}));
    }
    return json_response(json::Value::object({{"value", std::move(list)}}));
  }

  base::Async<Response> events(Request request) {
    const auto limit = limit_parameter(request);
    if (!limit) co_return failed(limit.error());
    EventQuery query{text_parameter(request, "topic"), text_parameter(request, "type"),
                     text_parameter(request, "id"), text_parameter(request, "subject"), *limit};
    std::function<base::Result<std::string>()> work = [this, query] {
      return list_events(*op_.store.queue, *op_.registry.catalog(), query);
    };
    const auto list = co_await base::on_worker(op_.worker, std::move(work));
    co_return listed(list);
  }

  base::Async<Response> attempts(Request request) {
    const auto limit = limit_parameter(request);
    if (!limit) co_return failed(limit.error());
    AttemptQuery query{text_parameter(request, "topic"),
                       text_parameter(request, "eventSubscription"),
                       text_parameter(request, "eventId"), *limit};
    std::function<base::Result<std::string>()> work = [this, query] {
      return list_attempts(*op_.store.queue, *op_.store.log, *op_.registry.catalog(), query);
    };
    const auto list = co_await base::on_worker(op_.worker, std::move(work));
    co_return listed(list);
  }

  base::Async<Response> dead_letters(Request request) {
    const auto limit = limit_parameter(request);
    if (!limit) co_return failed(limit.error());
    const auto subscription = text_parameter(request, "eventSubscription").value_or("");
    std::function<base::Result<std::string>()> work = [this, subscription, limit] {
      return list_dead_letters_json(op_.dead_letter_folder, subscription, *limit);
    };
    const auto list = co_await base::on_worker(op_.worker, std::move(work));
    co_return listed(list);
  }

  base::Async<Response> dead_letter(Request request) {
    const std::string name(request.parameter("name"));
    std::function<base::Result<std::string>()> work = [this, name] {
      return delivery::read_dead_letter(op_.dead_letter_folder, name);
    };
    const auto content = co_await base::on_worker(op_.worker, std::move(work));
    co_return listed(content);
  }

  base::Async<Response> replay(Request request) {
    auto wanted = parse_replay(request.body.view());
    if (!wanted) co_return failed(wanted.error());
    auto replayed =
        co_await replay_dead_letters(*op_.store.queue, op_.registry, op_.clock,
                                     op_.dead_letter_folder, op_.worker, std::move(*wanted));
    if (!replayed) co_return failed(replayed.error());
    co_return json_response(json::Value::object({{"replayed", *replayed}}));
  }

  Response clock() const {
    return json_response(json::Value::object({{"now", base::format_rfc3339(op_.clock.wall())},
                                              {"virtual", op_.virtual_time != nullptr}}));
  }

  base::Async<Response> advance(Request request) {
    if (op_.virtual_time == nullptr) {
      co_return error_response(409, "Conflict",
                               "Start the server with --virtual-clock to move its time.");
    }
    const auto body = json::parse(request.body.view());
    const auto* by = body && body->find("by") ? body->find("by")->if_string() : nullptr;
    if (by == nullptr) {
      co_return error_response(400, "InvalidArgument", "The body must be {\"by\":\"10m\"}.", "by");
    }
    const auto duration = base::parse_duration(*by);
    if (!duration) co_return failed(duration.error());
    const base::Duration patience = base::seconds(35);
    const auto advanced = co_await op_.virtual_time->advance(*duration, patience);
    if (!advanced) co_return failed(advanced.error());
    co_return json_response(json::Value::object(
        {{"now", base::format_rfc3339(advanced->now)}, {"steps", advanced->steps}}));
  }

  Response tail(const Request& request) const {
    return op_.tail.watch(text_parameter(request, "topic"));
  }

 private:
  json::Value ready_body() const {
    return json::Value::object({{"ready", true}, {"virtualClock", op_.virtual_time != nullptr}});
  }

  Operations& op_;
};

/// A handler from a member function that answers at once.
template <class F>
http::Handler at_once(F answer) {
  struct Shell {
    static base::Async<Response> run(F f, Request request) { co_return f(request); }
  };
  return [answer](Request request) { return Shell::run(answer, std::move(request)); };
}

}  // namespace

void add_operations_routes(http::Router& router, Operations& operations) {
  const auto routes = std::make_shared<Routes>(operations);
  using enum http::Method;
  router.add(Get, "/healthz", "public",
             at_once([](const Request&) { return Response::text(200, "ok\n"); }));
  router.add(Get, "/readyz", "public",
             at_once([routes](const Request&) { return routes->readyz(); }));
  router.add(Get, "/metrics", "operations/read",
             at_once([routes](const Request&) { return routes->metrics(); }));
  router.add(Get, "/fanfare/v1/status", "operations/read",
             at_once([routes](const Request&) { return routes->status(); }));
  router.add(Get, "/fanfare/v1/queues", "operations/read",
             at_once([routes](const Request&) { return routes->queues(); }));
  router.add(Get, "/fanfare/v1/tail", "operations/read",
             at_once([routes](const Request& request) { return routes->tail(request); }));
  router.add(Get, "/fanfare/v1/clock", "operations/read",
             at_once([routes](const Request&) { return routes->clock(); }));
  const auto later = [&](http::Method method, std::string path, std::string permission,
                         base::Async<Response> (Routes::*handle)(Request)) {
    router.add(method, std::move(path), std::move(permission), [routes, handle](Request request) {
      return (routes.get()->*handle)(std::move(request));
    });
  };
  later(Get, "/fanfare/v1/events", "operations/read", &Routes::events);
  later(Get, "/fanfare/v1/attempts", "operations/read", &Routes::attempts);
  later(Get, "/fanfare/v1/deadletters", "operations/read", &Routes::dead_letters);
  later(Get, "/fanfare/v1/deadletters/{name...}", "operations/read", &Routes::dead_letter);
  later(Post, "/fanfare/v1/deadletters:replay", "operations/write", &Routes::replay);
  later(Post, "/fanfare/v1/clock:advance", "operations/write", &Routes::advance);
}

}  // namespace fanfare::app
