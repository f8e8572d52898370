#pragma once
/// The topics and event subscriptions that exist. Readers take an immutable catalog; changes are
/// commits guarded by the registry's revision, applied in log order on every node.
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/async.h"
#include "base/clock.h"
#include "base/result.h"
#include "grid/matcher.h"
#include "grid/subscription.h"
#include "grid/topic.h"
#include "queue/queue.h"
#include "view/records.h"

namespace fanfare::grid {

/// A topic with its subscriptions (all states) and the matcher of the active ones.
struct TopicEntry {
  std::shared_ptr<const Topic> topic;
  std::vector<std::shared_ptr<const EventSubscription>> subscriptions;  ///< by name
  std::shared_ptr<const Matcher> matcher;

  std::shared_ptr<const EventSubscription> find(std::string_view name) const;  ///< ignoring case
};

/// Everything at one revision. Immutable.
class Catalog {
 public:
  std::shared_ptr<const TopicEntry> topic(queue::TopicId id) const;
  std::shared_ptr<const TopicEntry> topic_by_name(std::string_view name) const;    ///< ignoring case; first group wins
  std::shared_ptr<const TopicEntry> topic_by_arm_id(std::string_view arm_id) const;  ///< ignoring case
  std::shared_ptr<const EventSubscription> subscription(queue::SubscriptionId id) const;
  const std::vector<std::shared_ptr<const TopicEntry>>& topics() const { return topics_; }
  log::Position revision() const { return revision_; }

 private:
  friend class Registry;
  std::vector<std::shared_ptr<const TopicEntry>> topics_;
  std::unordered_map<std::uint32_t, std::shared_ptr<const TopicEntry>> by_id_;
  std::unordered_map<std::string, std::shared_ptr<const TopicEntry>> by_arm_id_;
  std::unordered_map<std::uint32_t, std::shared_ptr<const EventSubscription>> subscriptions_;
  log::Position revision_ = 0;
  std::uint32_t last_topic_id_ = 0;
  std::uint32_t last_subscription_id_ = 0;
};

using CatalogPtr = std::shared_ptr<const Catalog>;

class Registry {
 public:
  Registry(queue::Queue& queue, view::Records& records, MatchOptions options);
  ~Registry();

  /// Reads what the view holds; before Queue::start, whose listener is apply().
  base::Result<void> load();
  void apply(const view::Batch& state, log::Position position);

  /// Thread-safe, cheap.
  CatalogPtr catalog() const;

  /// Told after each change, on the log's thread; old and new catalog. Set once, before start.
  using ChangeListener = std::function<void(const CatalogPtr& before, const CatalogPtr& after)>;
  void on_change(ChangeListener listener);

  /// Creates (id 0) or replaces the topic with the same ARM id; the stored topic comes back.
  base::Async<base::Result<std::shared_ptr<const Topic>>> put_topic(Topic topic);
  /// Deletes the topic and its subscriptions; what they were owed is dropped. False when absent.
  base::Async<base::Result<bool>> delete_topic(std::string arm_id);

  /// Creates or replaces by (topic, name); keeps the id of the one it replaces.
  /// Errors: NotFound (topic), InvalidArgument (schema translation not allowed, limits).
  base::Async<base::Result<std::shared_ptr<const EventSubscription>>> put_subscription(EventSubscription subscription);
  /// Changes an existing subscription; `change` may run more than once. NotFound when it has gone.
  base::Async<base::Result<std::shared_ptr<const EventSubscription>>> update_subscription(
      queue::SubscriptionId id, std::function<void(EventSubscription&)> change);
  base::Async<base::Result<bool>> delete_subscription(queue::SubscriptionId id);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace fanfare::grid
