#include "app/declared.h"

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

base::Async<base::Result<void>> apply_subscriptions(const DeclaredTopic& declared,
                                                    const std::string& topic_arm_id,
                                                    management::EventSubscriptions& subscriptions,
                                                    const std::string& base_url) {
  for (const auto& wanted : declared.subscriptions) {
    json::Value body = json::Value::object({{"properties", wanted.properties}});
    auto changed = co_await subscriptions.put(topic_arm_id, wanted.name, std::move(body), base_url);
    if (!changed) co_return at(wanted.where, changed.error());
  }
  co_return base::Result<void>();
}

bool declares(const Config& config, std::string_view topic) {
  for (const auto& declared : config.topics) {
    if (base::ascii_iequals(declared.name, topic)) return true;
  }
  return false;
}

}  // namespace

base::Async<base::Result<void>> apply_declared(const Config& config, management::Topics& topics,
                                               management::EventSubscriptions& subscriptions,
                                               std::string base_url) {
  if (config.default_topic && !declares(config, kDefaultTopic) &&
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
    auto applied = co_await apply_subscriptions(declared, topic_arm_id, subscriptions, base_url);
    if (!applied) co_return applied.error();
  }
  co_return base::Result<void>();
}

}  // namespace fanfare::app
