#pragma once
/// How many tasks a lane is owed, by stretches of the log: what bounds the trimming of it and tells
/// the age of the oldest. Not thread-safe.
#include <cstdint>
#include <map>

#include "base/time.h"
#include "log/log.h"

namespace fanfare::queue {

class Ledger {
 public:
  void add(log::Position position, base::TimePoint published, std::uint64_t tasks);
  void remove(log::Position position, std::uint64_t tasks);

  std::uint64_t total() const { return total_; }

  /// No task is older; the largest position when nothing is owed.
  log::Position oldest_position() const;
  /// Lower bound; epoch when nothing is owed.
  base::TimePoint oldest_published() const;

 private:
  struct Stretch {
    std::uint64_t tasks = 0;
    base::TimePoint published{};
  };
  std::map<log::Position, Stretch> stretches_;  // by position / kStretch
  std::uint64_t total_ = 0;
};

}  // namespace fanfare::queue
