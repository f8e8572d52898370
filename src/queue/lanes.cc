#include "queue/lanes.h"

#include <mutex>

namespace fanfare::queue {

Lanes::Lanes(const QueueOptions& options, const PayloadMemory& memory, Lane::WakeLoader wake_loader)
    : options_(options), memory_(memory), wake_loader_(std::move(wake_loader)) {}

std::shared_ptr<Lane> Lanes::find(SubscriptionId id) const {
  const std::shared_lock lock(mutex_);
  const auto found = lanes_.find(id);
  return found == lanes_.end() ? nullptr : found->second;
}

std::shared_ptr<Lane> Lanes::find_or_make(SubscriptionId id) {
  if (auto lane = find(id)) return lane;
  const std::unique_lock lock(mutex_);
  if (closed_.contains(id)) return nullptr;
  auto& lane = lanes_[id];
  if (!lane) lane = std::make_shared<Lane>(id, options_, memory_, wake_loader_);
  return lane;
}

std::vector<std::shared_ptr<Lane>> Lanes::all() const {
  const std::shared_lock lock(mutex_);
  std::vector<std::shared_ptr<Lane>> out;
  out.reserve(lanes_.size());
  for (const auto& [id, lane] : lanes_) out.push_back(lane);
  return out;
}

std::shared_ptr<Lane> Lanes::close(SubscriptionId id, log::Position position) {
  const std::unique_lock lock(mutex_);
  closed_[id] = position;
  const auto found = lanes_.find(id);
  if (found == lanes_.end()) return nullptr;
  auto lane = std::move(found->second);
  lanes_.erase(found);
  return lane;
}

std::vector<SubscriptionId> Lanes::forget_closed_before(log::Position position) {
  const std::unique_lock lock(mutex_);
  std::vector<SubscriptionId> forgotten;
  for (auto mark = closed_.begin(); mark != closed_.end();) {
    if (mark->second >= position) {
      ++mark;
      continue;
    }
    forgotten.push_back(mark->first);
    mark = closed_.erase(mark);
  }
  return forgotten;
}

}  // namespace fanfare::queue
