#include "communication/sms/deadlines.h"

#include <algorithm>
#include <asio/co_spawn.hpp>
#include <asio/post.hpp>
#include <atomic>
#include <map>
#include <utility>

#include "base/blocking.h"
#include "base/log.h"
#include "base/task_group.h"
#include "carrier/codes.h"
#include "communication/sms/outcome.h"

namespace fanfare::communication::sms {

namespace {

constexpr base::Duration kRetry = base::seconds(1);
constexpr std::size_t kAtOnce = 256;  ///< messages of one sweep's commit
// Old messages are looked for this often while any are kept.
constexpr base::Duration kSweepEvery = base::hours(1);

struct Due {
  ResourcePtr resource;
  Store::Deadline deadline;
};

/// What the store says: whose time has come, and when the next one's does.
struct Look {
  std::vector<Due> due;
  base::TimePoint next = base::TimePoint::max();
};

}  // namespace

struct Deadlines::State : std::enable_shared_from_this<State> {
  State(Around a, const Options& o, Progress& p)
      : around(a), options(o), progress(p), tasks(a.home) {}

  void wake_at(base::TimePoint when);
  void run();
  base::Async<void> sweep();
  base::Async<base::Result<base::TimePoint>> fail_the_overdue();
  base::Async<base::Result<void>> drop_the_old();
  base::Async<base::Result<std::size_t>> drop_some(ResourcePtr resource, base::TimePoint before);
  base::Async<base::Result<base::TimePoint>> oldest_kept(ResourceId resource);
  base::Result<Look> look() const;

  Around around;
  const Options& options;
  Progress& progress;
  std::atomic<bool> closing{false};

  // On the executor `home` only.
  base::TaskGroup tasks;
  std::map<ResourceId, std::size_t> kept;  ///< messages in the store, about
  std::unique_ptr<base::Alarm> alarm;
  base::TimePoint alarm_at = base::TimePoint::max();
  base::TimePoint next_drop{};  ///< when old messages are looked for again
  std::atomic<bool> running = false;
  bool again = false;
};

void Deadlines::State::wake_at(base::TimePoint when) {
  if (closing || when >= alarm_at) return;
  alarm_at = when;
  alarm = around.clock.alarm(when, around.home, [weak = weak_from_this()] {
    const auto self = weak.lock();
    if (!self) return;
    self->alarm_at = base::TimePoint::max();
    self->run();
  });
}

void Deadlines::State::run() {
  if (closing) return;
  again = running;
  if (running) return;
  running = true;
  tasks.spawn("SMS deadlines", sweep());
}

base::Result<Look> Deadlines::State::look() const {
  Look out;
  const auto now = around.clock.now();
  const auto snapshot = around.resources.snapshot();
  for (const auto& resource : snapshot->all()) {
    const auto deadlines = Store(around.records, resource->id).deadlines(kAtOnce);
    if (!deadlines) return deadlines.error();
    for (const auto& deadline : *deadlines) {
      if (deadline.due <= now) out.due.push_back({resource, deadline});
      // A full page of overdue ones has more behind it.
      if (deadline.due > now || deadlines->size() == kAtOnce) {
        out.next = std::min(out.next, deadline.due);
      }
    }
  }
  return out;
}

base::Async<base::Result<base::TimePoint>> Deadlines::State::fail_the_overdue() {
  std::function<base::Result<Look>()> read = [this] { return look(); };
  auto looked = co_await base::on_worker<base::Result<Look>>(around.worker, std::move(read));
  if (!looked) co_return looked.error();
  const auto now = around.clock.wall();
  for (const auto& due : looked->due) {
    MessageName name{due.resource->id, due.deadline.id};
    Progress::Edit edit = [now](Message& message) {
      fail(message, carrier::kNoReport, std::string(carrier::words_of(carrier::kNoReport)), now);
    };
    const auto failed = co_await progress.change(std::move(name), std::move(edit));
    if (!failed) co_return failed.error();
    // Also of a message that has gone, so that nothing is looked at twice.
    view::Batch state;
    Store(around.records, due.resource->id).erase_deadline(state, due.deadline);
    auto whose = due.resource;
    std::vector<RaisedEvent> no_events;
    const auto erased =
        co_await around.committer.commit(std::move(whose), std::move(state), std::move(no_events));
    if (!erased) co_return erased.error();
  }
  co_return looked->next;
}

/// The time of the oldest message that the bound of their number lets live.
base::Async<base::Result<base::TimePoint>> Deadlines::State::oldest_kept(ResourceId resource) {
  using Found = base::Result<base::TimePoint>;
  std::function<Found()> read = [this, resource]() -> Found {
    std::size_t count = 0;
    base::TimePoint oldest{};
    const auto scanned = Store(around.records, resource).messages({}, [&](Message message) {
      if (++count <= options.messages_max) return true;
      oldest = message.created;
      return false;
    });
    if (!scanned) return scanned.error();
    return oldest;
  };
  co_return co_await base::on_worker<Found>(around.worker, std::move(read));
}

base::Async<base::Result<std::size_t>> Deadlines::State::drop_some(ResourcePtr resource,
                                                                   base::TimePoint before) {
  using Found = base::Result<std::vector<Message>>;
  const auto id = resource->id;
  std::function<Found()> read = [this, id, before]() -> Found {
    std::vector<Message> out;
    const auto scanned = Store(around.records, id).messages_before(before, [&](Message message) {
      // What is on its way stays until it has ended, half a day at most.
      if (message.ended()) out.push_back(std::move(message));
      return out.size() < kAtOnce;
    });
    if (!scanned) return scanned.error();
    return out;
  };
  const auto old = co_await base::on_worker<Found>(around.worker, std::move(read));
  if (!old) co_return old.error();
  if (old->empty()) co_return std::size_t{0};
  view::Batch state;
  std::vector<RaisedEvent> no_events;
  const Store store(around.records, id);
  for (const auto& message : *old) store.erase_message(state, message);
  const auto kept_state =
      co_await around.committer.commit(std::move(resource), std::move(state), std::move(no_events));
  if (!kept_state) co_return kept_state.error();
  co_return old->size();
}

base::Async<base::Result<void>> Deadlines::State::drop_the_old() {
  const auto snapshot = around.resources.snapshot();
  for (const auto& resource : snapshot->all()) {
    auto before = around.clock.wall() - options.keep;
    auto& count = kept[resource->id];
    if (count > options.messages_max) {
      const auto oldest = co_await oldest_kept(resource->id);
      if (!oldest) co_return oldest.error();
      before = std::max(before, *oldest);
    }
    for (;;) {
      auto whose = resource;
      const auto dropped = co_await drop_some(std::move(whose), before);
      if (!dropped) co_return dropped.error();
      count -= std::min(count, *dropped);
      if (*dropped < kAtOnce || closing) break;
    }
  }
  co_return base::Result<void>();
}

base::Async<void> Deadlines::State::sweep() {
  auto next = co_await fail_the_overdue();
  base::Result<void> dropped;
  const auto now = around.clock.now();
  if (now >= next_drop) {
    dropped = co_await drop_the_old();
    next_drop = now + std::min<base::Duration>(
                          kSweepEvery, std::max<base::Duration>(options.keep, base::seconds(1)));
  }
  if (!next || !dropped) {
    base::log(base::LogLevel::Error, "sms", "a sweep of the messages failed",
              {{"reason", !next ? next.error().message : dropped.error().message}});
    next = now + kRetry;
  }
  running = false;
  wake_at(std::min(*next, next_drop));
  if (again) run();
}

Deadlines::Deadlines(Around around, const Options& options, Progress& progress)
    : state_(std::make_shared<State>(around, options, progress)) {}

Deadlines::~Deadlines() { state_->closing = true; }

void Deadlines::start() {
  struct Shell {
    static base::Async<void> run(std::shared_ptr<State> state) {
      using Counts = base::Result<std::map<ResourceId, std::size_t>>;
      std::function<Counts()> read = [&around = state->around]() -> Counts {
        std::map<ResourceId, std::size_t> out;
        const auto snapshot = around.resources.snapshot();
        for (const auto& resource : snapshot->all()) {
          const auto count = Store(around.records, resource->id).count_messages();
          if (!count) return count.error();
          out[resource->id] = *count;
        }
        return out;
      };
      auto counts = co_await base::on_worker<Counts>(state->around.worker, std::move(read));
      if (counts) {
        for (const auto& [resource, count] : *counts) state->kept[resource] += count;
      }
      state->run();
    }
  };
  asio::post(state_->around.home, [state = state_] {
    if (!state->closing) state->tasks.spawn("count SMS messages", Shell::run(state));
  });
}

void Deadlines::note(base::TimePoint due) {
  asio::post(state_->around.home, [state = state_, due] { state->wake_at(due); });
}

void Deadlines::added(ResourceId resource, std::size_t messages) {
  asio::post(state_->around.home, [state = state_, resource, messages] {
    auto& count = state->kept[resource];
    count += messages;
    // A tenth above the bound, so that each sweep has something to do.
    if (count <= state->options.messages_max + state->options.messages_max / 10) return;
    state->next_drop = {};
    state->run();
  });
}

bool Deadlines::idle() const { return !state_->running; }

base::Async<void> Deadlines::close() {
  struct Shell {
    static base::Async<void> run(std::shared_ptr<State> state) {
      state->alarm.reset();
      co_await state->tasks.join();
    }
  };
  state_->closing = true;
  auto closing = Shell::run(state_);
  co_await asio::co_spawn(state_->around.home, std::move(closing),
                          asio::use_awaitable_t<base::Executor>{});
}

}  // namespace fanfare::communication::sms
