#pragma once
/// The slow work beside the writer, on one thread: the next segment is made before it is needed,
/// zeros are written ahead, the mark follows, trimmed files are removed, and room is kept back for
/// the day when the disk is full.
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "base/result.h"
#include "log/local/disk.h"
#include "log/local/format.h"
#include "log/local/mark.h"
#include "log/local/segment_file.h"
#include "log/log.h"

namespace fanfare::log {

/// The file that holds room on the disk for what must still be written when it is full.
inline constexpr const char* kReserveName = "reserve";

struct KeeperOptions {
  std::filesystem::path folder;
  std::uint64_t segment_bytes = 0;
  std::uint64_t reserve_bytes = 0;  ///< 0: no reserve
  std::chrono::milliseconds mark_interval{1000};
  std::chrono::milliseconds retry_interval{1000};  ///< while the disk is full
};

class Keeper {
 public:
  struct Hooks {
    std::function<void()> make_durable;       ///< syncs what is not, moves the mark
    std::function<void(base::Error)> failed;  ///< a sync failed: the log must stop
    std::function<void()> room;               ///< the disk has room again
  };

  Keeper(Disk& disk, KeeperOptions options, Mark& mark, std::uint64_t next_number);
  ~Keeper();

  /// `prepared` are the empty segments that recovery found.
  void start(Hooks hooks, std::vector<std::shared_ptr<SegmentFile>> prepared);
  void stop();

  /// The next segment; waits while it is being made. Errors: Unavailable (no space).
  base::Result<std::shared_ptr<SegmentFile>> take_next();

  /// Something was written: the mark is due within its interval. Cheap.
  void progress();

  /// These files, oldest first, are no longer needed; the log begins with `first_segment` now.
  void drop(std::vector<std::filesystem::path> paths, std::uint64_t first_segment,
            Position first_position);

  /// A write found no space.
  void report_full(std::string reason);

  /// See Log::yield_reserve.
  void yield_reserve();

  /// Whether there is a next segment, and the reserve behind it.
  Health health() const;

  std::uint64_t bytes_kept_back() const;

 private:
  using Steady = std::chrono::steady_clock;
  using Lock = std::unique_lock<std::mutex>;

  void run();
  bool work(Lock& lock);
  void wait(Lock& lock);
  bool space_due() const;
  void yield(Lock& lock);
  void make_space(Lock& lock);
  base::Result<void> make_reserve();
  base::Result<std::shared_ptr<SegmentFile>> make_segment();
  bool may_have_room(bool with_segment);
  void enter_full(const std::string& reason);
  void leave_full(Lock& lock);
  void release_reserve();
  void remove_dropped(Lock& lock);
  void remove_file(const std::filesystem::path& path);

  struct Drop {
    std::vector<std::filesystem::path> paths;
    std::uint64_t first_segment = 0;
    Position first_position = 0;
  };

  Disk& disk_;
  const KeeperOptions options_;
  Mark& mark_;
  Hooks hooks_;
  std::thread thread_;
  std::unique_ptr<File> reserve_;  ///< the thread's; held while it has its size
  std::filesystem::path spare_;    ///< the thread's: a trimmed file that may be used again
  std::uint64_t next_number_;      ///< the thread's, once started

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  bool stopping_ = false;
  std::vector<std::shared_ptr<SegmentFile>> prepared_;
  bool wanted_ = false;  ///< the writer waits for a segment
  std::uint64_t attempts_ = 0;
  bool reserved_ = false;
  bool yield_asked_ = false;
  std::optional<std::string> full_;  ///< why appends are refused
  Steady::time_point retry_at_{};
  std::optional<Steady::time_point> mark_due_;
  std::vector<Drop> dropped_;
  Steady::time_point drop_at_{};
  std::atomic<bool> mark_pending_{false};
};

}  // namespace fanfare::log
