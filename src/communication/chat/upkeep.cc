#include "communication/chat/upkeep.h"

#include <algorithm>
#include <asio/post.hpp>
#include <map>
#include <optional>
#include <utility>

#include "base/log.h"

namespace fanfare::communication::chat {

namespace {

constexpr std::size_t kDuesPerRound = 100;
constexpr std::size_t kKeysPerCommit = 500;
constexpr auto kRetry = std::chrono::seconds(10);
/// How long after its time a due may first be seen: a commit was slow.
constexpr auto kLookBack = std::chrono::minutes(5);

using base::Async;
using base::Result;
using base::TimePoint;

TimePoint from_ms(std::uint64_t ms) {
  return TimePoint(base::milliseconds(static_cast<std::int64_t>(ms)));
}

}  // namespace

struct Upkeep::State : std::enable_shared_from_this<State> {
  State(Desk& d, Threads& t, Resources r, base::Executor e)
      : desk(d), threads(t), resources(std::move(r)), executor(e), tasks(e) {}

  Desk& desk;
  Threads& threads;
  Resources resources;
  base::Executor executor;
  base::TaskGroup tasks;
  std::unique_ptr<base::Alarm> alarm;
  TimePoint alarm_at = TimePoint::max();
  std::map<ResourceId, std::uint64_t> done_until;  ///< ms
  bool running = false;
  bool again = false;  ///< something came due while a round ran
  bool closed = true;

  void wake_at(TimePoint when) {
    if (closed) return;
    if (running) again = true;
    if (running || when >= alarm_at) return;
    alarm_at = when;
    alarm = desk.clock().alarm(when, executor, [weak = weak_from_this()] {
      if (const auto self = weak.lock()) self->begin();
    });
  }

  void begin() {
    alarm_at = TimePoint::max();
    if (closed || running) return;
    running = true;
    tasks.spawn("chat upkeep", round(shared_from_this()));
  }

  static Async<void> round(std::shared_ptr<State> self) {
    auto next = TimePoint::max();
    do {
      self->again = false;
      next = co_await self->work();
    } while (self->again && !self->closed);
    self->running = false;
    if (next != TimePoint::max()) self->wake_at(next);
  }

  /// Does what is due; when something is due next.
  Async<TimePoint> work() {
    auto next = TimePoint::max();
    for (const auto& resource : resources()) {
      auto then = co_await work_of(resource);
      next = std::min(next, then);
    }
    co_return next;
  }

  /// What is done leaves a trail of erased records, which is not read across again and again: what
  /// comes due later than a while ago is enough, after the first time.
  Async<TimePoint> work_of(ResourcePtr resource) {
    auto& from = done_until[resource->id];
    while (!closed) {
      auto dues = co_await desk.store().dues(resource->id, from, kDuesPerRound);
      const auto now = desk.clock().now();
      if (!dues) co_return now + kRetry;
      for (const auto& due : *dues) {
        if (from_ms(due.at_ms) > now) {
          from = to_ms(now - kLookBack);
          co_return from_ms(due.at_ms);
        }
        auto done = co_await act(resource, due, now);
        if (!done) {
          base::log(base::LogLevel::Warn, "chat", "upkeep failed and is tried again",
                    {{"reason", done.error().message}});
          co_return now + kRetry;
        }
      }
      if (dues->empty()) {
        from = to_ms(now - kLookBack);
        break;
      }
    }
    co_return TimePoint::max();
  }

  Async<Result<void>> act(ResourcePtr resource, Due due, TimePoint now) {
    switch (due.kind) {
      case DueKind::Forget:
        co_return co_await forget_token(resource, due);
      case DueKind::Clean:
        co_return co_await clean(resource, due);
      case DueKind::Expire:
        break;
    }
    co_return co_await expire(resource, due, now);
  }

  Async<Result<void>> forget_token(ResourcePtr resource, Due due) {
    const Keys keys(resource->id);
    view::Batch records;
    records.erase(keys.token_of(due));
    records.erase(keys.due(due));
    co_return co_await desk.commit_records(resource, std::move(records));
  }

  /// Everything of a deleted thread that nobody can see any more.
  Async<Result<void>> clean(ResourcePtr resource, Due due) {
    const Keys keys(resource->id);
    const std::vector<std::string> prefixes{keys.messages(due.what), keys.receipts(due.what),
                                            keys.formers(due.what)};
    for (const auto& prefix : prefixes) {
      for (bool more = true; more && !closed;) {
        auto found = co_await desk.store().keys_below(prefix, kKeysPerCommit);
        if (!found) co_return found.error();
        more = found->size() == kKeysPerCommit;
        if (found->empty()) break;
        view::Batch records;
        for (auto& key : *found) records.erase(std::move(key));
        auto erased = co_await desk.commit_records(resource, std::move(records));
        if (!erased) co_return erased.error();
      }
    }
    if (closed) co_return Result<void>();
    view::Batch last;
    last.erase(keys.due(due));
    co_return co_await desk.commit_records(resource, std::move(last));
  }

  /// A living thread is ended, which gives it another due time; an ended one is told of no more.
  Async<Result<void>> expire(ResourcePtr resource, Due due, TimePoint now) {
    auto ended = co_await threads.expire(resource, due.what, now);
    if (!ended) co_return ended.error();
    if (*ended) co_return Result<void>();
    auto turn = co_await desk.enter(resource->id, due.what);
    auto found = co_await desk.find(resource->id, due.what, true);
    if (!found) co_return found.error();
    const Keys keys(resource->id);
    view::Batch records;
    records.erase(keys.due(due));
    if (*found && (*found)->properties->deleted) {
      forget(records, keys, **found);
      desk.cache().drop(resource->id, due.what);
    }
    co_return co_await desk.commit_records(resource, std::move(records));
  }

  static void forget(view::Batch& records, const Keys& keys, const Thread& thread) {
    for (const auto& participant : *thread.roster) {
      records.erase(keys.participant(thread.id(), participant.id));
      records.erase(keys.listed(participant.id, thread.tail.place, thread.id()));
    }
    records.erase(keys.properties(thread.id()));
    records.erase(keys.tail(thread.id()));
  }
};

Upkeep::Upkeep(Desk& desk, Threads& threads, Resources resources, base::Executor executor)
    : state_(std::make_shared<State>(desk, threads, std::move(resources), executor)) {
  desk.set_due_listener([weak = std::weak_ptr(state_)](TimePoint due) {
    const auto state = weak.lock();
    if (!state) return;
    asio::post(state->executor, [state, due] { state->wake_at(due); });
  });
}

Upkeep::~Upkeep() = default;

void Upkeep::start() {
  state_->closed = false;
  state_->begin();
}

Async<void> Upkeep::close() {
  state_->closed = true;
  state_->alarm.reset();
  co_await state_->tasks.join();
}

}  // namespace fanfare::communication::chat
