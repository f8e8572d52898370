#include "app/declared.h"

#include "app/addresses.h"
#include "base/bytes.h"
#include "base/log.h"

namespace fanfare::app {

namespace {

base::Error at(const std::string& where, base::Error error) {
  const auto target = error.target.empty() ? std::string() : error.target + ": ";
  error.message = (where.empty() ? "" : where + ": ") + target + error.message;
  return error;
}

json::Value topic_body(const DeclaredTopic& declared) {
  auto body = json::Value::object({{"location", "local"}});
  body.set("properties",
           declared.properties.is_null() ? json::Value::object() : declared.properties);
  return body;
}

base::Async<base::Result<std::string>> apply_topic(const DeclaredTopic& declared,
                                                   management::Topics& topics) {
  management::TopicName name{std::string(kLocalSubscription), declared.resource_group,
                             declared.name};
  management::TopicKeys keys{declared.key1, declared.key2};
  json::Value body = topic_body(declared);
  auto made = co_await topics.put(std::move(name), std::move(body), std::move(keys));
  if (!made) co_return at(declared.where, made.error());
  co_return (*made)->arm_id();
}

communication::ResourceWish wish_of(const DeclaredResource& declared) {
  communication::ResourceWish wish;
  wish.subscription_id = kLocalSubscription;
  wish.resource_group = declared.resource_group;
  wish.name = declared.name;
  wish.immutable_id = declared.immutable_id;
  wish.key1 = declared.key1;
  wish.key2 = declared.key2;
  if (declared.events_revision) {
    wish.events_revision = communication::parse_events_revision(*declared.events_revision);
  }
  return wish;
}

base::Async<base::Result<std::string>> apply_resource(const DeclaredResource& declared,
                                                      communication::Resources& resources) {
  auto wish = wish_of(declared);
  auto made = co_await resources.put(std::move(wish));
  if (!made) co_return at(declared.where, made.error());
  co_return (*made)->arm_id();
}

base::Async<base::Result<void>> apply_subscriptions(
    const std::vector<DeclaredSubscription>& declared, const std::string& scope,
    management::EventSubscriptions& subscriptions, const std::string& base_url) {
  for (const auto& wanted : declared) {
    json::Value body = json::Value::object({{"properties", wanted.properties}});
    auto changed = co_await subscriptions.put(scope, wanted.name, std::move(body), base_url);
    if (!changed) co_return at(wanted.where, changed.error());
  }
  co_return base::Result<void>();
}

template <class Declared>
bool declares(const std::vector<Declared>& all, std::string_view name) {
  for (const auto& declared : all) {
    if (base::ascii_iequals(declared.name, name)) return true;
  }
  return false;
}

base::Async<base::Result<void>> apply_topics(const Config& config, management::Topics& topics,
                                             management::EventSubscriptions& subscriptions,
                                             const std::string& base_url) {
  if (config.default_topic && !declares(config.topics, kDefaultTopic) &&
      !topics.registry().catalog()->topic_by_name(kDefaultTopic)) {
    DeclaredTopic first;
    first.name = kDefaultTopic;
    auto made = co_await apply_topic(first, topics);
    if (!made) co_return made.error();
  }
  for (const auto& declared : config.topics) {
    auto made = co_await apply_topic(declared, topics);
    if (!made) co_return made.error();
    const std::string topic_arm_id = *made;
    auto applied =
        co_await apply_subscriptions(declared.subscriptions, topic_arm_id, subscriptions, base_url);
    if (!applied) co_return applied.error();
  }
  co_return base::Result<void>();
}

base::Async<base::Result<void>> apply_communication(const Config& config,
                                                    communication::Resources& resources,
                                                    management::EventSubscriptions& subscriptions,
                                                    const std::string& base_url) {
  if (config.default_communication && !declares(config.communication, kDefaultResource) &&
      !resources.snapshot()->by_name(kDefaultResource)) {
    DeclaredResource first;
    first.name = kDefaultResource;
    auto made = co_await apply_resource(first, resources);
    if (!made) co_return made.error();
  }
  for (const auto& declared : config.communication) {
    auto made = co_await apply_resource(declared, resources);
    if (!made) co_return made.error();
    const std::string arm_id = *made;
    auto applied =
        co_await apply_subscriptions(declared.subscriptions, arm_id, subscriptions, base_url);
    if (!applied) co_return applied.error();
  }
  co_return base::Result<void>();
}

}  // namespace

base::Async<base::Result<void>> apply_declared(const Config& config, management::Topics& topics,
                                               communication::Resources& resources,
                                               management::EventSubscriptions& subscriptions,
                                               std::string base_url) {
  auto applied = co_await apply_topics(config, topics, subscriptions, base_url);
  if (!applied) co_return applied;
  co_return co_await apply_communication(config, resources, subscriptions, base_url);
}

}  // namespace fanfare::app
