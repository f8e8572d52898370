#pragma once
/// What can be done with topics. The routes and the configuration file come through here alike.
#include <memory>
#include <optional>
#include <string>

#include "base/async.h"
#include "base/random.h"
#include "base/result.h"
#include "grid/registry.h"
#include "json/value.h"

namespace fanfare::management {

struct TopicName {
  std::string subscription;
  std::string resource_group;
  std::string name;

  std::string arm_id() const;
};

/// Keys that somebody chose; made at random where absent. Base64.
struct TopicKeys {
  std::optional<std::string> key1;
  std::optional<std::string> key2;
};

enum class TopicKey { Key1, Key2 };

/// Thread-safe.
class Topics {
 public:
  using TopicPtr = std::shared_ptr<const grid::Topic>;

  Topics(grid::Registry& registry, base::Random& random) : registry_(registry), random_(random) {}

  /// Creates the topic or replaces it, as PUT does with this body. Doing it twice changes nothing
  /// more. Errors: InvalidArgument (target: the property), Conflict, Unavailable.
  base::Async<base::Result<TopicPtr>> put(TopicName name, json::Value body, TopicKeys keys);
  base::Async<base::Result<TopicPtr>> patch(std::string arm_id, json::Value body);
  base::Async<base::Result<TopicPtr>> regenerate_key(std::string arm_id, TopicKey key);
  /// False when there was none.
  base::Async<base::Result<bool>> remove(std::string arm_id);

  grid::Registry& registry() { return registry_; }

 private:
  grid::Registry& registry_;
  base::Random& random_;
};

}  // namespace fanfare::management
