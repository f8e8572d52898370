#pragma once
/// A registry on a real queue, in memory or in a folder, with time that moves when told to.
#include <gtest/gtest.h>

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/async.h"
#include "base/check.h"
#include "base/clock.h"
#include "grid/registry.h"
#include "log/open.h"
#include "queue/queue.h"
#include "view/records.h"

namespace fanfare::grid::testing {

inline const base::TimePoint kNow = *base::parse_rfc3339("2026-01-31T12:00:00Z");
inline constexpr const char* kSubscriptionId = "5b4b650e-28b9-4790-b3ab-ddbd88d727c4";

/// Log, view, queue and registry, opened in the right order.
class Store {
 public:
  using Prepare = std::function<void(Registry&)>;

  /// An empty folder keeps everything in memory. `prepare` runs before the queue starts.
  explicit Store(std::filesystem::path folder = {}, const Prepare& prepare = {}) {
    const bool memory = folder.empty();
    log::Options options;
    options.folder = folder / "log";
    options.segment_bytes = 4u << 20;
    log_ = *log::open(memory ? "memory" : "local", options);
    records_ = *view::open(memory ? "memory" : "rocks", folder / "view");
    queue_ = std::make_unique<queue::Queue>(*log_, *records_, clock, queue::QueueOptions{});
    registry_ = std::make_unique<Registry>(*queue_, *records_, MatchOptions{});
    second_ = std::make_unique<Registry>(*queue_, *records_, MatchOptions{});
    if (prepare) prepare(*registry_);
    FANFARE_CHECK(registry_->load().has_value());
    FANFARE_CHECK(second_->load().has_value());
    auto started = queue_->start([this](const view::Batch& state, log::Position position) {
      registry_->apply(state, position);
      second_->apply(state, position);
    });
    FANFARE_CHECK(started.has_value());
  }

  ~Store() {
    threads.stop();
    queue_->close();
    log_->close();
  }

  Registry& registry() { return *registry_; }
  /// What another node would be: the same log, a catalog of its own.
  Registry& second() { return *second_; }
  queue::Queue& queue() { return *queue_; }
  log::Log& log() { return *log_; }

  template <class T>
  T run(base::Async<T> work) {
    std::optional<T> out;
    base::block_on(threads.executor(0), [&]() -> base::Async<void> {
      T result = co_await std::move(work);
      out.emplace(std::move(result));
    });
    return *std::move(out);
  }

  base::VirtualClock clock{kNow};
  base::IoThreads threads{2};

 private:
  std::unique_ptr<log::Log> log_;
  std::unique_ptr<view::Records> records_;
  std::unique_ptr<queue::Queue> queue_;
  std::unique_ptr<Registry> registry_;
  std::unique_ptr<Registry> second_;
};

inline Topic a_topic(std::string name = "events", event::Schema schema = event::Schema::EventGrid) {
  Topic topic;
  topic.subscription_id = kSubscriptionId;
  topic.resource_group = "local";
  topic.name = std::move(name);
  topic.input_schema = schema;
  topic.key1 = "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=";
  topic.key2 = "ZmVkY2JhOTg3NjU0MzIxMGZlZGNiYTk4NzY1NDMyMTA=";
  topic.metric_resource_id = "11111111-2222-4333-8444-555555555555";
  return topic;
}

inline EventSubscription a_subscription(const Topic& topic, std::string name = "first") {
  EventSubscription subscription;
  subscription.topic_arm_id = topic.arm_id();
  subscription.name = std::move(name);
  subscription.destination = WebHookDestination{"https://example.org/hook?code=1", {}, {}, {}};
  subscription.delivery_schema = default_delivery_schema(topic.input_schema);
  subscription.state = ProvisioningState::Succeeded;
  subscription.created = kNow;
  return subscription;
}

}  // namespace fanfare::grid::testing
