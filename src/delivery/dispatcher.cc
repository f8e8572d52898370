#include "delivery/dispatcher.h"

#include <asio/post.hpp>
#include <thread>

#include "base/check.h"
#include "delivery/shard.h"

namespace fanfare::delivery {

namespace {

using SubscriptionPtr = std::shared_ptr<const grid::EventSubscription>;
using EntryPtr = std::shared_ptr<const grid::TopicEntry>;

constexpr auto kStopPoll = std::chrono::milliseconds(1);

EntryPtr entry_in(const grid::CatalogPtr& catalog, queue::TopicId id) {
  return catalog ? catalog->topic(id) : nullptr;
}

SubscriptionPtr subscription_in(const grid::CatalogPtr& catalog, queue::SubscriptionId id) {
  return catalog ? catalog->subscription(id) : nullptr;
}

}  // namespace

class Dispatcher::Impl {
 public:
  void add_shard(Surroundings around, std::unique_ptr<Sink> sink) {
    shards_.push_back(std::make_shared<Shard>(std::move(around), std::move(sink)));
  }

  void follow(const grid::CatalogPtr& before, const grid::CatalogPtr& after) {
    if (before) {
      for (const auto& entry : before->topics()) withdraw(*entry, after);
    }
    for (const auto& entry : after->topics()) offer(*entry, before);
  }

  void stop(base::Duration limit) {
    if (std::exchange(stopped_, true)) return;
    for (const auto& shard : shards_) {
      base::run_on(shard->executor(), [&shard] { shard->stop(); });
    }
    const auto until = std::chrono::steady_clock::now() + limit;
    while (!idle() && std::chrono::steady_clock::now() < until) {
      std::this_thread::sleep_for(kStopPoll);
    }
    for (const auto& shard : shards_) {
      base::run_on(shard->executor(), [&shard] { shard->abandon(); });
    }
  }

  bool idle() const {
    for (const auto& shard : shards_) {
      if (!shard->idle()) return false;
    }
    return true;
  }

 private:
  const std::shared_ptr<Shard>& shard_of(queue::SubscriptionId id) const {
    return shards_[id.value % shards_.size()];
  }

  /// Ends the lanes of subscriptions that are gone, pauses those that are not active now.
  void withdraw(const grid::TopicEntry& was, const grid::CatalogPtr& after) {
    const auto now = entry_in(after, was.topic->id);
    if (now.get() == &was) return;
    for (const auto& old : was.subscriptions) {
      const auto current = subscription_in(after, old->id);
      if (!current) {
        post(old->id, &Shard::remove);
      } else if (!current->active() && old->active()) {
        post(old->id, &Shard::pause);
      }
    }
  }

  void offer(const grid::TopicEntry& now, const grid::CatalogPtr& before) {
    if (entry_in(before, now.topic->id).get() == &now) return;
    for (const auto& current : now.subscriptions) {
      if (!current->active() || subscription_in(before, current->id) == current) continue;
      const auto& shard = shard_of(current->id);
      asio::post(shard->executor(), [shard, current] { shard->put(current); });
    }
  }

  void post(queue::SubscriptionId id, void (Shard::*what)(queue::SubscriptionId)) {
    const auto& shard = shard_of(id);
    asio::post(shard->executor(), [shard, id, what] { (*shard.*what)(id); });
  }

  std::vector<std::shared_ptr<Shard>> shards_;
  bool stopped_ = false;
};

Dispatcher::Dispatcher(queue::Queue& queue, const base::IoThreads& threads, base::Clock& clock,
                       base::Random& random, std::vector<std::unique_ptr<Sink>> sinks,
                       DeadLetterStore& dead_letters, std::string store_id,
                       DispatcherOptions options, AttemptListener listener)
    : impl_(std::make_unique<Impl>()) {
  FANFARE_CHECK(sinks.size() == threads.size());
  for (std::size_t i = 0; i < sinks.size(); ++i) {
    Surroundings around{queue,   clock,    random, dead_letters, threads.executor(i), store_id,
                        options, listener, {}};
    impl_->add_shard(std::move(around), std::move(sinks[i]));
  }
}

Dispatcher::~Dispatcher() { stop({}); }

void Dispatcher::follow(const grid::CatalogPtr& before, const grid::CatalogPtr& after) {
  impl_->follow(before, after);
}

void Dispatcher::stop(base::Duration limit) { impl_->stop(limit); }

bool Dispatcher::idle() const { return impl_->idle(); }

}  // namespace fanfare::delivery
