#pragma once
/// The local engine: records in own segment files, durable by group. docs/formats/log.md has the
/// bytes and the rules of recovery.
#include <atomic>
#include <cstdint>
#include <deque>
#include <filesystem>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "base/result.h"
#include "log/local/disk.h"
#include "log/local/examine.h"
#include "log/local/format.h"
#include "log/local/keeper.h"
#include "log/local/mark.h"
#include "log/local/scan.h"
#include "log/local/segment_file.h"
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

  /// The largest payload that fits into a segment.
  static std::uint64_t payload_bytes_max(std::uint64_t segment_bytes);

  base::Result<Guards> replay(Position from, const Apply& apply) override;
  void prepare(Entry& entry) const override;
  AggregateKey aggregate_key(const std::string& aggregate) const override;
  std::uint64_t cost(const Entry& entry) const override;
  base::Result<std::uint64_t> room(std::uint64_t bytes) override;
  base::Result<void> write(const std::vector<Entry*>& group, Sync sync) override;
  void finish() override;
  base::Result<Payload> read(Position position) override;
  Position first() const override { return first_.load(std::memory_order_acquire); }
  Position next() const override { return next_.load(std::memory_order_acquire); }
  void trim(Position before) override;
  std::uint64_t size_bytes() const override;
  Health health() const override;
  bool has_failed() const override { return failed_.load(std::memory_order_acquire); }
  void yield_reserve() override { keeper_->yield_reserve(); }
  void on_room(std::function<void()> call) override;

 private:
  /// What readers need of a segment; guarded by mutex_.
  struct Segment {
    std::filesystem::path path;
    SegmentHeader header;
    Position base = 0;  ///< 0: no record yet
    Position next = 0;
    std::uint64_t end = kSegmentHeaderBytes;
    std::vector<IndexEntry> index;
  };

  LocalStore(Disk& disk, const LocalOptions& options, std::unique_ptr<FolderLock> lock);

  // Opening.
  base::Result<void> found_store();
  base::Result<void> recover(Findings& found);
  base::Result<void> confirm();
  void drop_misfits(Findings& found) const;
  base::Result<void> remove_leftovers(const Findings& found);
  base::Result<void> settle_tail(const SegmentFacts& last, Position durable);
  base::Result<std::shared_ptr<SegmentFile>> adopt(const SegmentFacts& facts);
  base::Result<std::shared_ptr<SegmentFile>> make_segment(std::uint64_t number);
  void activate(std::shared_ptr<SegmentFile> file, Segment segment);
  void start_keeper(std::uint64_t next_number, std::vector<std::shared_ptr<SegmentFile>> prepared);
  void keep_guards(std::vector<SegmentFacts>& segments);

  // Writing; the committer's thread.
  std::uint64_t room_left() const;
  base::Result<void> roll(std::shared_ptr<SegmentFile> next);
  std::uint64_t gather(const std::vector<Entry*>& group);
  void gather_one(const Entry& entry);
  base::Result<void> put();
  void publish(const std::vector<Entry*>& group, std::uint64_t bytes);

  base::Result<void> sync_file(SegmentFile& file, Position through);
  void make_durable();
  void tell_room();
  void fail(const base::Error& error);
  base::Error failure() const;

  // Reading.
  struct Place {
    std::filesystem::path path;
    SegmentHeader header;
    std::uint64_t offset = 0;
    std::uint64_t end = 0;
  };
  std::optional<Place> place_of(Position position) const;
  base::Result<Payload> read_at(const Place& place, Position position);
  base::Result<void> replay_segment(const Segment& segment, Position from, const Apply& apply);

  Disk& disk_;
  const LocalOptions options_;
  std::unique_ptr<FolderLock> lock_;
  StoreId store_;
  std::uint64_t payload_seed_ = 0;
  std::unique_ptr<Mark> mark_;
  std::unique_ptr<Keeper> keeper_;
  mutable std::mutex mutex_;
  std::deque<std::shared_ptr<Segment>> segments_;  ///< the last one is written to
  std::shared_ptr<SegmentFile> active_;
  std::string failure_reason_;
  std::function<void()> on_room_;

  std::atomic<Position> first_{1};
  std::atomic<Position> next_{1};
  std::atomic<Position> durable_{0};  ///< synced up to here
  std::atomic<bool> failed_{false};

  /// One sync at a time: an error is reported once for a file, and must not be somebody else's.
  std::mutex sync_mutex_;

  // The committer's thread.
  std::shared_ptr<Segment> writing_;  ///< segments_.back()
  std::uint64_t end_ = kSegmentHeaderBytes;
  std::uint64_t link_ = 0;
  std::vector<GuardEntry> guards_;  ///< of the segment that is written
  std::vector<IndexEntry> new_index_;
  std::string scratch_;
  std::vector<iovec> pieces_;

  Guards recovered_guards_;

  // Readers: what the last one read, as the next often wants what follows.
  std::mutex read_mutex_;
  std::uint64_t read_number_ = 0;
  std::unique_ptr<File> read_file_;
  Window read_window_{64 * 1024};
};

}  // namespace fanfare::log
