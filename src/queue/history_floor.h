#pragma once
/// From which position on the newest `bytes` of the log lie: how far history may be trimmed.
/// Not thread-safe.
#include <cstdint>
#include <deque>

#include "log/log.h"

namespace fanfare::queue {

class HistoryFloor {
 public:
  explicit HistoryFloor(std::uint64_t bytes) : bytes_(bytes) {}

  void add(log::Position position, std::uint64_t bytes);

  /// Records before it may go; 0 until enough has been added.
  log::Position position() const { return floor_; }

 private:
  struct Mark {
    log::Position position;
    std::uint64_t before;  ///< bytes added before it
  };
  std::uint64_t bytes_;
  std::uint64_t total_ = 0;
  std::deque<Mark> marks_;
  log::Position floor_ = 0;
};

}  // namespace fanfare::queue
