#pragma once
/// A log and a view whose durable part outlives them, so that a test can drop a queue at any moment
/// and open the next one on what a crash would have left.
#include <atomic>
#include <map>
#include <memory>
#include <mutex>
#include <vector>

#include "log/log.h"
#include "view/memory/memory_records.h"
#include "view/records.h"

namespace fanfare::queue::testing {

/// What is on the log's disk.
struct LogDisk {
  struct Stored {
    log::Payload payload;
    bool relaxed = false;
  };
  std::map<log::Position, Stored> records;
  log::Position next = 1;

  /// A power cut takes relaxed records behind the last acknowledged one; at most `lose` of them.
  std::vector<log::Payload> lose_relaxed_tail(std::size_t lose) {
    std::vector<log::Payload> lost;
    while (lost.size() < lose && !records.empty() && records.rbegin()->second.relaxed) {
      lost.push_back(records.rbegin()->second.payload);
      records.erase(std::prev(records.end()));
      --next;
    }
    return lost;
  }
};

/// Applies on the caller's thread, before the append returns.
class FakeLog final : public log::Log {
 public:
  explicit FakeLog(std::shared_ptr<LogDisk> disk) : disk_(std::move(disk)), next_(disk_->next) {}

  base::Result<void> start(log::Position from, log::Apply apply) override {
    const std::lock_guard lock(mutex_);
    apply_ = std::move(apply);
    for (auto at = disk_->records.lower_bound(from); at != disk_->records.end(); ++at) {
      apply_(at->first, at->second.payload);
    }
    return {};
  }

  base::Async<base::Result<log::Position>> append(log::Record record) override {
    if (fail_appends) co_return base::Error{base::Errc::Unavailable, "the disk is full", {}};
    co_return push(std::move(record.payload), false);
  }

  bool append_relaxed(log::Payload payload) override {
    if (refuse_relaxed) return false;
    if (!hold_relaxed) {
      push(std::move(payload), true);
      return true;
    }
    const std::lock_guard lock(mutex_);
    held_.push_back(std::move(payload));
    return true;
  }

  /// Writes what was held back.
  void release_held() {
    hold_relaxed = false;
    std::vector<log::Payload> held;
    {
      const std::lock_guard lock(mutex_);
      held.swap(held_);
    }
    for (auto& payload : held) push(std::move(payload), true);
  }

  base::Result<log::Payload> read(log::Position position) override {
    const std::lock_guard lock(mutex_);
    ++reads;
    if (damaged_position == position) return base::Error{base::Errc::Corrupt, "damaged", {}};
    const auto found = disk_->records.find(position);
    if (found == disk_->records.end()) return base::Error{base::Errc::NotFound, "none", {}};
    return std::make_shared<const std::string>(*found->second.payload);
  }

  log::Position first() const override {
    const std::lock_guard lock(mutex_);
    return disk_->records.empty() ? disk_->next : disk_->records.begin()->first;
  }
  log::Position next() const override { return next_; }
  void trim(log::Position before) override {
    const std::lock_guard lock(mutex_);
    disk_->records.erase(disk_->records.begin(), disk_->records.lower_bound(before));
  }
  std::uint64_t size_bytes() const override { return 0; }
  log::Health health() const override { return {}; }
  void yield_reserve() override { ++yielded; }
  void close() override {}

  std::atomic<bool> fail_appends{false};
  std::atomic<bool> hold_relaxed{false};
  std::atomic<bool> refuse_relaxed{false};
  std::atomic<int> yielded{0};
  std::atomic<log::Position> damaged_position{0};
  std::atomic<std::uint64_t> reads{0};

 private:
  log::Position push(log::Payload payload, bool relaxed) {
    const std::lock_guard lock(mutex_);
    const auto position = disk_->next++;
    disk_->records[position] = {payload, relaxed};
    if (apply_) apply_(position, payload);
    next_ = disk_->next;
    return position;
  }

  std::shared_ptr<LogDisk> disk_;
  mutable std::mutex mutex_;
  log::Apply apply_;
  std::vector<log::Payload> held_;
  std::atomic<log::Position> next_;
};

/// What is on the view's disk: the state at the last flush, and the changes since, of which a crash
/// may keep any first part.
struct ViewDisk {
  struct Change {
    view::Batch batch;
    std::string erase_from;
    std::string erase_to;
  };
  std::map<std::string, std::string> flushed;
  std::uint64_t applied = 0;
  std::vector<Change> since;
};

class FakeRecords final : public view::Records {
 public:
  /// Opens what a crash left when the first `kept` changes behind the last flush had reached the
  /// disk.
  FakeRecords(std::shared_ptr<ViewDisk> disk, std::size_t kept) : disk_(std::move(disk)) {
    disk_->since.resize(std::min(kept, disk_->since.size()));
    for (const auto& change : disk_->since) make_durable(change);
    disk_->since.clear();
    view::Batch all;
    for (const auto& [key, value] : disk_->flushed) all.put(key, value);
    static_cast<void>(current_.write(all).has_value());
  }

  base::Result<void> write(const view::Batch& batch) override {
    ++writes;
    if (fail_writes || stopped)
      return base::Error{base::Errc::Unavailable, "no space left on device", {}};
    const std::lock_guard lock(mutex_);
    disk_->since.push_back({batch, {}, {}});
    return current_.write(batch);
  }
  base::Result<std::optional<std::string>> get(std::string_view key) const override {
    return current_.get(key);
  }
  base::Result<void> scan(
      std::string_view prefix, std::string_view from,
      const std::function<bool(std::string_view, std::string_view)>& visit) const override {
    ++scans;
    return current_.scan(prefix, from, [&](std::string_view key, std::string_view value) {
      ++rows_scanned;
      return visit(key, value);
    });
  }
  base::Result<void> erase_range(std::string_view from, std::string_view to) override {
    const std::lock_guard lock(mutex_);
    disk_->since.push_back({{}, std::string(from), std::string(to)});
    return current_.erase_range(from, to);
  }
  std::uint64_t applied() const override {
    const std::lock_guard lock(mutex_);
    return disk_->applied;
  }
  base::Result<void> flush(std::uint64_t applied) override {
    if (fail_flush) return base::Error{base::Errc::Unavailable, "no space left on device", {}};
    const std::lock_guard lock(mutex_);
    for (const auto& change : disk_->since) make_durable(change);
    disk_->since.clear();
    disk_->applied = applied;
    stopped = false;
    return {};
  }
  std::uint64_t size_bytes() const override { return current_.size_bytes(); }

  std::atomic<bool> fail_writes{false};
  std::atomic<bool> fail_flush{false};
  std::atomic<bool> stopped{false};  ///< takes no writes until it has been flushed
  std::atomic<std::uint64_t> writes{0};
  mutable std::atomic<std::uint64_t> scans{0};
  mutable std::atomic<std::uint64_t> rows_scanned{0};

 private:
  void make_durable(const ViewDisk::Change& change) {
    for (const auto& c : change.batch.changes()) {
      if (c.value) {
        disk_->flushed[c.key] = *c.value;
      } else {
        disk_->flushed.erase(c.key);
      }
    }
    if (change.erase_from.empty()) return;
    disk_->flushed.erase(disk_->flushed.lower_bound(change.erase_from),
                         disk_->flushed.lower_bound(change.erase_to));
  }

  std::shared_ptr<ViewDisk> disk_;
  mutable std::mutex mutex_;
  view::MemoryRecords current_;
};

}  // namespace fanfare::queue::testing
