#include "queue/checkpointer.h"

#include <algorithm>
#include <asio/post.hpp>
#include <limits>
#include <thread>
#include <utility>

#include "queue/pending_table.h"

namespace fanfare::queue {

namespace {

constexpr std::size_t kRowsPerStep = 256;  // written while the log's thread may wait
constexpr base::Duration kRetryAfter = base::seconds(1);
constexpr std::uint64_t kRecordsMax = 200'000;  // bounds the replay when records are small

}  // namespace

Checkpointer::Checkpointer(log::Log& log, view::Records& records, base::Clock& clock, Lanes& lanes,
                           ViewWriter& writer, HealthBoard& health, std::mutex& order,
                           QueueOptions options, base::Executor executor)
    : log_(log),
      records_(records),
      clock_(clock),
      lanes_(lanes),
      writer_(writer),
      health_(health),
      order_(order),
      options_(options),
      executor_(executor),
      tasks_(executor),
      history_(options.history_bytes) {}

void Checkpointer::applied(log::Position position, std::uint64_t bytes, Applier::Kind kind) {
  history_.add(position, bytes);
  if (kind != Applier::Kind::Mark) durable_ = position;
  if (kind == Applier::Kind::Checkpoint) return;
  bytes_since_ += bytes;
  ++records_since_;
  if (!running_by_itself_ || stopped_) return;
  const bool full = bytes_since_ >= options_.checkpoint_bytes || records_since_ >= kRecordsMax;
  if (full && !std::exchange(asked_, true)) {
    asio::post(executor_, [this] { request(nullptr); });
  }
  if (writer_.is_behind()) {
    if (!std::exchange(hurry_asked_, true)) {
      asio::post(executor_, [this] { set_alarm(kRetryAfter); });
    }
  } else if (!std::exchange(alarm_asked_, true)) {
    asio::post(executor_, [this] { set_alarm(options_.checkpoint_interval); });
  }
}

void Checkpointer::set_alarm(base::Duration wait) {
  if (stopped_) return;
  alarm_ = clock_.alarm(clock_.now() + wait, executor_, [this] { request(nullptr); });
}

base::Result<void> Checkpointer::run() {
  auto waiter = std::make_shared<Waiter>();
  auto done = waiter->get_future();
  asio::post(executor_, [this, waiter] { request(waiter); });
  return done.get();
}

void Checkpointer::stop() {
  stopped_ = true;
  base::run_on(executor_, [this] { alarm_.reset(); });
}

void Checkpointer::request(std::shared_ptr<Waiter> waiter) {
  if (!waiter && stopped_) return;
  requested_ = true;
  if (waiter) waiters_.push_back(std::move(waiter));
  if (std::exchange(serving_, true)) return;
  tasks_.spawn("checkpoint", serve());
}

base::Async<void> Checkpointer::serve() {
  while (requested_) {
    requested_ = false;
    const auto waiters = std::exchange(waiters_, {});
    if (waiters.empty() && !is_due()) continue;
    const auto done = co_await checkpoint();
    if (done) {
      health_.recover(HealthBoard::Part::Checkpoint);
    } else {
      health_.fail(HealthBoard::Part::Checkpoint, done.error().message);
    }
    failed_ = !done;
    for (const auto& waiter : waiters) waiter->set_value(done);
    if (failed_ && running_by_itself_) set_alarm(kRetryAfter);
  }
  serving_ = false;
}

bool Checkpointer::is_due() const {
  const std::lock_guard lock(order_);
  return failed_ || records_since_ > 0;
}

/// A full disk may refuse the record; then what the last commit made durable is as good.
base::Async<base::Result<void>> Checkpointer::checkpoint() {
  {
    const std::lock_guard lock(order_);
    bytes_since_ = records_since_ = 0;
    asked_ = alarm_asked_ = hurry_asked_ = false;
  }
  log::Record record{encode_checkpoint(clock_.now()), std::nullopt};
  auto appended = co_await log_.append(std::move(record));
  log::Position position = 0;
  if (appended) {
    position = *appended;
  } else {
    const std::lock_guard lock(order_);
    position = durable_;
  }
  if (position <= records_.applied()) co_return appended.error();
  const auto needed = oldest_needed();
  auto saved = save_and_flush(position);
  if (!saved && saved.error().code == base::Errc::Unavailable) {
    log_.yield_reserve();  // does nothing unless the disk is full
    saved = save_and_flush(position);
  }
  if (!saved) co_return saved.error();
  trim(std::min(position + 1, needed));
  co_return base::Result<void>();
}

base::Result<void> Checkpointer::save_and_flush(log::Position position) {
  auto saved = save_up_to(position);
  if (!saved) saved = write_after_flush();
  if (!saved) return saved;
  return records_.flush(position);
}

base::Result<void> Checkpointer::save_up_to(log::Position position) {
  for (const auto& lane : lanes_.all()) {
    std::optional<EntryKey> last;
    for (;; std::this_thread::yield()) {
      const std::lock_guard lock(order_);
      const auto unsaved = lane->save(position, last, kRowsPerStep);
      if (unsaved.empty()) break;
      ViewWrite rows;
      for (const auto& [key, row] : unsaved)
        rows.batch.put(row_key(lane->id(), key), encode_row(row));
      writer_.write(std::move(rows));
      last = unsaved.back().key;
    }
  }
  const std::lock_guard lock(order_);
  return writer_.catch_up();
}

/// A view that stopped when its disk was full takes writes again only after a flush. What else has
/// been written becomes durable early, which does no harm.
base::Result<void> Checkpointer::write_after_flush() {
  if (auto flushed = records_.flush(records_.applied()); !flushed) return flushed;
  const std::lock_guard lock(order_);
  return writer_.catch_up();
}

/// Taken before the rows are saved: what is settled afterwards may still have a row in the flushed
/// view, and its mark may be lost with the power.
log::Position Checkpointer::oldest_needed() const {
  auto oldest = std::numeric_limits<log::Position>::max();
  for (const auto& lane : lanes_.all()) oldest = std::min(oldest, lane->oldest_position());
  const std::lock_guard lock(order_);
  return std::min(oldest, history_.position());
}

void Checkpointer::trim(log::Position before) {
  log_.trim(before);
  ViewWrite marks;
  for (const auto id : lanes_.forget_closed_before(log_.first())) marks.batch.erase(closed_key(id));
  const std::lock_guard lock(order_);
  writer_.write(std::move(marks));
}

}  // namespace fanfare::queue
