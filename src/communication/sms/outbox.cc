#include "communication/sms/outbox.h"

#include <asio/co_spawn.hpp>
#include <asio/post.hpp>
#include <atomic>
#include <deque>
#include <limits>
#include <unordered_set>
#include <utility>

#include "base/blocking.h"
#include "base/log.h"
#include "base/task_group.h"
#include "communication/sms/outcome.h"
#include "communication/sms/segments.h"

namespace fanfare::communication::sms {

namespace {

// What the log or the view did not take is tried again so much later.
constexpr base::Duration kRetry = base::seconds(1);
// Messages that are read from the store at a time.
constexpr std::size_t kReadAtOnce = 256;

struct Pending {
  ResourceId resource;
  Message message;
};

carrier::Submission submission_of(const Pending& pending) {
  const auto& message = pending.message;
  auto split = split_text(message.text);
  carrier::Submission out;
  out.id = submission_id(pending.resource, message.id);
  out.from = message.from;
  out.to = message.to;
  out.alphabet = split.alphabet;
  for (auto& segment : split.segments) out.segments.push_back(std::move(segment.text));
  out.report_wanted = true;  // whoever asks for the state of a message is told it, event or not
  out.valid_until = message.report_due;
  return out;
}

}  // namespace

struct Outbox::State : std::enable_shared_from_this<State> {
  State(Around a, carrier::Carrier& c, Progress& p, OutboxOptions o)
      : around(a), carrier(c), progress(p), options(o), tasks(a.home) {}

  void take(ResourceId resource, std::vector<Message> messages);
  void pump();
  void count();
  void pause(base::Duration wait);
  base::Async<void> hand_over(Pending pending);
  base::Async<base::Result<void>> settle(const Pending& pending, carrier::Submitted submitted);
  base::Async<void> load();
  base::Result<std::vector<Pending>> read_some();

  Around around;
  carrier::Carrier& carrier;
  Progress& progress;
  const OutboxOptions options;
  std::atomic<bool> closing{false};
  std::atomic<std::size_t> left{0};     ///< queued, being handed over, or still in the store
  std::atomic<std::size_t> offered{0};  ///< on their way to `home`

  // On the executor `home` only.
  base::TaskGroup tasks;
  std::deque<Pending> queue;
  std::unordered_set<std::string> in_hand;  ///< queued, or with a carrier that forgets
  std::size_t in_flight = 0;
  bool in_store = false;  ///< the store may hold more than is in hand
  bool loading = false;
  std::unordered_set<std::string> ended_meanwhile;  ///< a page read before may still show them
  bool paused = false;
  std::unique_ptr<base::Alarm> alarm;
  ResourceId next_resource;  ///< where reading the store goes on
  std::string next_id;
};

void Outbox::State::count() {
  const auto waiting = queue.size() + (in_store ? 1 : 0);
  left = in_flight + (loading ? 1 : 0) + (paused ? 0 : waiting);
}

void Outbox::State::take(ResourceId resource, std::vector<Message> messages) {
  for (auto& message : messages) {
    if (queue.size() >= options.waiting_max) {
      in_store = true;
      break;
    }
    auto submission = submission_id(resource, message.id);
    if (ended_meanwhile.contains(submission)) continue;
    if (!in_hand.insert(std::move(submission)).second) continue;
    queue.push_back({resource, std::move(message)});
  }
  pump();
}

void Outbox::State::pump() {
  const auto at_once = carrier.capabilities().in_flight_max;
  while (!closing && !paused && !queue.empty() && in_flight < at_once) {
    ++in_flight;
    auto pending = std::move(queue.front());
    queue.pop_front();
    tasks.spawn("hand an SMS over", hand_over(std::move(pending)));
  }
  if (!closing && !paused && in_store && !loading && queue.empty()) {
    loading = true;
    in_store = false;
    tasks.spawn("read the SMS outbox", load());
  }
  count();
}

void Outbox::State::pause(base::Duration wait) {
  if (paused || closing) return;
  paused = true;
  count();
  alarm = around.clock.alarm(around.clock.now() + wait, around.home, [weak = weak_from_this()] {
    const auto self = weak.lock();
    if (!self) return;
    self->paused = false;
    self->pump();
  });
}

base::Async<base::Result<void>> Outbox::State::settle(const Pending& pending,
                                                      carrier::Submitted submitted) {
  const MessageName name{pending.resource, pending.message.id};
  if (auto* refused = std::get_if<carrier::Refused>(&submitted)) {
    const auto now = around.clock.wall();
    Progress::Edit edit = [refused = std::move(*refused), now](Message& message) {
      fail(message, refused.code, refused.detail, now);
    };
    co_return co_await progress.change(name, std::move(edit));
  }
  auto* accepted = std::get_if<carrier::Accepted>(&submitted);
  const bool remembers = carrier.capabilities().memory == carrier::Memory::Remembers;
  if (accepted == nullptr || !remembers) co_return base::Result<void>();
  co_return co_await progress.accept(name, std::move(accepted->references));
}

base::Async<void> Outbox::State::hand_over(Pending pending) {
  auto submission = submission_of(pending);
  auto submitted = co_await carrier.submit(std::move(submission));
  const auto* later = std::get_if<carrier::TryLater>(&submitted);
  auto wait = later == nullptr ? base::Duration::zero() : later->wait;
  if (later == nullptr) {
    const auto settled = co_await settle(pending, std::move(submitted));
    if (!settled) wait = kRetry;
  }
  --in_flight;
  if (wait > base::Duration::zero()) {
    queue.push_front(std::move(pending));
    pause(wait);
  }
  pump();
}

/// A page of the store, resource after resource; empty at the end of the last one.
base::Result<std::vector<Pending>> Outbox::State::read_some() {
  const auto snapshot = around.resources.snapshot();
  for (const auto& resource : snapshot->all()) {
    if (resource->id < next_resource) continue;
    if (resource->id != next_resource) next_id.clear();
    next_resource = resource->id;
    const Store store(around.records, resource->id);
    const auto ids = store.outbox(next_id, kReadAtOnce);
    if (!ids) return ids.error();
    std::vector<Pending> out;
    for (const auto& id : *ids) {
      auto message = store.message(id);
      if (!message) return message.error();
      if (*message && !(*message)->ended()) out.push_back({resource->id, **std::move(message)});
    }
    if (ids->empty()) continue;
    next_id = ids->back() + '\0';
    return out;
  }
  next_resource = ResourceId{std::numeric_limits<std::uint32_t>::max()};
  return std::vector<Pending>();
}

base::Async<void> Outbox::State::load() {
  using Page = base::Result<std::vector<Pending>>;
  next_resource = ResourceId();
  next_id.clear();
  while (!closing && next_resource.value != std::numeric_limits<std::uint32_t>::max()) {
    std::function<Page()> read = [this] { return read_some(); };
    auto page = co_await base::on_worker<Page>(around.worker, std::move(read));
    if (!page) {
      base::log(base::LogLevel::Error, "sms", "the outbox cannot be read",
                {{"reason", page.error().message}});
      in_store = true;
      pause(kRetry);
      break;
    }
    for (auto& pending : *page) {
      const auto resource = pending.resource;
      std::vector<Message> one;
      one.push_back(std::move(pending.message));
      take(resource, std::move(one));
    }
    if (queue.size() >= options.waiting_max) break;
  }
  loading = false;
  ended_meanwhile.clear();
  pump();
}

Outbox::Outbox(Around around, carrier::Carrier& carrier, Progress& progress, OutboxOptions options)
    : state_(std::make_shared<State>(around, carrier, progress, options)) {}

Outbox::~Outbox() { state_->closing = true; }

void Outbox::start() {
  ++state_->offered;
  asio::post(state_->around.home, [state = state_] {
    state->in_store = true;
    state->pump();
    --state->offered;
  });
}

void Outbox::offer(ResourceId resource, std::vector<Message> messages) {
  if (messages.empty()) return;
  ++state_->offered;
  asio::post(state_->around.home,
             [state = state_, resource, messages = std::move(messages)]() mutable {
               state->take(resource, std::move(messages));
               --state->offered;
             });
}

void Outbox::ended(const std::string& submission_id) {
  asio::post(state_->around.home, [state = state_, submission_id] {
    state->in_hand.erase(submission_id);
    if (state->loading) state->ended_meanwhile.insert(submission_id);
  });
}

bool Outbox::idle() const { return state_->offered == 0 && state_->left == 0; }

void Outbox::stop() { state_->closing = true; }

base::Async<void> Outbox::close() {
  struct Shell {
    static base::Async<void> run(std::shared_ptr<State> state) {
      state->alarm.reset();
      state->queue.clear();
      co_await state->tasks.join();
      state->count();
    }
  };
  state_->closing = true;
  auto closing = Shell::run(state_);
  co_await asio::co_spawn(state_->around.home, std::move(closing),
                          asio::use_awaitable_t<base::Executor>{});
}

}  // namespace fanfare::communication::sms
