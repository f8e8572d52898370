#include "queue/queue.h"

#include <algorithm>
#include <atomic>
#include <utility>

#include "base/log.h"
#include "queue/applier.h"
#include "queue/checkpointer.h"
#include "queue/history.h"
#include "queue/lanes.h"
#include "queue/loader.h"
#include "queue/mark_writer.h"
#include "queue/restore.h"

namespace fanfare::queue {

namespace {

/// What the log holds of the queue, so that a queue that is gone is not called.
struct Gate {
  std::mutex order;  ///< records are applied, and the table is written, under this lock
  std::function<void(log::Position, const log::Payload&)> apply;
};

bool by_key(const TaskKey& a, const TaskKey& b) { return a < b; }

base::Error misfit(std::string text) { return {base::Errc::Corrupt, std::move(text), {}}; }

}  // namespace

class Queue::Impl {
 public:
  Impl(log::Log& log, view::Records& records, base::Clock& clock, QueueOptions options)
      : log_(log),
        records_(records),
        clock_(clock),
        memory_(options.memory_bytes_max),
        lanes_(options, memory_,
               [this](std::shared_ptr<Lane> lane) { loader_.wake(std::move(lane)); }),
        writer_(records, clock, health_, options.view_waiting_bytes_max),
        marks_(log, clock, threads_.executor(1)),
        applier_(lanes_, writer_, records, memory_),
        loader_(log, records, clock, memory_, writer_, marks_, health_, threads_.executor(0)),
        checkpointer_(log, records, clock, lanes_, writer_, health_, gate_->order, options,
                      threads_.executor(1)) {}

  ~Impl() {
    {
      const std::lock_guard lock(gate_->order);
      gate_->apply = nullptr;
    }
    stop();
  }

  base::Result<void> start(StateListener listener);
  base::Async<base::Result<log::Position>> commit(Commit commit);
  std::vector<Task> lease(SubscriptionId subscription, std::size_t max_tasks,
                          std::size_t max_bytes);
  void give_back(SubscriptionId subscription, std::vector<TaskKey> keys, base::TimePoint due);
  void settle(Settlement settlement);
  bool quiet() const;
  void set_tap(Tap tap);
  void close();

  log::Log& log() { return log_; }
  Lanes& lanes() { return lanes_; }
  Checkpointer& checkpointer() { return checkpointer_; }
  const HealthBoard& health() const { return health_; }
  std::uint64_t dropped_by_close() const { return applier_.dropped_by_close(); }

 private:
  base::Result<void> restore();
  base::Result<void> replay(log::Position applied);
  void apply(log::Position position, const log::Payload& payload);
  void drop_damaged(Lane::Leased& leased);
  void stop();

  log::Log& log_;
  view::Records& records_;
  base::Clock& clock_;
  base::IoThreads threads_{2};
  std::shared_ptr<Gate> gate_ = std::make_shared<Gate>();
  HealthBoard health_;
  PayloadMemory memory_;
  Lanes lanes_;
  ViewWriter writer_;
  MarkWriter marks_;
  Applier applier_;
  Loader loader_;
  Checkpointer checkpointer_;
  std::optional<base::Error> apply_error_;  // under the order lock
  std::atomic<std::uint64_t> committing_{0};
  std::atomic<bool> applying_{false};  // a record's tasks may be in no lane for a moment
  std::mutex tap_mutex_;
  std::shared_ptr<const Tap> tap_;
  std::atomic<bool> has_tap_{false};
  bool stopped_ = false;
};

base::Result<void> Queue::Impl::start(StateListener listener) {
  applier_.on_state(std::move(listener));
  if (auto restored = restore(); !restored) return restored;
  applier_.set_mode(Applier::Mode::Live);
  checkpointer_.start();
  loader_.start();
  return {};
}

base::Result<void> Queue::Impl::restore() {
  const auto applied = records_.applied();
  if (log_.first() > applied + 1) {
    return misfit("the view has applied the log up to record " + std::to_string(applied) +
                  ", but the log begins at " + std::to_string(log_.first()) +
                  ": the view is missing, damaged or older than the log");
  }
  if (auto restored = restore_lanes(records_, lanes_, applied); !restored) return restored;
  return replay(applied);
}

base::Result<void> Queue::Impl::replay(log::Position applied) {
  gate_->apply = [this](log::Position position, const log::Payload& payload) {
    apply(position, payload);
  };
  const auto through = [gate = gate_](log::Position position, const log::Payload& payload) {
    const std::lock_guard lock(gate->order);
    if (gate->apply) gate->apply(position, payload);
  };
  if (auto started = log_.start(applied + 1, through); !started) return started;
  if (log_.next() <= applied) {
    return misfit("the log ends at record " + std::to_string(log_.next() - 1) +
                  ", but the view has applied it up to " + std::to_string(applied) +
                  ": records are missing");
  }
  const std::lock_guard lock(gate_->order);
  if (apply_error_) return *apply_error_;
  if (auto written = writer_.catch_up(); !written) return written;
  return {};
}

void Queue::Impl::apply(log::Position position, const log::Payload& payload) {
  if (apply_error_) return;
  applying_ = true;
  const auto kind = applier_.apply(position, payload);
  applying_ = false;
  if (!kind) {
    apply_error_ = kind.error();
    health_.fail(HealthBoard::Part::Writing, kind.error().message);
    return;
  }
  checkpointer_.applied(position, payload->size(), *kind);
  if (!has_tap_) return;
  std::shared_ptr<const Tap> tap;
  {
    const std::lock_guard lock(tap_mutex_);
    tap = tap_;
  }
  if (tap) (*tap)(position, payload);
}

base::Async<base::Result<log::Position>> Queue::Impl::commit(Commit commit) {
  if (writer_.is_overloaded()) {
    co_return base::Error{
        base::Errc::Unavailable, "the view is behind: " + health_.health().reason, {}};
  }
  auto payload = encode_commit(commit);
  if (!payload) co_return payload.error();
  log::Record record{std::move(*payload), std::move(commit.guard)};
  ++committing_;
  auto position = co_await log_.append(std::move(record));
  --committing_;
  co_return position;
}

std::vector<Task> Queue::Impl::lease(SubscriptionId subscription, std::size_t max_tasks,
                                     std::size_t max_bytes) {
  const auto lane = lanes_.find(subscription);
  if (!lane) return {};
  auto leased = lane->lease(max_tasks, max_bytes);
  if (!leased.damaged.empty()) {
    drop_damaged(leased);
    lane->release({});  // fewer than asked for: the reader is told of what is left
  }
  return std::move(leased.tasks);
}

/// The record passed its checksum, so it was written wrong: nothing can be delivered of such an
/// event.
void Queue::Impl::drop_damaged(Lane::Leased& leased) {
  const auto is_damaged = [&](const Task& task) {
    return std::find(leased.damaged.begin(), leased.damaged.end(), task.key) !=
           leased.damaged.end();
  };
  std::erase_if(leased.tasks, is_damaged);
  base::log(base::LogLevel::Error, "queue", "stored events cannot be read and are dropped",
            {{"position", leased.damaged.front().position}, {"events", leased.damaged.size()}});
  Settlement dropped{.subscription = leased.damaged.front().subscription,
                     .verdict = Verdict::Dropped,
                     .tasks = std::move(leased.damaged)};
  dropped.state.last_outcome = OutcomeKind::GenericError;
  settle(std::move(dropped));
}

void Queue::Impl::give_back(SubscriptionId subscription, std::vector<TaskKey> keys,
                            base::TimePoint due) {
  const auto lane = lanes_.find(subscription);
  if (!lane) return;
  std::sort(keys.begin(), keys.end());
  const auto now = clock_.now();
  if (due <= now) {
    lane->release(keys);
    return;
  }
  const auto deferred = lane->begin_deferring(keys);
  if (!deferred.empty()) marks_.write(encode_deferred(subscription, due, now, deferred));
}

void Queue::Impl::settle(Settlement settlement) {
  const auto lane = lanes_.find(settlement.subscription);
  if (!lane) return;
  auto& keys = settlement.tasks;
  if (!std::is_sorted(keys.begin(), keys.end(), by_key))
    std::sort(keys.begin(), keys.end(), by_key);
  const auto refs = lane->begin_settling(keys);
  if (refs.empty()) return;
  marks_.write(encode_settled(settlement, clock_.now(), refs));
}

bool Queue::Impl::quiet() const {
  if (committing_ > 0) return false;
  const auto now = clock_.now();
  for (const auto& lane : lanes_.all()) {
    if (!lane->quiet(now)) return false;
  }
  return !applying_;  // read after the lanes: what left one before has arrived in its next place
}

void Queue::Impl::set_tap(Tap tap) {
  const std::lock_guard lock(tap_mutex_);
  has_tap_ = static_cast<bool>(tap);
  tap_ = tap ? std::make_shared<const Tap>(std::move(tap)) : nullptr;
}

void Queue::Impl::close() {
  if (stopped_) return;
  if (auto last = checkpointer_.run(); !last) {
    base::log(base::LogLevel::Warn, "queue", "closing without a checkpoint",
              {{"reason", last.error().message}});
  }
  stop();
}

void Queue::Impl::stop() {
  if (std::exchange(stopped_, true)) return;
  loader_.stop();
  checkpointer_.stop();
  marks_.stop();
  threads_.stop();
}

Queue::Queue(log::Log& log, view::Records& records, base::Clock& clock, QueueOptions options)
    : impl_(std::make_unique<Impl>(log, records, clock, options)) {}

Queue::~Queue() = default;

base::Result<void> Queue::start(StateListener listener) {
  return impl_->start(std::move(listener));
}

base::Async<base::Result<Receipt>> Queue::commit(Commit commit) {
  const auto position = co_await impl_->commit(std::move(commit));
  if (!position) co_return position.error();
  co_return Receipt(*position);
}

void Queue::attach(SubscriptionId subscription, base::Executor executor,
                   std::function<void()> ready) {
  if (const auto lane = impl_->lanes().find_or_make(subscription)) {
    lane->attach(executor, std::move(ready));
  }
}

void Queue::detach(SubscriptionId subscription) {
  if (const auto lane = impl_->lanes().find(subscription)) lane->detach();
}

std::vector<Task> Queue::lease(SubscriptionId subscription, std::size_t max_tasks,
                               std::size_t max_bytes) {
  return impl_->lease(subscription, max_tasks, max_bytes);
}

void Queue::give_back(std::vector<Task> tasks, base::TimePoint due) {
  std::unordered_map<SubscriptionId, std::vector<TaskKey>> keys;
  for (const auto& task : tasks) keys[task.key.subscription].push_back(task.key);
  for (auto& [subscription, of_lane] : keys) {
    impl_->give_back(subscription, std::move(of_lane), due);
  }
}

void Queue::settle(Settlement settlement) { impl_->settle(std::move(settlement)); }

LaneStats Queue::stats(SubscriptionId subscription) const {
  const auto lane = impl_->lanes().find(subscription);
  if (!lane) return {.next_due = base::TimePoint::max()};
  return lane->stats();
}

std::vector<std::pair<SubscriptionId, LaneStats>> Queue::all_stats() const {
  std::vector<std::pair<SubscriptionId, LaneStats>> out;
  for (const auto& lane : impl_->lanes().all()) out.emplace_back(lane->id(), lane->stats());
  return out;
}

bool Queue::quiet() const { return impl_->quiet(); }

base::TimePoint Queue::next_due() const {
  auto due = base::TimePoint::max();
  for (const auto& lane : impl_->lanes().all()) due = std::min(due, lane->next_move());
  return due;
}

base::Result<void> Queue::history(
    log::Position from, const std::function<bool(const HistoryEvent&)>& on_event,
    const std::function<bool(const HistorySettlement&)>& on_settlement) {
  return walk_history(impl_->log(), from, on_event, on_settlement);
}

log::Position Queue::first_kept() const { return impl_->log().first(); }
log::Position Queue::next_position() const { return impl_->log().next(); }
Health Queue::health() const { return impl_->health().health(); }
std::uint64_t Queue::dropped_by_close() const { return impl_->dropped_by_close(); }
void Queue::set_tap(Tap tap) { impl_->set_tap(std::move(tap)); }
base::Result<void> Queue::checkpoint() { return impl_->checkpointer().run(); }
void Queue::close() { impl_->close(); }

}  // namespace fanfare::queue
