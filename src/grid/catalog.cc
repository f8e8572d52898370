#include "grid/catalog.h"

#include <algorithm>
#include <charconv>
#include <set>

#include "base/bytes.h"
#include "grid/subscription_json.h"
#include "grid/topic_json.h"
#include "json/value.h"

namespace fanfare::grid {

namespace {

bool name_before(std::string_view a, std::string_view b) {
  const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; };
  return std::ranges::lexicographical_compare(a, b, {}, lower, lower);
}

template <class Map, class Key>
typename Map::mapped_type find_in(const Map& map, const Key& key) {
  const auto found = map.find(key);
  return found == map.end() ? nullptr : found->second;
}

std::optional<std::uint32_t> id_of(std::string_view key, std::string_view prefix) {
  const auto digits = key.substr(prefix.size());
  std::uint32_t id = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), id);
  if (error != std::errc() || end != digits.data() + digits.size() || id == 0) return std::nullopt;
  return id;
}

base::Error at_key(base::Error error, const std::string& key) {
  error.target = key;
  return error;
}

}  // namespace

std::shared_ptr<const EventSubscription> TopicEntry::find(std::string_view name) const {
  const auto found = std::ranges::lower_bound(
      subscriptions, name, name_before,
      [](const auto& subscription) { return std::string_view(subscription->name); });
  if (found == subscriptions.end() || !base::ascii_iequals((*found)->name, name)) return nullptr;
  return *found;
}

std::shared_ptr<const TopicEntry> Catalog::topic(queue::TopicId id) const {
  return find_in(by_id_, id.value);
}

std::shared_ptr<const TopicEntry> Catalog::topic_by_name(std::string_view name) const {
  return find_in(by_name_, base::ascii_lower(name));
}

std::shared_ptr<const TopicEntry> Catalog::topic_by_arm_id(std::string_view arm_id) const {
  return find_in(by_arm_id_, base::ascii_lower(arm_id));
}

std::shared_ptr<const EventSubscription> Catalog::subscription(queue::SubscriptionId id) const {
  return find_in(subscriptions_, id.value);
}

std::optional<base::TimePoint> Catalog::next_expiration() const {
  std::optional<base::TimePoint> earliest;
  for (const auto& [id, subscription] : subscriptions_) {
    const auto& expiration = subscription->expiration;
    if (expiration && (!earliest || *expiration < *earliest)) earliest = expiration;
  }
  return earliest;
}

/// Takes the changes one by one into a copy, then makes the touched entries anew.
struct Catalog::Builder {
  std::shared_ptr<Catalog> next;
  const MatchOptions& options;
  std::set<std::uint32_t> touched;
  std::unordered_map<std::uint32_t, std::shared_ptr<const Topic>> changed_topics;

  base::Result<void> take(const view::Batch::Change& change) {
    const auto& key = change.key;
    if (key == kIdsKey) return take_ids(change);
    if (key.starts_with(kTopicPrefix)) {
      if (const auto id = id_of(key, kTopicPrefix)) return take_topic(*id, change);
    } else if (key.starts_with(kSubscriptionPrefix)) {
      if (const auto id = id_of(key, kSubscriptionPrefix)) return take_subscription(*id, change);
    } else {
      return {};
    }
    return base::Error{base::Errc::Corrupt, "not a key of the catalog", key};
  }

  base::Result<void> take_ids(const view::Batch::Change& change) {
    if (!change.value) return {};
    const auto value = json::parse(*change.value);
    if (!value) return base::Error{base::Errc::Corrupt, value.error().message, change.key};
    const auto number = [&](std::string_view name) {
      const auto* member = value->find(name);
      const auto n = member == nullptr ? std::nullopt : member->as_int();
      return static_cast<std::uint32_t>(n.value_or(0));
    };
    next->last_topic_id_.value = std::max(next->last_topic_id_.value, number("topic"));
    next->last_subscription_id_.value =
        std::max(next->last_subscription_id_.value, number("subscription"));
    return {};
  }

  base::Result<void> take_topic(std::uint32_t id, const view::Batch::Change& change) {
    touched.insert(id);
    changed_topics[id] = nullptr;
    if (!change.value) return {};
    auto topic = read_topic(*change.value);
    if (!topic) return at_key(topic.error(), change.key);
    changed_topics[id] = std::make_shared<const Topic>(*std::move(topic));
    next->last_topic_id_.value = std::max(next->last_topic_id_.value, id);
    return {};
  }

  base::Result<void> take_subscription(std::uint32_t id, const view::Batch::Change& change) {
    if (const auto before = find_in(next->subscriptions_, id)) touched.insert(before->topic.value);
    next->subscriptions_.erase(id);
    if (!change.value) return {};
    auto subscription = read_subscription(*change.value);
    if (!subscription) return at_key(subscription.error(), change.key);
    touched.insert(subscription->topic.value);
    next->subscriptions_[id] = std::make_shared<const EventSubscription>(*std::move(subscription));
    next->last_subscription_id_.value = std::max(next->last_subscription_id_.value, id);
    return {};
  }

  std::shared_ptr<const Topic> topic_of(std::uint32_t id) const {
    const auto changed = changed_topics.find(id);
    if (changed != changed_topics.end()) return changed->second;
    const auto entry = find_in(next->by_id_, id);
    return entry ? entry->topic : nullptr;
  }

  using Group = std::vector<std::shared_ptr<const EventSubscription>>;

  /// The subscriptions of the touched topics, in one pass over all.
  std::unordered_map<std::uint32_t, Group> groups() const {
    std::unordered_map<std::uint32_t, Group> out;
    for (const auto& [id, subscription] : next->subscriptions_) {
      const auto topic = subscription->topic.value;
      if (touched.contains(topic)) out[topic].push_back(subscription);
    }
    return out;
  }

  std::shared_ptr<const TopicEntry> make_entry(std::shared_ptr<const Topic> topic,
                                               Group subscriptions) const {
    auto entry = std::make_shared<TopicEntry>();
    std::ranges::sort(subscriptions, name_before,
                      [](const auto& s) { return std::string_view(s->name); });
    entry->matcher = std::make_shared<const Matcher>(subscriptions, topic->source_id(), options);
    entry->topic = std::move(topic);
    entry->subscriptions = std::move(subscriptions);
    return entry;
  }

  using Index = std::unordered_map<std::string, std::shared_ptr<const TopicEntry>>;

  /// Where a topic is looked up, and under what.
  std::vector<std::pair<Index*, std::string>> places_of(const Topic& topic) const {
    std::vector<std::pair<Index*, std::string>> out;
    out.emplace_back(&next->by_arm_id_, base::ascii_lower(topic.arm_id()));
    if (topic.kind == TopicKind::Custom) {
      out.emplace_back(&next->by_name_, base::ascii_lower(topic.name));
    } else if (!topic.source.empty()) {
      out.emplace_back(&next->by_arm_id_, base::ascii_lower(topic.source));
    }
    return out;
  }

  /// A name serves the topic that was there first, should two groups ever share it.
  void index_all() {
    next->topics_.clear();
    next->by_name_.clear();
    next->by_arm_id_.clear();
    for (const auto& [id, entry] : next->by_id_) next->topics_.push_back(entry);
    std::ranges::sort(next->topics_, {}, [](const auto& entry) { return entry->topic->id; });
    for (const auto& entry : next->topics_) {
      for (const auto& [index, key] : places_of(*entry->topic)) index->try_emplace(key, entry);
    }
  }

  /// The topic itself is what it was: its new entry takes the old one's places.
  void replace(const std::shared_ptr<const TopicEntry>& before,
               const std::shared_ptr<const TopicEntry>& after) {
    std::ranges::replace(next->topics_, before, after);
    for (const auto& [index, key] : places_of(*after->topic)) {
      auto& place = (*index)[key];
      if (place == before) place = after;
    }
  }

  void finish() {
    auto subscriptions = groups();
    for (const auto id : touched) {
      const auto topic = topic_of(id);
      if (!topic) {
        next->by_id_.erase(id);
        continue;
      }
      auto entry = make_entry(topic, std::move(subscriptions[id]));
      if (changed_topics.empty()) replace(next->by_id_[id], entry);
      next->by_id_[id] = std::move(entry);
    }
    if (!changed_topics.empty()) index_all();
  }
};

base::Result<std::shared_ptr<const Catalog>> Catalog::with(const view::Batch& changes,
                                                           log::Position revision,
                                                           const MatchOptions& options) const {
  Builder builder{std::make_shared<Catalog>(*this), options, {}, {}};
  for (const auto& change : changes.changes()) {
    if (auto taken = builder.take(change); !taken) return taken.error();
  }
  builder.finish();
  builder.next->revision_ = std::max(revision_, revision);
  return std::shared_ptr<const Catalog>(std::move(builder.next));
}

std::string write_ids(queue::TopicId topic, queue::SubscriptionId subscription) {
  return json::write(
      json::Value::object({{"topic", topic.value}, {"subscription", subscription.value}}));
}

bool is_catalog_key(std::string_view key) {
  return key == kIdsKey || key.starts_with(kTopicPrefix) || key.starts_with(kSubscriptionPrefix);
}

}  // namespace fanfare::grid
