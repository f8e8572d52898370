#pragma once
/// The topics and event subscriptions that exist. Readers take an immutable catalog; changes are
/// commits guarded by the registry's revision, applied in log order on every node.
///
/// The records of the view, all written by the commits but the last:
///   grid/topic/<id>   grid/topic_json.h
///   grid/sub/<id>     grid/subscription_json.h
///   grid/ids          grid/catalog.h
///   grid/revision     the log position of the newest of these commits, in decimal
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "base/async.h"
#include "base/result.h"
#include "grid/catalog.h"
#include "queue/queue.h"
#include "view/records.h"

namespace fanfare::grid {

/// Fixed by Azure: event subscriptions of one topic.
inline constexpr std::size_t kSubscriptionsPerTopicMax = 500;

class Registry {
 public:
  Registry(queue::Queue& queue, view::Records& records, MatchOptions options);
  ~Registry();

  /// Reads what the view holds; before Queue::start, whose listener is apply(). Errors: Corrupt.
  base::Result<void> load();
  void apply(const view::Batch& state, log::Position position);

  /// Thread-safe, cheap.
  CatalogPtr catalog() const;

  /// Told after each change, on the log's thread; old and new catalog. Several may listen; all are
  /// added before start.
  using ChangeListener = std::function<void(const CatalogPtr& before, const CatalogPtr& after)>;
  void on_change(ChangeListener listener);

  /// Creates or replaces the topic with the same ARM id; the stored topic comes back. Empty keys
  /// keep those of the topic that is replaced. Errors: InvalidArgument (name, or an input schema
  /// other than the one it was created with), Conflict (the name is taken in another resource
  /// group).
  base::Async<base::Result<std::shared_ptr<const Topic>>> put_topic(Topic topic);
  /// State of somebody else's that belongs to a topic, given the topic as it will be stored; may be
  /// asked more than once. What another such change has stored is seen by this one.
  using TopicState = std::function<base::Result<view::Batch>(const Topic&)>;
  /// The same together with `state`, in one commit. Errors: also those of `state`; Conflict when
  /// the source of a system topic has another one.
  base::Async<base::Result<std::shared_ptr<const Topic>>> put_topic(Topic topic, TopicState state);
  /// Decides on the topic as it is when the change is committed; may be asked more than once.
  using TopicEdit = std::function<base::Result<Topic>(const Topic&)>;
  base::Async<base::Result<std::shared_ptr<const Topic>>> update_topic(std::string arm_id,
                                                                       TopicEdit edit);
  /// Deletes the topic and its subscriptions; what they were owed is dropped. False when absent.
  base::Async<base::Result<bool>> delete_topic(std::string arm_id);

  /// Creates or replaces by (topic, name); keeps the id of the one it replaces.
  /// Errors: NotFound (topic), InvalidArgument (schema translation not allowed, limits).
  base::Async<base::Result<std::shared_ptr<const EventSubscription>>> put_subscription(
      EventSubscription subscription);
  /// Changes an existing subscription; `change` may run more than once. NotFound when it has gone.
  base::Async<base::Result<std::shared_ptr<const EventSubscription>>> update_subscription(
      queue::SubscriptionId id, std::function<void(EventSubscription&)> change);
  base::Async<base::Result<bool>> delete_subscription(queue::SubscriptionId id);

  /// The general form: decides on what is there when the change is committed (`existing` is null
  /// when there is none of that name); may be asked more than once. nullopt changes nothing.
  using SubscriptionEdit = std::function<base::Result<std::optional<EventSubscription>>(
      const Topic& topic, const EventSubscription* existing)>;
  /// What stands there afterwards; null when nothing does. Errors: as put_subscription, and the
  /// edit's.
  base::Async<base::Result<std::shared_ptr<const EventSubscription>>> edit_subscription(
      std::string topic_arm_id, std::string name, SubscriptionEdit edit);

  /// Deletes every subscription whose expirationTimeUtc has passed; how many.
  base::Async<base::Result<std::size_t>> expire(base::TimePoint now);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace fanfare::grid
