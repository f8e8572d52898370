#include "delivery/shard.h"

#include <asio/post.hpp>

namespace fanfare::delivery {

Shard::Shard(Surroundings around, std::unique_ptr<Sink> sink)
    : sink_(std::move(sink)), around_(std::move(around)) {
  around_.start = [this](Work work) { start(std::move(work)); };
  workers_ = std::make_unique<Workers>(
      around_.executor, [this](Work first) { return serve(shared_from_this(), std::move(first)); });
}

void Shard::put(std::shared_ptr<const grid::EventSubscription> subscription) {
  if (stopped_) return;
  auto& lane = lanes_[subscription->id.value];
  if (!lane) lane = std::make_shared<Lane>(around_, subscription);
  lane->open(std::move(subscription));
}

void Shard::pause(queue::SubscriptionId id) {
  const auto found = lanes_.find(id.value);
  if (found != lanes_.end()) found->second->pause();
}

void Shard::remove(queue::SubscriptionId id) {
  const auto found = lanes_.find(id.value);
  if (found == lanes_.end()) return;
  found->second->close();
  lanes_.erase(found);
}

void Shard::stop() {
  stopped_ = true;
  for (const auto& [id, lane] : lanes_) lane->pause();
  workers_->close();
}

void Shard::abandon() {
  for (const auto& [id, lane] : lanes_) lane->abandon();
  lanes_.clear();
}

void Shard::start(Work work) {
  working_.fetch_add(1, std::memory_order_relaxed);
  workers_->start(std::move(work));
}

/// A worker: one work after the other, of any lane of this thread.
base::Async<void> Shard::serve(std::shared_ptr<Shard> self, Work work) {
  co_await asio::post(base::as_result);  // not inside of whoever started it
  for (;;) {
    auto lane = work.lane;
    lane->began(work);
    co_await self->carry_out(work);
    lane->finished(work);
    if (lane->take(work)) {
      lane->pump();
      continue;
    }
    lane.reset();  // a parked worker keeps no lane
    self->working_.fetch_sub(1, std::memory_order_release);
    const bool go_on = co_await self->workers_->park(work);
    if (!go_on) co_return;
  }
}

base::Async<void> Shard::carry_out(Work& work) {
  const auto lane = work.lane;
  if (work.kind == Work::Kind::Deliver) {
    const Shipment shipment{work.subscription.get(), work.tasks};
    work.outcome = co_await sink_->deliver(shipment);
    const bool given_up = lane->answered(work);
    if (!given_up) co_return;
  }
  co_await lane->bury(work);
}

}  // namespace fanfare::delivery
