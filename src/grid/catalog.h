#pragma once
/// Every topic and event subscription at one revision. Immutable: readers hold it as long as they
/// like; the next one shares with it whatever has not changed.
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/result.h"
#include "grid/matcher.h"
#include "grid/subscription.h"
#include "grid/topic.h"
#include "log/log.h"
#include "view/records.h"

namespace fanfare::grid {

/// A topic with its subscriptions (all states) and the matcher of the active ones.
struct TopicEntry {
  std::shared_ptr<const Topic> topic;
  std::vector<std::shared_ptr<const EventSubscription>> subscriptions;  ///< by name, ignoring case
  std::shared_ptr<const Matcher> matcher;

  std::shared_ptr<const EventSubscription> find(std::string_view name) const;  ///< ignoring case
};

class Catalog {
 public:
  std::shared_ptr<const TopicEntry> topic(queue::TopicId id) const;
  /// Custom topics alone: nobody addresses system topics by name. Ignoring case.
  std::shared_ptr<const TopicEntry> topic_by_name(std::string_view name) const;
  /// By the topic's own id, or by that of its source. Ignoring case.
  std::shared_ptr<const TopicEntry> topic_by_arm_id(std::string_view arm_id) const;
  std::shared_ptr<const EventSubscription> subscription(queue::SubscriptionId id) const;
  const std::vector<std::shared_ptr<const TopicEntry>>& topics() const {
    return topics_;
  }  ///< by id
  std::size_t subscription_count() const { return subscriptions_.size(); }

  /// Position of the commit that made it; 0 for the empty one.
  log::Position revision() const { return revision_; }

  /// The earliest expirationTimeUtc of all subscriptions.
  std::optional<base::TimePoint> next_expiration() const;

  queue::TopicId last_topic_id() const { return last_topic_id_; }
  queue::SubscriptionId last_subscription_id() const { return last_subscription_id_; }

  /// This catalog after the changes, which are records as they are stored. Only topics that they
  /// touch get a new entry and matcher. Errors: Corrupt, with the key as target.
  base::Result<std::shared_ptr<const Catalog>> with(const view::Batch& changes,
                                                    log::Position revision,
                                                    const MatchOptions& options) const;

 private:
  struct Builder;

  std::vector<std::shared_ptr<const TopicEntry>> topics_;
  std::unordered_map<std::uint32_t, std::shared_ptr<const TopicEntry>> by_id_;
  std::unordered_map<std::string, std::shared_ptr<const TopicEntry>> by_name_;    // lower case
  std::unordered_map<std::string, std::shared_ptr<const TopicEntry>> by_arm_id_;  // lower case
  std::unordered_map<std::uint32_t, std::shared_ptr<const EventSubscription>> subscriptions_;
  log::Position revision_ = 0;
  queue::TopicId last_topic_id_;
  queue::SubscriptionId last_subscription_id_;
};

using CatalogPtr = std::shared_ptr<const Catalog>;

/// The numbers given out last, stored under this key so that those of the deleted stay theirs:
///   {"topic": n, "subscription": n}
inline constexpr std::string_view kIdsKey = "grid/ids";
std::string write_ids(queue::TopicId topic, queue::SubscriptionId subscription);

/// True for keys that make up the catalog.
bool is_catalog_key(std::string_view key);

}  // namespace fanfare::grid
