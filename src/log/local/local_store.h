#pragma once
/// The local engine: records in own segment files, durable by group. docs/formats/log.md has the
/// bytes and the rules of recovery.
#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "base/result.h"
#include "log/local/disk.h"
#include "log/local/examine.h"
#include "log/local/group_frames.h"
#include "log/local/keeper.h"
#include "log/local/mark.h"
#include "log/local/reader.h"
#include "log/local/segment_file.h"
#include "log/local/segments.h"
#include "log/open.h"
#include "log/store.h"

namespace fanfare::log {

struct LocalOptions {
  Options log;
  std::uint64_t verify_bytes = 4ull << 30;  ///< the newest so many are verified at start
  std::chrono::milliseconds mark_interval{1000};
  std::chrono::milliseconds retry_interval{1000};
};

class LocalStore final : public Store {
 public:
  /// Makes the folder or recovers what it holds. Errors: Unavailable (locked, disk), Corrupt,
  /// InvalidArgument (newer format, options that do not fit).
  static base::Result<std::unique_ptr<LocalStore>> open(Disk& disk, const LocalOptions& options);

  ~LocalStore() override;

  base::Result<Guards> replay(Position from, const Apply& apply) override;
  void prepare(Entry& entry) const override;
  AggregateKey aggregate_key(const std::string& aggregate) const override;
  std::uint64_t cost(const Entry& entry) const override { return room_of(entry); }
  base::Result<std::uint64_t> room(std::uint64_t bytes) override;
  base::Result<void> write(const std::vector<Entry*>& group, Sync sync) override;
  void finish() override;
  base::Result<Payload> read(Position position) override { return reader_.read(position); }
  Position first() const override { return segments_.first(); }
  Position next() const override { return next_.load(std::memory_order_acquire); }
  void trim(Position before) override;
  std::uint64_t size_bytes() const override;
  Health health() const override;
  bool has_failed() const override { return failed_.load(std::memory_order_acquire); }
  void yield_reserve() override { keeper_->yield_reserve(); }
  void on_room(std::function<void()> call) override;

 private:
  LocalStore(Disk& disk, const LocalOptions& options, std::unique_ptr<FolderLock> lock);

  // Opening.
  base::Result<void> found_store();
  base::Result<void> recover(Findings& found);
  base::Result<void> settle(const Findings& found);
  base::Result<void> go_on(Findings& found);
  base::Result<std::shared_ptr<SegmentFile>> adopt(const SegmentFacts& facts);
  base::Result<std::shared_ptr<SegmentFile>> make_segment(std::uint64_t number);
  void activate(std::shared_ptr<SegmentFile> file, Segment segment);
  void start_keeper(std::uint64_t next_number, std::vector<std::shared_ptr<SegmentFile>> prepared);
  void keep_guards(const std::vector<SegmentFacts>& segments);

  // Writing; the committer's thread.
  base::Result<void> roll(std::shared_ptr<SegmentFile> next);
  base::Result<void> put();
  void publish(const std::vector<Entry*>& group);

  base::Result<void> sync_file(SegmentFile& file, Position through);
  void make_durable();
  void tell_room();
  void fail(const base::Error& error);
  base::Error failure() const;

  Disk& disk_;
  const LocalOptions options_;
  std::unique_ptr<FolderLock> lock_;
  StoreId store_;
  std::uint64_t payload_seed_ = 0;
  std::unique_ptr<Mark> mark_;
  std::unique_ptr<Keeper> keeper_;
  Segments segments_;
  Reader reader_{disk_, segments_};
  Guards recovered_guards_;

  mutable std::mutex mutex_;
  std::shared_ptr<SegmentFile> active_;  ///< holds what next_ says; changed together
  std::string failure_reason_;
  std::function<void()> on_room_;

  std::atomic<Position> next_{1};
  std::atomic<Position> durable_{0};  ///< synced up to here
  std::atomic<bool> failed_{false};

  std::mutex trim_mutex_;  ///< trims are handed to the keeper in their order
  /// One sync at a time: an error is reported once for a file, and must not be somebody else's.
  std::mutex sync_mutex_;

  // The committer's thread.
  WriteEnd end_;
  std::vector<GuardEntry> guards_;  ///< of the segment that is written
  GroupFrames frames_;
};

}  // namespace fanfare::log
