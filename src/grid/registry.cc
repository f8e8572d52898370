#include "grid/registry.h"

#include <algorithm>
#include <asio/post.hpp>
#include <asio/this_coro.hpp>
#include <asio/use_awaitable.hpp>
#include <charconv>
#include <mutex>
#include <utility>
#include <vector>

#include "base/bytes.h"
#include "base/log.h"
#include "base/turnstile.h"
#include "grid/subscription_json.h"
#include "grid/topic_json.h"

namespace fanfare::grid {

namespace {

constexpr std::string_view kAggregate = "grid";
constexpr std::string_view kRevisionKey = "grid/revision";

// How often a change is decided anew because another node was quicker.
constexpr int kRoundsMax = 32;

using TopicPtr = std::shared_ptr<const Topic>;
using SubscriptionPtr = std::shared_ptr<const EventSubscription>;

/// What an edit wants committed; an empty state commits nothing.
struct Draft {
  view::Batch state;
  std::vector<queue::SubscriptionId> closed_lanes;
};

/// Decides on a catalog. May run several times; the last run counts.
using Edit = std::function<base::Result<Draft>(const Catalog&)>;

base::Error no_such_topic(const std::string& arm_id) {
  return base::Error{base::Errc::NotFound, "There is no topic '" + arm_id + "'.", "topic"};
}

base::Result<void> check_system_topic(const Catalog& catalog, const Topic& topic,
                                      const Topic* before) {
  if (topic.source.empty()) return base::invalid("is required", "properties.source");
  if (before != nullptr && !base::ascii_iequals(before->source, topic.source)) {
    return base::invalid("cannot be changed", "properties.source");
  }
  const auto other = catalog.topic_by_arm_id(topic.source);
  if (before != nullptr || !other) return {};
  return base::Error{base::Errc::Conflict,
                     "The source '" + topic.source + "' has the system topic " +
                         other->topic->arm_id() + " already; there is one for each source.",
                     "properties.source"};
}

base::Result<void> check_topic(const Catalog& catalog, const Topic& topic, const Topic* before) {
  if (topic.kind == TopicKind::System) return check_system_topic(catalog, topic, before);
  if (!valid_topic_name(topic.name)) {
    return base::invalid(std::string(kTopicNameRule) + "; this one is '" + topic.name + "'",
                         "name");
  }
  const auto same_name = catalog.topic_by_name(topic.name);
  if (before == nullptr && same_name) {
    return base::Error{base::Errc::Conflict,
                       "The name '" + topic.name + "' is taken by " + same_name->topic->arm_id() +
                           "; names of topics are unique on a server.",
                       "name"};
  }
  if (before != nullptr && before->input_schema != topic.input_schema) {
    return base::invalid("cannot be changed from " + std::string(to_string(before->input_schema)) +
                             ": delete the topic and create it again",
                         "properties.inputSchema");
  }
  if (before == nullptr && (topic.key1.empty() || topic.key2.empty())) {
    return base::invalid("a new topic needs two keys", "keys");
  }
  return {};
}

base::Result<void> check_subscription(const TopicEntry& entry, const EventSubscription& wanted,
                                      const EventSubscription* before) {
  if (!valid_subscription_name(wanted.name)) {
    return base::invalid(std::string(kSubscriptionNameRule) + "; this one is '" + wanted.name + "'",
                         "name");
  }
  const auto& effective = wanted.pending ? *wanted.pending : wanted;
  if (!translation_allowed(entry.topic->input_schema, effective.delivery_schema)) {
    return base::invalid(
        "events of a topic with input schema " + std::string(to_string(entry.topic->input_schema)) +
            " cannot be delivered as " + std::string(to_string(effective.delivery_schema)),
        "properties.eventDeliverySchema");
  }
  if (before == nullptr && entry.subscriptions.size() >= kSubscriptionsPerTopicMax) {
    return base::Error{base::Errc::Conflict,
                       "A topic has at most " + std::to_string(kSubscriptionsPerTopicMax) +
                           " event subscriptions.",
                       "topic"};
  }
  return {};
}

/// Numbers, scope and spelling of the name are the registry's to say.
EventSubscription placed(EventSubscription wanted, const TopicEntry& entry,
                         const EventSubscription* before, queue::SubscriptionId fresh) {
  wanted.id = before != nullptr ? before->id : fresh;
  wanted.topic = entry.topic->id;
  wanted.topic_arm_id = entry.topic->source_id();
  if (before != nullptr) wanted.created = before->created;
  if (wanted.pending) {
    auto inner = *wanted.pending;
    inner.id = wanted.id;
    inner.topic = wanted.topic;
    inner.topic_arm_id = wanted.topic_arm_id;
    inner.created = wanted.created;
    inner.pending = nullptr;
    wanted.pending = std::make_shared<const EventSubscription>(std::move(inner));
  }
  return wanted;
}

void add(view::Batch& batch, const view::Batch::Change& change) {
  if (change.value)
    batch.put(change.key, *change.value);
  else
    batch.erase(change.key);
}

void erase_subscription(Draft& draft, queue::SubscriptionId id) {
  draft.state.erase(subscription_key(id));
  draft.closed_lanes.push_back(id);
}

}  // namespace

struct Registry::Impl {
  Impl(queue::Queue& q, view::Records& r, MatchOptions o) : queue(q), records(r), options(o) {}

  queue::Queue& queue;
  view::Records& records;
  MatchOptions options;
  base::Turnstile writers;
  std::vector<ChangeListener> listeners;

  mutable std::mutex mutex;
  CatalogPtr current = std::make_shared<const Catalog>();

  CatalogPtr catalog() const {
    const std::lock_guard lock(mutex);
    return current;
  }

  void publish(CatalogPtr next) {
    CatalogPtr before;
    {
      const std::lock_guard lock(mutex);
      before = std::exchange(current, next);
    }
    for (const auto& listener : listeners) listener(before, next);
  }

  base::Async<base::Result<void>> change(Edit edit);

  base::Result<log::Position> stored_revision() const;
  void store_revision(log::Position revision);
};

base::Result<log::Position> Registry::Impl::stored_revision() const {
  const auto text = records.get(kRevisionKey);
  if (!text) return text.error();
  if (!*text) return log::Position{0};
  log::Position revision = 0;
  const auto* end = (*text)->data() + (*text)->size();
  const auto parsed = std::from_chars((*text)->data(), end, revision);
  if (parsed.ec == std::errc() && parsed.ptr == end) return revision;
  return base::Error{base::Errc::Corrupt, "not a log position", std::string(kRevisionKey)};
}

void Registry::Impl::store_revision(log::Position revision) {
  view::Batch batch;
  batch.put(std::string(kRevisionKey), std::to_string(revision));
  if (const auto written = records.write(batch); !written) {
    base::log(base::LogLevel::Error, "grid", "the catalog's revision could not be stored",
              {{"reason", written.error().message}});
  }
}

// One change at a time on this node; against other nodes the guard decides, and the edit is asked
// again on the catalog that won.
base::Async<base::Result<void>> Registry::Impl::change(Edit edit) {
  const auto turn = co_await writers.enter();
  const base::Executor executor = co_await asio::this_coro::executor;
  const asio::use_awaitable_t<base::Executor> token;
  for (int round = 0; round < kRoundsMax; ++round) {
    const auto seen = catalog();
    auto draft = edit(*seen);
    if (!draft) co_return std::move(draft.error());
    if (draft->state.empty()) co_return base::Result<void>();
    queue::Commit commit;
    commit.guard = log::Guard{std::string(kAggregate), seen->revision()};
    commit.state = std::move(draft->state);
    commit.closed_lanes = std::move(draft->closed_lanes);
    const auto receipt = co_await queue.commit(std::move(commit));
    if (receipt) co_return base::Result<void>();
    if (receipt.error().code != base::Errc::Conflict) co_return receipt.error();
    co_await asio::post(executor, token);  // the winner's record is applied on the log's thread
  }
  co_return base::Error{base::Errc::Unavailable,
                        "Topics and subscriptions are being changed from elsewhere; try again.",
                        {}};
}

Registry::Registry(queue::Queue& queue, view::Records& records, MatchOptions options)
    : impl_(std::make_unique<Impl>(queue, records, options)) {}

Registry::~Registry() = default;

CatalogPtr Registry::catalog() const { return impl_->catalog(); }

void Registry::on_change(ChangeListener listener) {
  impl_->listeners.push_back(std::move(listener));
}

base::Result<void> Registry::load() {
  const auto revision = impl_->stored_revision();
  if (!revision) return revision.error();
  view::Batch stored;
  const auto visit = [&](std::string_view key, std::string_view value) {
    if (is_catalog_key(key)) stored.put(std::string(key), std::string(value));
    return true;
  };
  if (auto scanned = impl_->records.scan("grid/", "", visit); !scanned) return scanned;
  auto loaded = Catalog().with(stored, *revision, impl_->options);
  if (!loaded) return loaded.error();
  const std::lock_guard lock(impl_->mutex);
  impl_->current = *std::move(loaded);
  return {};
}

void Registry::apply(const view::Batch& state, log::Position position) {
  const auto ours = [](const view::Batch::Change& change) { return is_catalog_key(change.key); };
  if (std::ranges::none_of(state.changes(), ours)) return;
  auto next = catalog()->with(state, position, impl_->options);
  if (!next) {
    base::log(base::LogLevel::Error, "grid", "a change of topics or subscriptions is unreadable",
              {{"reason", next.error().message}, {"key", next.error().target}});
    return;
  }
  impl_->store_revision(position);
  impl_->publish(*std::move(next));
}

base::Async<base::Result<TopicPtr>> Registry::put_topic(Topic topic) {
  TopicState nothing;
  co_return co_await put_topic(std::move(topic), std::move(nothing));
}

base::Async<base::Result<TopicPtr>> Registry::put_topic(Topic topic, TopicState state) {
  const auto stored = std::make_shared<TopicPtr>();
  Edit edit = [stored, wanted = std::move(topic),
               with = std::move(state)](const Catalog& catalog) -> base::Result<Draft> {
    Topic next = wanted;
    const auto existing = catalog.topic_by_arm_id(next.arm_id());
    const Topic* before = existing ? existing->topic.get() : nullptr;
    if (auto checked = check_topic(catalog, next, before); !checked) return checked.error();
    Draft draft;
    if (before != nullptr) {
      next.id = before->id;
      next.name = before->name;
      next.subscription_id = before->subscription_id;
      next.resource_group = before->resource_group;
      next.metric_resource_id = before->metric_resource_id;
      if (next.key1.empty()) next.key1 = before->key1;
      if (next.key2.empty()) next.key2 = before->key2;
    } else {
      next.id.value = catalog.last_topic_id().value + 1;
      draft.state.put(std::string(kIdsKey), write_ids(next.id, catalog.last_subscription_id()));
    }
    if (with) {
      auto others = with(next);
      if (!others) return others.error();
      for (const auto& change : others->changes()) add(draft.state, change);
    }
    // Written as well when only the other state has changed: what the commit's guard guards is
    // the catalog's revision.
    auto text = write_topic(next);
    if (before == nullptr || !draft.state.empty() || text != write_topic(*before)) {
      draft.state.put(topic_key(next.id), std::move(text));
    }
    *stored = std::make_shared<const Topic>(std::move(next));
    return draft;
  };
  auto changed = co_await impl_->change(std::move(edit));
  if (!changed) co_return std::move(changed.error());
  co_return *stored;
}

base::Async<base::Result<TopicPtr>> Registry::update_topic(std::string arm_id, TopicEdit edit) {
  const auto stored = std::make_shared<TopicPtr>();
  Edit whole = [stored, arm_id = std::move(arm_id),
                edit = std::move(edit)](const Catalog& catalog) -> base::Result<Draft> {
    const auto existing = catalog.topic_by_arm_id(arm_id);
    if (!existing) return no_such_topic(arm_id);
    auto next = edit(*existing->topic);
    if (!next) return next.error();
    next->id = existing->topic->id;
    if (auto checked = check_topic(catalog, *next, existing->topic.get()); !checked) {
      return checked.error();
    }
    Draft draft;
    draft.state.put(topic_key(next->id), write_topic(*next));
    *stored = std::make_shared<const Topic>(*std::move(next));
    return draft;
  };
  auto changed = co_await impl_->change(std::move(whole));
  if (!changed) co_return std::move(changed.error());
  co_return *stored;
}

base::Async<base::Result<bool>> Registry::delete_topic(std::string arm_id) {
  const auto found = std::make_shared<bool>(false);
  Edit edit = [found, arm_id = std::move(arm_id)](const Catalog& catalog) -> base::Result<Draft> {
    const auto existing = catalog.topic_by_arm_id(arm_id);
    *found = existing != nullptr;
    Draft draft;
    if (!existing) return draft;
    draft.state.erase(topic_key(existing->topic->id));
    for (const auto& subscription : existing->subscriptions) {
      erase_subscription(draft, subscription->id);
    }
    return draft;
  };
  auto changed = co_await impl_->change(std::move(edit));
  if (!changed) co_return std::move(changed.error());
  co_return *found;
}

base::Async<base::Result<SubscriptionPtr>> Registry::edit_subscription(std::string topic_arm_id,
                                                                       std::string name,
                                                                       SubscriptionEdit edit) {
  const auto stored = std::make_shared<SubscriptionPtr>();
  Edit whole = [stored, topic_arm_id = std::move(topic_arm_id), name = std::move(name),
                edit = std::move(edit)](const Catalog& catalog) -> base::Result<Draft> {
    const auto entry = catalog.topic_by_arm_id(topic_arm_id);
    if (!entry) return no_such_topic(topic_arm_id);
    const auto existing = entry->find(name);
    *stored = existing;
    auto wanted = edit(*entry->topic, existing.get());
    if (!wanted) return wanted.error();
    Draft draft;
    if (!*wanted) return draft;
    if (existing) (*wanted)->name = existing->name;
    if (auto checked = check_subscription(*entry, **wanted, existing.get()); !checked) {
      return checked.error();
    }
    const queue::SubscriptionId fresh{catalog.last_subscription_id().value + 1};
    auto next = placed(**std::move(wanted), *entry, existing.get(), fresh);
    if (!existing) draft.state.put(std::string(kIdsKey), write_ids(catalog.last_topic_id(), fresh));
    draft.state.put(subscription_key(next.id), write_subscription(next));
    *stored = std::make_shared<const EventSubscription>(std::move(next));
    return draft;
  };
  auto changed = co_await impl_->change(std::move(whole));
  if (!changed) co_return std::move(changed.error());
  co_return *stored;
}

base::Async<base::Result<SubscriptionPtr>> Registry::put_subscription(
    EventSubscription subscription) {
  auto scope = subscription.topic_arm_id;
  auto name = subscription.name;
  SubscriptionEdit edit = [wanted = std::move(subscription)](const Topic&, const EventSubscription*)
      -> base::Result<std::optional<EventSubscription>> { return std::optional(wanted); };
  co_return co_await edit_subscription(std::move(scope), std::move(name), std::move(edit));
}

base::Async<base::Result<SubscriptionPtr>> Registry::update_subscription(
    queue::SubscriptionId id, std::function<void(EventSubscription&)> change) {
  const auto stored = std::make_shared<SubscriptionPtr>();
  Edit edit = [stored, id,
               change = std::move(change)](const Catalog& catalog) -> base::Result<Draft> {
    const auto existing = catalog.subscription(id);
    const auto entry = existing ? catalog.topic(existing->topic) : nullptr;
    if (!entry) {
      return base::Error{base::Errc::NotFound, "The event subscription has been deleted.", {}};
    }
    auto next = *existing;
    change(next);
    next.name = existing->name;
    if (auto checked = check_subscription(*entry, next, existing.get()); !checked) {
      return checked.error();
    }
    next = placed(std::move(next), *entry, existing.get(), id);
    Draft draft;
    auto text = write_subscription(next);
    if (text != write_subscription(*existing))
      draft.state.put(subscription_key(id), std::move(text));
    *stored = std::make_shared<const EventSubscription>(std::move(next));
    return draft;
  };
  auto changed = co_await impl_->change(std::move(edit));
  if (!changed) co_return std::move(changed.error());
  co_return *stored;
}

base::Async<base::Result<bool>> Registry::delete_subscription(queue::SubscriptionId id) {
  const auto found = std::make_shared<bool>(false);
  Edit edit = [found, id](const Catalog& catalog) -> base::Result<Draft> {
    Draft draft;
    *found = catalog.subscription(id) != nullptr;
    if (*found) erase_subscription(draft, id);
    return draft;
  };
  auto changed = co_await impl_->change(std::move(edit));
  if (!changed) co_return std::move(changed.error());
  co_return *found;
}

base::Async<base::Result<std::size_t>> Registry::expire(base::TimePoint now) {
  const auto count = std::make_shared<std::size_t>(0);
  Edit edit = [count, now](const Catalog& catalog) -> base::Result<Draft> {
    Draft draft;
    *count = 0;
    for (const auto& entry : catalog.topics()) {
      for (const auto& subscription : entry->subscriptions) {
        if (!subscription->expiration || *subscription->expiration > now) continue;
        erase_subscription(draft, subscription->id);
        ++*count;
      }
    }
    return draft;
  };
  auto changed = co_await impl_->change(std::move(edit));
  if (!changed) co_return std::move(changed.error());
  co_return *count;
}

}  // namespace fanfare::grid
