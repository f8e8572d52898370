#include "queue/view_writer.h"

#include "queue/pending_table.h"

namespace fanfare::queue {

namespace {

constexpr base::Duration kRetryEvery = base::seconds(1);

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
  waiting_.push_back(std::move(change));
  if (waiting_.size() > 1 && clock_.now() < next_try_) return;
  static_cast<void>(catch_up().has_value());
}

base::Result<void> ViewWriter::catch_up() {
  while (!waiting_.empty()) {
    if (auto done = perform(waiting_.front()); !done) {
      next_try_ = clock_.now() + kRetryEvery;
      health_.fail(HealthBoard::Part::Writing, done.error().message);
      return done;
    }
    for (const auto& [lane, key] : waiting_.front().erased) lane->row_erased(key);
    for (const auto& [lane, key] : waiting_.front().put) lane->row_put(key);
    waiting_.pop_front();
    if (waiting_.empty()) health_.recover(HealthBoard::Part::Writing);
  }
  return {};
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
