#include "queue/view_writer.h"

#include "queue/pending_table.h"

namespace fanfare::queue {

namespace {

constexpr base::Duration kRetryEvery = base::seconds(1);

constexpr std::size_t kChangeBytes = 128;  ///< what holds a change, besides its key and value

std::size_t bytes_of(const ViewWrite& write) {
  std::size_t bytes = kChangeBytes * (1 + write.closed_lanes.size());
  for (const auto& change : write.batch.changes()) {
    bytes += kChangeBytes + change.key.size() + (change.value ? change.value->size() : 0);
  }
  return bytes;
}

std::string end_of_lane(SubscriptionId id) { return lane_prefix(id) + std::string(24, '\xff'); }

}  // namespace

void ViewWrite::put_row(std::shared_ptr<Lane> lane, const EntryKey& key, const Row& row) {
  batch.put(row_key(lane->id(), key), encode_row(row));
  put.emplace_back(std::move(lane), key);
}

void ViewWrite::erase_row(std::shared_ptr<Lane> lane, const EntryKey& key) {
  batch.erase(row_key(lane->id(), key));
  erased.emplace_back(std::move(lane), key);
}

void ViewWriter::write(ViewWrite change) {
  if (change.empty()) return;
  if (waiting_.empty() && perform(change)) return finish(change);
  const auto bytes = bytes_of(change);
  waiting_bytes_.fetch_add(bytes, std::memory_order_relaxed);
  waiting_.push_back({std::move(change), bytes});
  if (waiting_.size() > 1 && clock_.now() < next_try_) return;
  static_cast<void>(catch_up().has_value());
}

base::Result<void> ViewWriter::catch_up() {
  while (!waiting_.empty()) {
    const auto& [change, bytes] = waiting_.front();
    if (auto done = perform(change); !done) {
      next_try_ = clock_.now() + kRetryEvery;
      health_.fail(HealthBoard::Part::Writing, done.error().message);
      return done;
    }
    finish(change);
    waiting_bytes_.fetch_sub(bytes, std::memory_order_relaxed);
    waiting_.pop_front();
    if (waiting_.empty()) health_.recover(HealthBoard::Part::Writing);
  }
  return {};
}

void ViewWriter::finish(const ViewWrite& change) {
  for (const auto& [lane, key] : change.erased) lane->row_erased(key);
  for (const auto& [lane, key] : change.put) lane->row_put(key);
}

base::Result<void> ViewWriter::perform(const ViewWrite& change) {
  if (!change.batch.empty()) {
    if (auto written = records_.write(change.batch); !written) return written;
  }
  for (const auto id : change.closed_lanes) {
    if (auto erased = records_.erase_range(lane_prefix(id), end_of_lane(id)); !erased) {
      return erased;
    }
  }
  return {};
}

}  // namespace fanfare::queue
