#pragma once
/// Counts the payload bytes that windows and leased tasks keep in memory, each record once.
#include <atomic>
#include <cstddef>
#include <memory>

#include "log/log.h"

namespace fanfare::queue {

/// Thread-safe. Pinned payloads may outlive the counter.
class PayloadMemory {
 public:
  explicit PayloadMemory(std::size_t bytes_max);

  /// The same bytes, counted until the last copy of the result is gone.
  log::Payload pin(const log::Payload& payload) const;

  std::size_t used() const { return used_->load(std::memory_order_relaxed); }

  /// How much one lane may hold now: a quarter of what is free, so that however many lanes hold
  /// all they may, a further one still finds room.
  std::size_t lane_share() const;

 private:
  std::size_t bytes_max_;
  std::shared_ptr<std::atomic<std::size_t>> used_;
};

}  // namespace fanfare::queue
