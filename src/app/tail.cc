#include "app/tail.h"

#include <asio/post.hpp>
#include <asio/steady_timer.hpp>
#include <atomic>
#include <deque>
#include <map>
#include <mutex>

#include "app/history.h"
#include "base/bytes.h"

namespace fanfare::app {

namespace {

/// Elements that a slow watcher may be behind before it misses some.
constexpr std::size_t kBacklogMax = 4096;

using Timer =
    asio::basic_waitable_timer<std::chrono::steady_clock,
                               asio::wait_traits<std::chrono::steady_clock>, base::Executor>;

/// One open stream. `waiting` and `missed` are shared with the log's thread; the rest stays on the
/// connection's executor.
struct Watcher {
  Watcher(base::Executor e, std::optional<std::string> t)
      : executor(e), topic(std::move(t)), wake(e, Timer::time_point::max()) {}

  void push(const std::string& element) {
    bool first = false;
    {
      const std::lock_guard lock(mutex);
      if (waiting.size() >= kBacklogMax) {
        ++missed;
        return;
      }
      first = waiting.empty();
      waiting.push_back(element);
    }
    if (first) notify();
  }

  void notify() {
    asio::post(executor, [this, self = keep.lock()] {
      if (self) wake.cancel();
    });
  }

  std::string take() {
    const std::lock_guard lock(mutex);
    std::string out;
    for (const auto& element : waiting) out.append(element);
    waiting.clear();
    if (missed > 0) {
      out.append("event: missed\ndata: {\"count\":" + std::to_string(missed) + "}\n\n");
      missed = 0;
    }
    return out;
  }

  base::Executor executor;
  std::optional<std::string> topic;
  Timer wake;
  std::weak_ptr<Watcher> keep;
  std::atomic<bool> closed{false};
  std::mutex mutex;
  std::deque<std::string> waiting;
  std::uint64_t missed = 0;
};

/// The ids of the newest events, so that an attempt can name its event. On the log's thread only.
class RecentIds {
 public:
  void add(const queue::HistoryEvent& event) {
    const queue::TaskKey key{{}, event.position, event.index};
    if (!ids_.try_emplace(key, event.event.id.empty() ? "" : event::unescape(event.event.id))
             .second)
      return;
    order_.push_back(key);
    if (order_.size() <= kBacklogMax) return;
    ids_.erase(order_.front());
    order_.pop_front();
  }

  std::string find(const queue::TaskKey& task) const {
    const auto found = ids_.find({{}, task.position, task.index});
    return found == ids_.end() ? std::string() : found->second;
  }

 private:
  std::map<queue::TaskKey, std::string> ids_;
  std::deque<queue::TaskKey> order_;
};

std::string as_sse(std::string_view kind, std::string_view data) {
  std::string out = "event: ";
  out.append(kind).append("\ndata: ");
  for (const char c : data) {  // JSON text may hold line ends between tokens
    if (c != '\n' && c != '\r') out.push_back(c);
  }
  return out.append("\n\n");
}

}  // namespace

struct Tail::State {
  explicit State(const grid::Registry& r) : registry(r) {}

  const grid::Registry& registry;
  std::atomic<std::size_t> count{0};
  std::mutex mutex;
  std::vector<std::shared_ptr<Watcher>> watchers;
  bool closed = false;
  RecentIds ids;  // the log thread's

  void add(const std::shared_ptr<Watcher>& watcher) {
    const std::lock_guard lock(mutex);
    watcher->closed = closed;
    watchers.push_back(watcher);
    count = watchers.size();
  }

  void remove(const std::shared_ptr<Watcher>& watcher) {
    const std::lock_guard lock(mutex);
    std::erase(watchers, watcher);
    count = watchers.size();
  }

  void send(std::string_view topic, const std::string& element) {
    const std::lock_guard lock(mutex);
    for (const auto& watcher : watchers) {
      if (!watcher->topic || base::ascii_iequals(*watcher->topic, topic)) watcher->push(element);
    }
  }
};

namespace {

base::Async<void> stream_to(std::shared_ptr<http::ResponseStream> stream,
                            std::shared_ptr<Watcher> watcher) {
  std::string greeting = ": watching\n\n";
  bool open = co_await stream->write(std::move(greeting));
  while (open && !watcher->closed) {
    std::string pieces = watcher->take();
    if (pieces.empty()) {
      watcher->wake.expires_after(std::chrono::seconds(15));
      const auto [error] = co_await watcher->wake.async_wait(base::as_result);
      pieces = error ? watcher->take() : std::string(": alive\n\n");
      if (pieces.empty()) continue;
    }
    open = co_await stream->write(std::move(pieces));
  }
}

}  // namespace

Tail::Tail(const grid::Registry& registry) : state_(std::make_shared<State>(registry)) {}
Tail::~Tail() { close(); }

void Tail::tap(log::Position position, const log::Payload& payload) {
  if (state_->count.load(std::memory_order_relaxed) == 0) return;
  const auto catalog = state_->registry.catalog();
  const auto on_event = [&](const queue::HistoryEvent& event) {
    const auto entry = catalog->topic(event.topic);
    state_->ids.add(event);
    state_->send(entry ? entry->topic->name : "", as_sse("event", event_json(*catalog, event)));
    return true;
  };
  const auto on_settlement = [&](const queue::HistorySettlement& settlement) {
    const auto subscription = catalog->subscription(settlement.settlement.subscription);
    const auto entry = subscription ? catalog->topic(subscription->topic) : nullptr;
    const auto id_of = [this](const queue::TaskKey& task) { return state_->ids.find(task); };
    for (const auto& attempt : attempts_json(*catalog, settlement, id_of)) {
      state_->send(entry ? entry->topic->name : "", as_sse("attempt", json::write(attempt)));
    }
    return true;
  };
  static_cast<void>(queue::decode_record(position, payload, on_event, on_settlement));
}

http::Response Tail::watch(std::optional<std::string> topic) {
  http::Response response;
  response.headers.set("Content-Type", "text/event-stream");
  response.headers.set("Cache-Control", "no-store");
  response.stream = [state = state_, topic = std::move(topic)](
                        std::shared_ptr<http::ResponseStream> stream) -> base::Async<void> {
    return [](std::shared_ptr<State> shared, std::optional<std::string> only,
              std::shared_ptr<http::ResponseStream> out) -> base::Async<void> {
      const auto executor = co_await asio::this_coro::executor;
      const auto watcher = std::make_shared<Watcher>(executor, std::move(only));
      watcher->keep = watcher;
      shared->add(watcher);
      out->on_close([watcher] {
        watcher->closed = true;
        watcher->wake.cancel();
      });
      co_await stream_to(out, watcher);
      shared->remove(watcher);
    }(state, topic, std::move(stream));
  };
  return response;
}

void Tail::close() {
  const std::lock_guard lock(state_->mutex);
  state_->closed = true;
  for (const auto& watcher : state_->watchers) {
    watcher->closed = true;
    watcher->notify();
  }
}

}  // namespace fanfare::app
