#include "communication/chat/realtime/notification_stream_api.h"

#include <asio/basic_waitable_timer.hpp>
#include <asio/post.hpp>
#include <asio/this_coro.hpp>
#include <charconv>
#include <chrono>
#include <optional>
#include <utility>

#include "communication/api_errors.h"
#include "communication/chat/realtime/caller_api.h"
#include "communication/chat/realtime/event_json.h"

namespace fanfare::communication::chat::realtime {

namespace {

using Timer =
    asio::basic_waitable_timer<std::chrono::steady_clock,
                               asio::wait_traits<std::chrono::steady_clock>, base::Executor>;

/// For proxies, which end what is silent, and for us to notice who has gone.
constexpr auto kAlive = std::chrono::seconds(15);
/// How long a token that has been revoked may still be told something.
constexpr auto kTokenCheck = std::chrono::seconds(1);
constexpr std::size_t kReadAtOnce = 64;

/// What one stream is, for as long as it lasts.
struct Watch {
  const identity::UserAccess& access;
  Feed& feed;
  http::Request request;
  Listener listener;
  /// A position of this run of the server; nullopt: of another, whose notifications are unknown.
  std::optional<Position> after;
};

/// Woken from any thread, waited for on its executor.
class Bell : public std::enable_shared_from_this<Bell> {
 public:
  explicit Bell(base::Executor executor) : executor_(executor), timer_(executor) {}

  void ring() {
    asio::post(executor_, [self = shared_from_this()] {
      self->rung_ = true;
      self->timer_.cancel();
    });
  }
  void close() {
    closed_ = true;
    timer_.cancel();
  }
  bool closed() const { return closed_; }

  /// Until it rings, at once when it has since the last time; or for so long.
  base::Async<void> wait(std::chrono::steady_clock::duration limit) {
    if (!rung_ && !closed_) {
      timer_.expires_after(limit);
      co_await timer_.async_wait(base::as_result);
    }
    rung_ = false;
  }

 private:
  base::Executor executor_;
  Timer timer_;
  bool rung_ = false;
  bool closed_ = false;
};

/// `RUN-POSITION`, or nothing.
std::optional<Position> position_in(std::string_view id, const std::string& run) {
  if (!id.starts_with(run + "-")) return std::nullopt;
  id.remove_prefix(run.size() + 1);
  Position position = 0;
  const auto [end, error] = std::from_chars(id.data(), id.data() + id.size(), position);
  const bool whole = error == std::errc() && end == id.data() + id.size();
  return whole ? std::optional(position) : std::nullopt;
}

std::string id_line(const Feed& feed, Position position) {
  return "id: " + feed.run() + "-" + std::to_string(position) + "\n";
}

std::string missed_event(const Feed& feed, Position until) {
  return id_line(feed, until) + "event: missed\ndata: {}\n\n";
}

std::string event_text(const Feed& feed, const FeedEntry& entry, std::string_view user) {
  std::string text = id_line(feed, entry.position);
  text.append("event: ").append(to_string(entry.notification->kind)).append("\ndata: ");
  text.append(json::write(event_json(*entry.notification, user)));
  return text.append("\n\n");
}

/// What has come since; moves the watch on.
std::string news_of(Watch& watch, Feed::Subscription& subscription) {
  std::string news;
  const FeedPart part = subscription.read(*watch.after, kReadAtOnce);
  if (part.missed_until) {
    watch.after = *part.missed_until;
    news.append(missed_event(watch.feed, *watch.after));
  }
  for (const FeedEntry& entry : part.entries) {
    watch.after = entry.position;
    news.append(event_text(watch.feed, entry, watch.listener.caller.user));
  }
  return news;
}

bool may_go_on(const Watch& watch) {
  return watch.access.check_token(watch.request, watch.listener.token).has_value();
}

base::Async<void> stream_to(std::shared_ptr<http::ResponseStream> stream,
                            std::shared_ptr<Watch> watch) {
  const base::Executor executor = co_await asio::this_coro::executor;
  const auto bell = std::make_shared<Bell>(executor);
  stream->on_close([bell] { bell->close(); });
  const auto subscription = watch->feed.subscribe(
      watch->listener.caller.resource, watch->listener.caller.user, [bell] { bell->ring(); });
  std::string next = ": notifications\n\n";
  if (!watch->after) {
    watch->after = 0;
    next.append(missed_event(watch->feed, 0));
  }
  auto spoke = std::chrono::steady_clock::now();
  while (!bell->closed()) {
    if (!may_go_on(*watch)) co_return;
    next.append(news_of(*watch, *subscription));
    const auto now = std::chrono::steady_clock::now();
    if (next.empty() && now >= spoke + kAlive) next = ": alive\n\n";
    if (next.empty()) {
      base::Async<void> waiting = bell->wait(kTokenCheck);
      co_await std::move(waiting);
      continue;
    }
    spoke = now;
    base::Async<bool> writing = stream->write(std::exchange(next, {}));
    const bool open = co_await std::move(writing);
    if (!open) co_return;
  }
}

http::Response stream_response(std::shared_ptr<Watch> watch) {
  http::Response response;
  response.headers.set("Content-Type", "text/event-stream");
  response.headers.set("Cache-Control", "no-store");
  response.headers.set("X-Accel-Buffering", "no");
  response.stream = [watch = std::move(watch)](std::shared_ptr<http::ResponseStream> stream) {
    return stream_to(std::move(stream), watch);
  };
  return response;
}

}  // namespace

std::vector<http::Route> NotificationStreamApi::routes() {
  return {{http::Method::Get, "/fanfare/v1/chat/notifications", "chat",
           [this](http::Request request) { return watch(std::move(request)); }}};
}

base::Async<http::Response> NotificationStreamApi::watch(http::Request request) {
  auto listener = check_listener(access_, request, "access_token");
  if (!listener) co_return std::move(listener.error());
  std::string last(request.headers.get("last-event-id"));
  if (last.empty()) last = query_value(request, "lastEventId").value_or(std::string());
  std::optional<Position> after = feed_.newest();
  if (!last.empty()) after = position_in(last, feed_.run());
  auto watched = std::make_shared<Watch>(
      Watch{access_, feed_, std::move(request), std::move(*listener), after});
  co_return stream_response(std::move(watched));
}

}  // namespace fanfare::communication::chat::realtime
