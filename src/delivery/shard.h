#pragma once
/// The lanes of one I/O thread, their sink and their workers. Everything is called on that thread,
/// but idle(). Workers keep the shard alive, so that a request that outlives the dispatcher finds
/// it.
#include <atomic>
#include <functional>
#include <memory>
#include <unordered_map>

#include "delivery/lane.h"

namespace fanfare::delivery {

class Shard : public std::enable_shared_from_this<Shard> {
 public:
  Shard(Surroundings around, std::unique_ptr<Sink> sink);

  void put(std::shared_ptr<const grid::EventSubscription> subscription);
  void pause(queue::SubscriptionId id);
  void remove(queue::SubscriptionId id);

  /// Lanes take nothing new from now on.
  void stop();
  /// What is in flight is given back and forgotten.
  void abandon();

  base::Executor executor() const { return around_.executor; }
  bool idle() const { return working_.load(std::memory_order_acquire) == 0; }

 private:
  void start(Work work);
  static base::Async<void> serve(std::shared_ptr<Shard> self, Work work);
  base::Async<void> carry_out(Work& work);

  std::unique_ptr<Sink> sink_;
  Surroundings around_;
  std::unique_ptr<Workers> workers_;
  std::unordered_map<std::uint32_t, std::shared_ptr<Lane>> lanes_;
  std::atomic<std::size_t> working_{0};
  bool stopped_ = false;
};

}  // namespace fanfare::delivery
