#pragma once
/// The lanes by subscription, and the marks of those that were closed. Thread-safe.
#include <functional>
#include <map>
#include <memory>
#include <shared_mutex>
#include <unordered_map>
#include <vector>

#include "queue/lane.h"

namespace fanfare::queue {

class Lanes {
 public:
  Lanes(const QueueOptions& options, const PayloadMemory& memory, Lane::WakeLoader wake_loader);

  /// nullptr when there is none.
  std::shared_ptr<Lane> find(SubscriptionId id) const;
  /// nullptr when the lane was closed.
  std::shared_ptr<Lane> find_or_make(SubscriptionId id);
  std::vector<std::shared_ptr<Lane>> all() const;

  /// Remembers that the lane was closed by the record at `position`; returns it when there was one.
  std::shared_ptr<Lane> close(SubscriptionId id, log::Position position);
  /// Marks older than `position`: no record can name their lanes any more.
  std::vector<SubscriptionId> forget_closed_before(log::Position position);

 private:
  const QueueOptions options_;
  const PayloadMemory& memory_;
  const Lane::WakeLoader wake_loader_;
  mutable std::shared_mutex mutex_;
  std::unordered_map<SubscriptionId, std::shared_ptr<Lane>> lanes_;
  std::map<SubscriptionId, log::Position> closed_;
};

}  // namespace fanfare::queue
