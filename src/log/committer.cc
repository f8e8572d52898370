#include "log/committer.h"

#include <algorithm>
#include <asio/async_result.hpp>
#include <asio/post.hpp>
#include <asio/this_coro.hpp>
#include <utility>

#include "base/check.h"
#include "base/log.h"

namespace fanfare::log {
namespace {

constexpr std::chrono::milliseconds kLinger{
    10};  ///< how long a relaxed record may wait for company
constexpr std::chrono::seconds kHeldRetry{1};
constexpr std::chrono::microseconds kGatherMax{500};
constexpr std::uint64_t kGroupBytesMax = 16ull << 20;
constexpr std::size_t kGroupRecordsMax = 16384;

/// Small records are many: what holds them counts too.
std::uint64_t relaxed_cost(const std::string& payload) { return payload.size() + sizeof(Entry); }

base::Error closing_error() { return {base::Errc::Unavailable, "the log is closing", {}}; }

void resume_all(Entry* entry) {
  while (entry != nullptr) {
    Entry* const next = entry->next;  // the entry is gone once its waiter runs
    auto resume = std::move(entry->resume);
    resume();
    entry = next;
  }
}

}  // namespace

/// Hands an entry to the queue once its coroutine is suspended.
struct Committer::Enqueue {
  Committer* committer;
  Entry* entry;

  template <class Handler>
  void operator()(Handler&& handler) const {
    entry->resume = std::forward<Handler>(handler);
    committer->push_waiting(*entry);
  }
};

Committer::Committer(Store& store, CommitLimits limits)
    : store_(store), limits_(limits), next_(store.next()) {}

Committer::~Committer() { close(); }

void Committer::start(Position next, Guards guards, Apply apply) {
  FANFARE_CHECK(!started_);
  guards_ = std::move(guards);
  apply_ = std::move(apply);
  next_ = next;
  thread_ = std::thread([this] { run(); });
  started_ = true;
}

std::optional<base::Error> Committer::refuse(const Record& record) const {
  if (!started_) return base::Error{base::Errc::Unavailable, "the log has not been started", {}};
  if (inbox_.is_closing()) return closing_error();
  const auto bytes = record.payload->size();
  if (bytes > limits_.record_bytes_max) {
    return base::Error{base::Errc::TooLarge,
                       "a record of " + std::to_string(bytes) + " bytes; at most " +
                           std::to_string(limits_.record_bytes_max) + " are allowed",
                       {}};
  }
  return std::nullopt;
}

/// A record that alone is larger than the bound is taken when nothing else waits.
bool Committer::reserve_queue(std::uint64_t bytes) {
  const auto before = queued_bytes_.fetch_add(bytes, std::memory_order_relaxed);
  if (before == 0 || before + bytes <= limits_.queue_bytes_max) return true;
  queued_bytes_.fetch_sub(bytes, std::memory_order_relaxed);
  return false;
}

base::Async<base::Result<Position>> Committer::append(Record record) {
  if (auto error = refuse(record)) co_return std::move(*error);
  if (!reserve_queue(record.payload->size())) {
    co_return base::Error{base::Errc::Unavailable, "too much waits for the disk", {}};
  }
  Entry entry;
  entry.payload = std::move(record.payload);
  if (record.guard) {
    entry.aggregate = store_.aggregate_key(record.guard->aggregate);
    entry.expected = record.guard->expected;
  }
  store_.prepare(entry);
  const base::Executor executor = co_await asio::this_coro::executor;
  entry.executor = executor;
  const Enqueue enqueue{this, &entry};
  const asio::use_awaitable_t<base::Executor> token;
  co_await asio::async_initiate<const asio::use_awaitable_t<base::Executor>, void()>(enqueue,
                                                                                     token);
  if (entry.error) co_return std::move(*entry.error);
  co_return entry.position;
}

bool Committer::append_relaxed(Payload payload) {
  const auto bytes = relaxed_cost(*payload);
  const auto waiting = relaxed_bytes_.load(std::memory_order_relaxed);
  const bool room = waiting == 0 || waiting + bytes <= limits_.queue_bytes_max;
  if (!started_ || !room || payload->size() > limits_.record_bytes_max || store_.has_failed()) {
    return false;
  }
  auto* const entry = new Entry;
  entry->payload = std::move(payload);
  entry->relaxed = true;
  store_.prepare(*entry);
  relaxed_bytes_.fetch_add(bytes, std::memory_order_relaxed);
  if (inbox_.push(entry)) return true;
  relaxed_bytes_.fetch_sub(bytes, std::memory_order_relaxed);
  delete entry;
  return false;
}

void Committer::note_dropped() {
  if (relaxed_dropped_.fetch_add(1, std::memory_order_relaxed) > 0) return;
  base::log(base::LogLevel::Warn, "log",
            "relaxed records are given up; what they settled may be repeated after a restart");
}

void Committer::push_waiting(Entry& entry) {
  if (inbox_.push(&entry)) return;
  queued_bytes_.fetch_sub(entry.payload->size(), std::memory_order_relaxed);
  entry.error = closing_error();
  entry.next = nullptr;
  asio::post(*entry.executor, [head = &entry] { resume_all(head); });
}

Health Committer::health() const {
  if (inbox_.is_closing()) return {false, "closing"};
  return store_.health();
}

void Committer::close() {
  const std::lock_guard lock(close_mutex_);
  inbox_.begin_closing();
  if (thread_.joinable()) {
    thread_.join();
  } else if (!finished_) {
    store_.finish();  // opened, never started
  }
  finished_ = true;
}

void Committer::run() {
  for (;;) {
    take();
    if (pending_head_ == nullptr) {
      if (finish_if_closing()) return;
      inbox_.wait();
    } else if (should_linger()) {
      inbox_.wait_until(*wait_until_);
    } else {
      commit_group();
    }
  }
}

/// Moves what was pushed behind what is pending.
void Committer::take() {
  const auto batch = inbox_.take();
  if (batch.head == nullptr) return;
  if (pending_head_ == nullptr) {
    pending_head_ = batch.head;
  } else {
    pending_tail_->next = batch.head;
  }
  pending_tail_ = batch.tail;
  pending_urgent_ |= batch.urgent;
}

/// Relaxed records alone wait a moment for company, or longer for room on a full disk.
bool Committer::should_linger() {
  if (pending_urgent_ || inbox_.is_closing() || inbox_.retry_asked()) return false;
  if (!wait_until_) wait_until_ = Steady::now() + kLinger;
  return Steady::now() < *wait_until_;
}

bool Committer::finish_if_closing() {
  if (!inbox_.is_closing() || !inbox_.close_if_empty()) return false;
  store_.finish();
  return true;
}

/// Those who waited for the last group come back one after the other. Writing the first of them
/// alone would make the others wait for two syncs, so they get a short part of what a group takes.
/// Who comes alone finds nobody to wait for.
void Committer::gather_returning() {
  const auto until = Steady::now() + std::min<Steady::duration>(last_took_ / 4, kGatherMax);
  while (queued_bytes_.load(std::memory_order_relaxed) < last_bytes_ && Steady::now() < until) {
    std::this_thread::yield();
  }
  last_bytes_ = 0;
  take();
}

void Committer::commit_group() {
  if (last_bytes_ > 0 && pending_urgent_ && !inbox_.is_closing()) gather_returning();
  health_ = store_.health();
  left_ = 0;
  auto admitted = Admission::Done;
  while (pending_head_ != nullptr && admitted == Admission::Done) {
    Entry* const entry = pending_head_;
    pending_head_ = entry->next;
    admitted = admit(*entry);
    if (admitted != Admission::Done) pending_head_ = entry;  // still first in line
  }
  if (admitted == Admission::NoRoom) hold_relaxed();
  if (pending_head_ == nullptr) pending_tail_ = nullptr;
  if (pending_head_ == nullptr || admitted == Admission::NoRoom) pending_urgent_ = false;
  const bool taken_back = !group_.empty() && !write_group();
  wait_until_.reset();
  if (admitted == Admission::NoRoom || taken_back) wait_until_ = Steady::now() + kHeldRetry;
  wake_waiters();
}

/// Puts the entry into the group or ends it with an error (Done), or leaves it where it is.
Committer::Admission Committer::admit(Entry& entry) {
  if (!health_.writable && (!entry.relaxed || store_.has_failed())) {
    return end_with(entry, {base::Errc::Unavailable, health_.reason, {}});
  }
  if (group_.size() == kGroupRecordsMax) return Admission::GroupFull;
  const auto cost = store_.cost(entry);
  if (cost > left_ && !group_.empty()) return Admission::GroupFull;
  if (cost > left_) {
    auto room = store_.room(cost);
    if (!room) {
      health_ = store_.health();
      if (entry.relaxed && !store_.has_failed() && !inbox_.is_closing()) return Admission::NoRoom;
      return end_with(entry, std::move(room.error()));
    }
    left_ = std::max(cost, std::min(*room, kGroupBytesMax));
  }
  const Position position = next_.load(std::memory_order_relaxed) + group_.size();
  if (entry.aggregate) {
    if (!guards_.holds(*entry.aggregate, entry.expected, store_.first())) {
      return end_with(entry, {base::Errc::Conflict, "changed since it was read", {}});
    }
    guards_.note(*entry.aggregate, position);
  }
  entry.position = position;
  left_ -= cost;
  group_urgent_ |= !entry.relaxed;
  group_.push_back(&entry);
  return Admission::Done;
}

Committer::Admission Committer::end_with(Entry& entry, base::Error error) {
  entry.error = std::move(error);
  settle(&entry);
  return Admission::Done;
}

/// The disk is full: appends are refused at once, relaxed records stay in line.
void Committer::hold_relaxed() {
  Entry* entry = std::exchange(pending_head_, nullptr);
  pending_tail_ = nullptr;
  while (entry != nullptr) {
    Entry* const next = std::exchange(entry->next, nullptr);
    if (!entry->relaxed) {
      end_with(*entry, {base::Errc::Unavailable, health_.reason, {}});
    } else if (pending_tail_ == nullptr) {
      pending_head_ = pending_tail_ = entry;
    } else {
      pending_tail_ = pending_tail_->next = entry;
    }
    entry = next;
  }
}

/// False when relaxed records of the group found no space and wait again.
bool Committer::write_group() {
  const Sync sync = group_urgent_ ? limits_.sync : Sync::No;
  const auto begin = Steady::now();
  auto written = store_.write(group_, sync);
  if (!written) {
    guards_.undo();
    for (Entry* entry : group_) entry->error = written.error();
    if (!store_.has_failed() && !inbox_.is_closing()) take_back_relaxed();
  } else {
    for (const Entry* entry : group_) {
      // Whoever learns of a record by its application can read it.
      next_.store(entry->position + 1, std::memory_order_release);
      apply_(entry->position, entry->payload);
    }
    guards_.settle();
    guards_.forget_before(store_.first());
  }
  last_took_ = Steady::now() - begin;
  last_bytes_ = 0;
  if (sync == Sync::Yes && group_.size() > 1) {
    for (const Entry* entry : group_) last_bytes_ += entry->relaxed ? 0 : entry->payload->size();
  }
  for (Entry* entry : group_) settle(entry);
  group_.clear();
  group_urgent_ = false;
  return written || pending_head_ == nullptr || !pending_head_->relaxed;
}

/// Nothing of the group counts: its relaxed records stand first in line again.
void Committer::take_back_relaxed() {
  for (auto at = group_.rbegin(); at != group_.rend(); ++at) {
    Entry* const entry = *at;
    if (!entry->relaxed) continue;
    entry->error.reset();
    entry->next = pending_head_;
    if (pending_head_ == nullptr) pending_tail_ = entry;
    pending_head_ = entry;
  }
  std::erase_if(group_, [](const Entry* entry) { return entry->relaxed; });
}

/// The end of an entry: a relaxed one is forgotten, a waiter joins those of its executor.
void Committer::settle(Entry* entry) {
  const auto bytes = entry->payload->size();
  if (entry->relaxed) {
    relaxed_bytes_.fetch_sub(relaxed_cost(*entry->payload), std::memory_order_relaxed);
    if (entry->error) note_dropped();
    delete entry;
    return;
  }
  queued_bytes_.fetch_sub(bytes, std::memory_order_relaxed);
  entry->next = nullptr;
  for (auto& waiters : waiters_) {
    if (waiters.executor != *entry->executor) continue;
    waiters.tail = waiters.tail->next = entry;
    return;
  }
  waiters_.push_back({*entry->executor, entry, entry});
}

void Committer::wake_waiters() {
  for (auto& waiters : waiters_) {
    asio::post(waiters.executor, [head = waiters.head] { resume_all(head); });
  }
  waiters_.clear();
}

}  // namespace fanfare::log
