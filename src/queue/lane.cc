#include "queue/lane.h"

#include <algorithm>
#include <asio/post.hpp>
#include <utility>

namespace fanfare::queue {

const log::Payload& FreshRecord::pinned() {
  if (!pinned_) pinned_ = memory_.pin(payload_);
  return pinned_;
}

namespace {

std::size_t left_of(std::size_t bound, std::size_t used) { return bound - std::min(bound, used); }

}  // namespace

EntryKey untried_key(log::Position position, const IndexRuns& indices) {
  return {position, {}, indices.front().first};
}

Lane::Lane(SubscriptionId id, const QueueOptions& options, const PayloadMemory& memory,
           WakeLoader wake_loader)
    : id_(id),
      window_tasks_(std::max<std::size_t>(2, options.window_tasks)),
      window_bytes_(options.window_bytes),
      memory_(memory),
      wake_loader_(std::move(wake_loader)) {}

LaneStats Lane::stats() const {
  const std::lock_guard lock(mutex_);
  return {.pending = ledger_.total(),
          .leased = window_.leased() + window_.settling(),
          .oldest_published = ledger_.oldest_published(),
          .next_due = backlog_.next_due()};
}

log::Position Lane::oldest_position() const {
  const std::lock_guard lock(mutex_);
  return ledger_.oldest_position();
}

bool Lane::quiet(base::TimePoint now) const {
  const std::lock_guard lock(mutex_);
  if (!reader_) return true;
  return window_.tasks() == 0 && !visited_ && !backlog_.has_loadable(now);
}

base::TimePoint Lane::next_due() const {
  const std::lock_guard lock(mutex_);
  return backlog_.next_due();
}

base::TimePoint Lane::next_move() const {
  const std::lock_guard lock(mutex_);
  return reader_ ? backlog_.next_due() : base::TimePoint::max();
}

void Lane::attach(base::Executor executor, std::function<void()> ready) {
  const std::lock_guard lock(mutex_);
  if (closed_) return;
  if (reader_) reader_->attached = false;
  reader_ = std::make_shared<Reader>(executor, std::move(ready));
  armed_ = true;
  notify_reader();
  ask_loader();
}

void Lane::detach() {
  const std::lock_guard lock(mutex_);
  if (!reader_) return;
  reader_->attached = false;
  reader_.reset();
  window_.release_all();
}

/// With the mutex held. Tells the reader once of what it can lease.
void Lane::notify_reader() {
  if (!reader_ || !armed_ || window_.ready() == 0) return;
  armed_ = false;
  asio::post(reader_->executor, [reader = reader_] {
    if (reader->attached) reader->ready();
  });
}

Lane::Leased Lane::lease(std::size_t max_tasks, std::size_t max_bytes) {
  LeasedTasks leased;
  {
    const std::lock_guard lock(mutex_);
    armed_ = true;
    leased = window_.lease(id_, max_tasks, max_bytes);
    if (leased.tasks.size() < max_tasks) notify_reader();  // the bytes were the limit
  }
  Leased out{.tasks = std::move(leased.tasks)};
  auto task = out.tasks.begin();
  for (const auto& group : leased.groups) {
    for (std::size_t i = 0; i < group.tasks; ++i, ++task) {
      const auto event = group.events.event(task->key.index);
      if (event) {
        task->event = *event;
      } else {
        out.damaged.push_back(task->key);
      }
    }
  }
  return out;
}

void Lane::release(std::span<const TaskKey> keys) {
  const std::lock_guard lock(mutex_);
  window_.release(keys);
  notify_reader();
}

std::vector<EntryRef> Lane::begin_settling(std::span<const TaskKey> keys) {
  const std::lock_guard lock(mutex_);
  return window_.begin_settling(keys);
}

std::vector<DeferredRef> Lane::begin_deferring(std::span<const TaskKey> keys) {
  const std::lock_guard lock(mutex_);
  std::vector<DeferredRef> deferred;
  for (auto& ref : window_.begin_settling(keys)) {
    const auto state = window_.state_of(ref.key);
    deferred.push_back({std::move(ref), state});
  }
  return deferred;
}

std::size_t Lane::bytes_max() const { return std::min(window_bytes_, memory_.lane_share()); }

/// While older tasks wait in the table, fresh ones get half of the window and no more.
bool Lane::fresh_fits() const {
  const auto& fresh = window_.share(Origin::Fresh);
  const auto bytes = bytes_max();
  const bool fits = window_.tasks() < window_tasks_ && window_.bytes() < bytes;
  if (!backlog_.has_untried()) return fits || window_.tasks() == 0;
  return fresh.tasks == 0 || (fits && fresh.tasks < window_tasks_ / 2 && fresh.bytes < bytes / 2);
}

/// Loaded tasks get half of the window, and always one entry, so that nothing waits for ever.
bool Lane::may_load() const {
  const auto& loaded = window_.share(Origin::Loaded);
  if (loaded.tasks == 0) return true;
  const auto bytes = bytes_max();
  return loaded.tasks < window_tasks_ / 2 && loaded.bytes < bytes / 2 &&
         window_.tasks() < window_tasks_ && window_.bytes() < bytes;
}

bool Lane::owe(FreshRecord& record, const IndexRuns& indices) {
  const std::lock_guard lock(mutex_);
  const auto position = record.position();
  ledger_.add(position, record.events().published(), count_of(indices));
  if (!fresh_fits()) return false;
  window_.add({untried_key(position, indices), record.pinned(), record.events(), {}, indices},
              Origin::Fresh);
  notify_reader();
  return true;
}

void Lane::owe_row(log::Position position, base::TimePoint published, std::uint64_t tasks) {
  const std::lock_guard lock(mutex_);
  ledger_.add(position, published, tasks);
}

void Lane::forget(log::Position position, std::uint64_t tasks) {
  const std::lock_guard lock(mutex_);
  ledger_.remove(position, tasks);
}

std::optional<Window::Taken> Lane::take(const EntryRef& ref) {
  const std::lock_guard lock(mutex_);
  auto taken = window_.take(ref);
  if (!taken) return std::nullopt;
  ledger_.remove(ref.key.position, count_of(taken->indices));
  if (taken->finished && taken->had_row) backlog_.row_leaving(ref.key);
  ask_loader();
  return taken;
}

Row Lane::save_rest(const EntryKey& key) {
  const std::lock_guard lock(mutex_);
  return window_.save_entry(key);
}

void Lane::row_put(const EntryKey& key) {
  const std::lock_guard lock(mutex_);
  if (closed_) return;
  backlog_.row_put(key);
  ask_loader();
}

void Lane::row_erased(const EntryKey& key) {
  const std::lock_guard lock(mutex_);
  backlog_.row_erased(key);
}

std::uint64_t Lane::close() {
  const std::lock_guard lock(mutex_);
  const auto owed = ledger_.total();
  closed_ = true;
  if (reader_) reader_->attached = false;
  reader_.reset();
  window_.clear();
  backlog_ = Backlog();
  ledger_ = Ledger();
  return owed;
}

std::vector<Window::Unsaved> Lane::save(log::Position position,
                                        const std::optional<EntryKey>& after, std::size_t max) {
  const std::lock_guard lock(mutex_);
  return window_.save(position, after, max);
}

/// With the mutex held. The loader comes when rows wait for room and the window runs low, or when
/// something is due earlier than it knows.
void Lane::ask_loader() {
  if (visited_ || !reader_) return;
  const bool low = window_.share(Origin::Loaded).tasks <= window_tasks_ / 4;
  const bool wanted = (backlog_.has_untried() || starved_) && low && may_load();
  if (!wanted && backlog_.next_due() >= visit_due_) return;
  visited_ = true;
  wake_loader_(shared_from_this());
}

bool Lane::open_visit() {
  const std::lock_guard lock(mutex_);
  return !std::exchange(visited_, true);
}

void Lane::end_visit(base::TimePoint now) {
  visited_ = false;
  starved_ = backlog_.has_loadable(now);
  visit_due_ = backlog_.next_due();
}

std::optional<Lane::LoadPlan> Lane::begin_load(base::TimePoint now) {
  const std::lock_guard lock(mutex_);
  if (closed_ || !reader_ || !backlog_.has_loadable(now) || !may_load()) {
    end_visit(now);
    return std::nullopt;
  }
  const auto& loaded = window_.share(Origin::Loaded);
  const auto bytes = bytes_max();
  LoadPlan plan;
  plan.max_tasks =
      std::min(left_of(window_tasks_ / 2, loaded.tasks), left_of(window_tasks_, window_.tasks()));
  plan.max_bytes = std::min(left_of(bytes / 2, loaded.bytes), left_of(bytes, window_.bytes()));
  plan.scan = backlog_.begin_scan(now);
  return plan;
}

bool Lane::finish_load(const LoadPlan& plan, Backlog::Seen seen, std::vector<NewEntry> entries,
                       base::TimePoint now) {
  const std::lock_guard lock(mutex_);
  if (closed_) return false;
  for (auto& entry : entries) {
    if (window_.contains(entry.key) || backlog_.is_stale(entry.key)) continue;
    ++seen.loaded;
    window_.add(std::move(entry), Origin::Loaded);
  }
  backlog_.end_scan(plan.scan, seen);
  notify_reader();
  if (reader_ && backlog_.has_loadable(now) && may_load()) return true;
  end_visit(now);
  return false;
}

void Lane::abort_load() {
  const std::lock_guard lock(mutex_);
  backlog_.abort_scan();
  visited_ = false;
}

}  // namespace fanfare::queue
