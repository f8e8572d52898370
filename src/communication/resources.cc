#include "communication/resources.h"

#include <algorithm>
#include <charconv>

#include "base/bytes.h"
#include "base/log.h"
#include "communication/resource_json.h"

namespace fanfare::communication {

namespace {

constexpr std::string_view kIdsKey = "comm/ids";
constexpr std::size_t kKeyBytes = 64;
constexpr std::string_view kLocation = "global";

bool is_alphanumeric(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

bool is_guid(std::string_view text) {
  constexpr std::string_view kForm = "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx";
  const auto is_hex = [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
  };
  return std::ranges::equal(text, kForm,
                            [&](char c, char form) { return form == 'x' ? is_hex(c) : c == form; });
}

base::Error not_found(const std::string& arm_id) {
  return base::Error{base::Errc::NotFound, "There is no communication resource '" + arm_id + "'.",
                     arm_id};
}

base::Result<void> check_keys(const Resource& resource) {
  for (const auto& [name, key] :
       {std::pair("key1", &resource.key1), std::pair("key2", &resource.key2)}) {
    const auto bytes = base::base64_decode(*key);
    if (!bytes || bytes->empty()) return base::invalid("must be base64", name);
  }
  return {};
}

base::Result<void> check_new(const ResourceSet& all, const Resource& wanted) {
  if (!valid_resource_name(wanted.name)) {
    return base::invalid(std::string(kResourceNameRule) + "; this one is '" + wanted.name + "'",
                         "name");
  }
  if (const auto other = all.by_name(wanted.name)) {
    return base::Error{base::Errc::Conflict,
                       "The name '" + wanted.name + "' is taken by " + other->arm_id() +
                           "; names of communication resources are unique on a server.",
                       "name"};
  }
  if (!is_guid(wanted.immutable_id)) return base::invalid("must be a GUID", "immutable_id");
  for (const auto& other : all.all()) {
    if (other->immutable_id != wanted.immutable_id) continue;
    return base::Error{base::Errc::Conflict, "is that of " + other->arm_id(), "immutable_id"};
  }
  return {};
}

base::Result<void> check_same(const Resource& wanted, const Resource& before) {
  if (wanted.immutable_id != before.immutable_id) {
    return base::invalid(
        "cannot be changed: it is part of every id that the resource has given out; it is '" +
            before.immutable_id + "'",
        "immutable_id");
  }
  if (!base::ascii_iequals(wanted.data_location, before.data_location)) {
    return base::invalid("cannot be changed from '" + before.data_location + "'",
                         "properties.dataLocation");
  }
  return {};
}

/// What somebody wishes, on top of what is there.
Resource merged(Resource base, const ResourceWish& wish) {
  if (wish.immutable_id) base.immutable_id = base::ascii_lower(*wish.immutable_id);
  if (wish.data_location) base.data_location = *wish.data_location;
  if (wish.key1) base.key1 = *wish.key1;
  if (wish.key2) base.key2 = *wish.key2;
  if (wish.events_revision) base.events_revision = *wish.events_revision;
  if (wish.tags) base.tags = *wish.tags;
  return base;
}

/// A resource as it is made when nothing is wished.
Resource fresh(const ResourceWish& wish, base::Random& random) {
  Resource out;
  out.subscription_id = wish.subscription_id;
  out.resource_group = wish.resource_group;
  out.name = wish.name;
  out.immutable_id = base::uuid4(random);
  out.key1 = base::random_key(random, kKeyBytes);
  out.key2 = base::random_key(random, kKeyBytes);
  return out;
}

grid::Topic new_system_topic(const Resource& resource, base::Random& random) {
  grid::Topic topic;
  topic.kind = grid::TopicKind::System;
  topic.subscription_id = resource.subscription_id;
  topic.resource_group = resource.resource_group;
  topic.name = resource.name;
  topic.location = kLocation;
  topic.metric_resource_id = base::uuid4(random);
  topic.source = resource.arm_id();
  topic.topic_type = kTopicType;
  return topic;
}

}  // namespace

bool valid_resource_name(std::string_view name) {
  const auto fits = [](char c) { return is_alphanumeric(c) || c == '-'; };
  return !name.empty() && name.size() <= 63 && std::ranges::all_of(name, fits) &&
         name.front() != '-' && name.back() != '-';
}

ResourcePtr ResourceSet::by_id(ResourceId id) const {
  const auto found =
      std::ranges::find_if(resources_, [id](const auto& resource) { return resource->id == id; });
  return found == resources_.end() ? nullptr : *found;
}

ResourcePtr ResourceSet::by_name(std::string_view name) const {
  const auto found = std::ranges::find_if(resources_, [name](const auto& resource) {
    return base::ascii_iequals(resource->name, name);
  });
  return found == resources_.end() ? nullptr : *found;
}

ResourcePtr ResourceSet::by_arm_id(std::string_view arm_id) const {
  const auto found = std::ranges::find_if(resources_, [arm_id](const auto& resource) {
    return base::ascii_iequals(resource->arm_id(), arm_id);
  });
  return found == resources_.end() ? nullptr : *found;
}

base::Result<void> ResourceSet::take(const view::Batch::Change& change) {
  const auto digits = std::string_view(change.key).substr(kResourcePrefix.size());
  ResourceId id;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), id.value);
  if (error != std::errc() || end != digits.data() + digits.size() || id.value == 0) {
    return base::Error{base::Errc::Corrupt, "not a key of a communication resource", change.key};
  }
  std::erase_if(resources_, [id](const auto& resource) { return resource->id == id; });
  last_id_ = std::max(last_id_, id);
  if (!change.value) return {};
  auto resource = read_resource(*change.value);
  if (!resource) return resource.error();
  resources_.push_back(std::make_shared<const Resource>(*std::move(resource)));
  std::ranges::sort(resources_, {}, [](const auto& r) { return r->id; });
  return {};
}

base::Result<std::shared_ptr<const ResourceSet>> ResourceSet::with(
    const view::Batch& changes) const {
  auto next = std::make_shared<ResourceSet>(*this);
  for (const auto& change : changes.changes()) {
    if (change.key == kIdsKey && change.value) {
      ResourceId last;
      std::from_chars(change.value->data(), change.value->data() + change.value->size(),
                      last.value);
      next->last_id_ = std::max(next->last_id_, last);
    } else if (change.key.starts_with(kResourcePrefix)) {
      if (auto taken = next->take(change); !taken) return taken.error();
    }
  }
  return std::shared_ptr<const ResourceSet>(std::move(next));
}

base::Result<void> Resources::load(const view::Records& records) {
  view::Batch stored;
  const auto visit = [&](std::string_view key, std::string_view value) {
    stored.put(std::string(key), std::string(value));
    return true;
  };
  if (auto scanned = records.scan(kResourcePrefix, "", visit); !scanned) return scanned;
  const auto ids = records.get(kIdsKey);
  if (!ids) return ids.error();
  if (*ids) stored.put(std::string(kIdsKey), **ids);
  auto loaded = ResourceSet().with(stored);
  if (!loaded) return loaded.error();
  const std::lock_guard lock(mutex_);
  current_ = *std::move(loaded);
  return {};
}

void Resources::apply(const view::Batch& state) {
  const auto ours = [](const view::Batch::Change& change) {
    return change.key == kIdsKey || change.key.starts_with(kResourcePrefix);
  };
  if (std::ranges::none_of(state.changes(), ours)) return;
  auto next = snapshot()->with(state);
  if (!next) {
    base::log(base::LogLevel::Error, "communication", "a change of resources is unreadable",
              {{"reason", next.error().message}, {"key", next.error().target}});
    return;
  }
  {
    const std::lock_guard lock(mutex_);
    current_ = *next;
  }
  for (const auto& listener : listeners_) listener(*next);
}

ResourceSetPtr Resources::snapshot() const {
  const std::lock_guard lock(mutex_);
  return current_;
}

void Resources::on_change(std::function<void(const ResourceSetPtr&)> listener) {
  listeners_.push_back(std::move(listener));
}

void Resources::on_made(MadeListener listener) { made_listeners_.push_back(std::move(listener)); }

// The registry's turn is this one's too: changes of resources come one after the other.
base::Async<base::Result<ResourcePtr>> Resources::change(Resource subject, Edit edit) {
  const auto stored = std::make_shared<ResourcePtr>();
  const auto arm_id = subject.arm_id();
  grid::Registry::TopicState state = [this, stored, arm_id, edit = std::move(edit)](
                                         const grid::Topic& topic) -> base::Result<view::Batch> {
    const auto seen = snapshot();
    const auto existing = seen->by_arm_id(arm_id);
    auto next = edit(existing.get());
    if (!next) return next.error();
    const auto checked = existing ? check_same(*next, *existing) : check_new(*seen, *next);
    if (!checked) return checked.error();
    if (const auto keys = check_keys(*next); !keys) return keys.error();
    next->system_topic = topic.id;
    view::Batch batch;
    if (!existing) {
      next->id.value = seen->last_id().value + 1;
      batch.put(std::string(kIdsKey), std::to_string(next->id.value));
    }
    auto text = write_resource(*next);
    if (!existing || text != write_resource(*existing)) {
      batch.put(resource_key(next->id), std::move(text));
    }
    *stored = std::make_shared<const Resource>(*std::move(next));
    return batch;
  };
  const auto entry = registry_.catalog()->topic_by_arm_id(arm_id);
  auto topic = entry ? *entry->topic : new_system_topic(subject, random_);
  const auto changed = co_await registry_.put_topic(std::move(topic), std::move(state));
  if (!changed) co_return changed.error();
  co_return *stored;
}

base::Async<base::Result<ResourcePtr>> Resources::put(ResourceWish wish) {
  auto made = fresh(wish, random_);
  Edit edit = [made, wish = std::move(wish)](const Resource* existing) -> base::Result<Resource> {
    return merged(existing != nullptr ? *existing : made, wish);
  };
  const bool is_new = !snapshot()->by_arm_id(made.arm_id());
  auto stored = co_await change(std::move(made), std::move(edit));
  if (!stored || !is_new) co_return stored;
  for (const auto& listener : made_listeners_) {
    const auto ready = co_await listener(*stored);
    if (!ready) co_return ready.error();
  }
  co_return stored;
}

base::Async<base::Result<ResourcePtr>> Resources::regenerate_key(std::string arm_id,
                                                                 ResourceKey key) {
  const auto existing = snapshot()->by_arm_id(arm_id);
  if (!existing) co_return not_found(arm_id);
  Edit edit = [arm_id, key, text = base::random_key(random_, kKeyBytes)](
                  const Resource* now) -> base::Result<Resource> {
    if (now == nullptr) return not_found(arm_id);
    auto next = *now;
    (key == ResourceKey::Primary ? next.key1 : next.key2) = text;
    return next;
  };
  auto subject = *existing;
  co_return co_await change(std::move(subject), std::move(edit));
}

}  // namespace fanfare::communication
