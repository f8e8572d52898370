#include "management/topics.h"

#include "base/bytes.h"
#include "management/arm.h"
#include "management/topic_resource.h"

namespace fanfare::management {

namespace {

constexpr std::size_t kKeyBytes = 32;

base::Result<void> check_keys(const TopicKeys& keys) {
  for (const auto& [name, key] : {std::pair("key1", &keys.key1), std::pair("key2", &keys.key2)}) {
    if (!*key) continue;
    const auto bytes = base::base64_decode(**key);
    if (!bytes || bytes->empty()) return base::invalid("must be base64", name);
  }
  return {};
}

}  // namespace

std::string TopicName::arm_id() const {
  grid::Topic topic;
  topic.subscription_id = subscription;
  topic.resource_group = resource_group;
  topic.name = name;
  return topic.arm_id();
}

base::Async<base::Result<Topics::TopicPtr>> Topics::put(TopicName name, json::Value body,
                                                        TopicKeys keys) {
  if (auto checked = check_keys(keys); !checked) co_return std::move(checked.error());
  const auto existing = registry_.catalog()->topic_by_arm_id(name.arm_id());
  auto topic = topic_from_put(body, existing ? existing->topic.get() : nullptr);
  if (!topic) co_return std::move(topic.error());
  topic->subscription_id = std::move(name.subscription);
  topic->resource_group = std::move(name.resource_group);
  topic->name = std::move(name.name);
  topic->metric_resource_id = base::uuid4(random_);
  topic->key1 = std::move(keys.key1).value_or("");
  topic->key2 = std::move(keys.key2).value_or("");
  if (!existing) {
    if (topic->key1.empty()) topic->key1 = base::random_key(random_, kKeyBytes);
    if (topic->key2.empty()) topic->key2 = base::random_key(random_, kKeyBytes);
  }
  auto wanted = *std::move(topic);
  co_return co_await registry_.put_topic(std::move(wanted));
}

base::Async<base::Result<Topics::TopicPtr>> Topics::patch(std::string arm_id, json::Value body) {
  grid::Registry::TopicEdit edit = [body = std::move(body)](const grid::Topic& existing) {
    return topic_from_patch(body, existing);
  };
  co_return co_await registry_.update_topic(std::move(arm_id), std::move(edit));
}

base::Async<base::Result<Topics::TopicPtr>> Topics::regenerate_key(std::string arm_id,
                                                                   TopicKey key) {
  grid::Registry::TopicEdit edit = [key, fresh = base::random_key(random_, kKeyBytes)](
                                       const grid::Topic& existing) -> base::Result<grid::Topic> {
    auto topic = existing;
    (key == TopicKey::Key1 ? topic.key1 : topic.key2) = fresh;
    return topic;
  };
  co_return co_await registry_.update_topic(std::move(arm_id), std::move(edit));
}

base::Async<base::Result<bool>> Topics::remove(std::string arm_id) {
  co_return co_await registry_.delete_topic(std::move(arm_id));
}

}  // namespace fanfare::management
