#pragma once
/// Writes to the view in the order in which the lanes changed. What the view refuses (disk full)
/// waits here and is tried again, in order; nothing is flushed past it, so a restart has it from
/// the log. It cannot be refused, as it is durable in the log already: whoever makes more of it
/// looks at is_overloaded() first.
#include <atomic>
#include <deque>
#include <memory>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "queue/health_board.h"
#include "queue/lane.h"
#include "view/records.h"

namespace fanfare::queue {

/// Changes of one step, and the lanes to tell once they are made.
struct ViewWrite {
  view::Batch batch;
  std::vector<SubscriptionId> closed_lanes;  ///< all rows go
  std::vector<std::pair<std::shared_ptr<Lane>, EntryKey>> put;
  std::vector<std::pair<std::shared_ptr<Lane>, EntryKey>> erased;

  bool empty() const { return batch.empty() && closed_lanes.empty(); }
  void put_row(std::shared_ptr<Lane> lane, const EntryKey& key, const Row& row);
  void erase_row(std::shared_ptr<Lane> lane, const EntryKey& key);
};

/// Callers hold the queue's order lock, except where it says otherwise.
class ViewWriter {
 public:
  /// `waiting_bytes_max` bounds what waits, except for what is on its way when it is reached.
  ViewWriter(view::Records& records, const base::Clock& clock, HealthBoard& health,
             std::size_t waiting_bytes_max)
      : records_(records), clock_(clock), health_(health), waiting_bytes_max_(waiting_bytes_max) {}

  void write(ViewWrite change);

  /// Tries what waits. Errors: the view's.
  base::Result<void> catch_up();

  bool is_behind() const { return !waiting_.empty(); }

  /// True while as much waits as may. Any thread, without the lock.
  bool is_overloaded() const {
    return waiting_bytes_.load(std::memory_order_relaxed) >= waiting_bytes_max_;
  }

 private:
  struct Waiting {
    ViewWrite change;
    std::size_t bytes = 0;
  };
  base::Result<void> perform(const ViewWrite& change);
  static void finish(const ViewWrite& change);

  view::Records& records_;
  const base::Clock& clock_;
  HealthBoard& health_;
  const std::size_t waiting_bytes_max_;
  std::atomic<std::size_t> waiting_bytes_{0};
  std::deque<Waiting> waiting_;
  base::TimePoint next_try_{};
};

}  // namespace fanfare::queue
