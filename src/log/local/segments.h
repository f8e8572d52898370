#pragma once
/// The segments that the log consists of, as its readers need them: where a record lies, what a
/// trim may drop.
#include <atomic>
#include <cstdint>
#include <deque>
#include <filesystem>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

#include "log/local/format.h"
#include "log/log.h"

namespace fanfare::log {

struct Segment {
  std::filesystem::path path;
  SegmentHeader header;
  Position base = 0;  ///< 0: no record yet
  Position next = 0;
  std::uint64_t end = kSegmentHeaderBytes;  ///< where the next frame goes
  std::vector<IndexEntry> index;
};

/// Where to begin to look for a record.
struct Place {
  std::filesystem::path path;
  SegmentHeader header;
  std::uint64_t offset = 0;
  std::uint64_t end = 0;
};

/// Thread-safe, but for what says that it is the writer's.
class Segments {
 public:
  Position first() const { return first_.load(std::memory_order_acquire); }
  void begin_at(Position first) { first_ = first; }

  /// The writer's: from now on `segment` is the one that is written to.
  void add(Segment segment);
  /// The writer's: the one that is written to.
  const Segment& active() const { return *active_; }
  /// The writer's: records up to before `next` were written, up to the offset `end`.
  void extend(Position base, Position next, std::uint64_t end,
              const std::vector<IndexEntry>& index);

  std::optional<Place> place_of(Position position) const;
  std::uint64_t bytes() const;

  /// All of them, oldest first, while nobody writes.
  std::vector<std::shared_ptr<const Segment>> all() const;

  /// Whole segments that hold only records before `before`: no longer part of the log.
  struct Dropped {
    std::vector<std::filesystem::path> paths;  ///< oldest first
    std::uint64_t first_segment = 0;           ///< with which the log begins now
    Position first_position = 0;
  };
  std::optional<Dropped> trim(Position before);

 private:
  mutable std::mutex mutex_;
  std::deque<std::shared_ptr<Segment>> segments_;  ///< the last one is active
  std::shared_ptr<Segment> active_;                ///< the writer's
  std::atomic<Position> first_{1};
};

}  // namespace fanfare::log
