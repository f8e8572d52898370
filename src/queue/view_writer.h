#pragma once
/// Writes to the view in the order in which the lanes changed. What the view refuses (disk full)
/// waits here and is tried again, in order; nothing is flushed past it, so a restart has it from
/// the log.
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

/// Callers hold the queue's order lock.
class ViewWriter {
 public:
  ViewWriter(view::Records& records, const base::Clock& clock, HealthBoard& health)
      : records_(records), clock_(clock), health_(health) {}

  void write(ViewWrite change);

  /// Tries what waits. Errors: the view's.
  base::Result<void> catch_up();

 private:
  base::Result<void> perform(const ViewWrite& change);

  view::Records& records_;
  const base::Clock& clock_;
  HealthBoard& health_;
  std::deque<ViewWrite> waiting_;
  base::TimePoint next_try_{};
};

}  // namespace fanfare::queue
