#pragma once
/// The communication resources that exist. Readers take an immutable snapshot; a change is one
/// commit of the resource and its system topic, applied in log order.
///
/// The records of the view:
///   comm/resource/<id>   communication/resource_json.h
///   comm/ids             the number given out last, in decimal, so that those of the deleted stay
///                        theirs
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/async.h"
#include "base/random.h"
#include "base/result.h"
#include "communication/resource.h"
#include "grid/registry.h"
#include "view/records.h"

namespace fanfare::communication {

inline constexpr std::string_view kTopicType = "Microsoft.Communication.CommunicationServices";

/// 1 to 63 letters, digits and hyphens, a hyphen neither first nor last: it is part of Host names.
bool valid_resource_name(std::string_view name);
inline constexpr std::string_view kResourceNameRule =
    "a communication resource's name has 1 to 63 letters, digits and hyphens, and neither begins "
    "nor ends with a hyphen";

/// What is wanted of a resource. Absent: as it is, or the default when it is made.
struct ResourceWish {
  std::string subscription_id;
  std::string resource_group;
  std::string name;
  std::optional<std::string> immutable_id;   ///< a GUID; made at random. Cannot be changed
  std::optional<std::string> data_location;  ///< cannot be changed
  std::optional<std::string> key1;           ///< base64; made at random
  std::optional<std::string> key2;
  std::optional<EventsRevision> events_revision;
  std::optional<std::vector<std::pair<std::string, std::string>>> tags;
};

enum class ResourceKey { Primary, Secondary };

/// Every resource at one time, by id.
class ResourceSet {
 public:
  const std::vector<ResourcePtr>& all() const { return resources_; }
  ResourcePtr by_id(ResourceId id) const;
  ResourcePtr by_name(std::string_view name) const;      ///< unique on a server; ignoring case
  ResourcePtr by_arm_id(std::string_view arm_id) const;  ///< ignoring case

  ResourceId last_id() const { return last_id_; }
  /// This set after the changes, which are records as they are stored. Errors: Corrupt.
  base::Result<std::shared_ptr<const ResourceSet>> with(const view::Batch& changes) const;

 private:
  base::Result<void> take(const view::Batch::Change& change);

  std::vector<ResourcePtr> resources_;
  ResourceId last_id_;
};
using ResourceSetPtr = std::shared_ptr<const ResourceSet>;

/// Thread-safe.
class Resources {
 public:
  /// Both outlive it.
  Resources(grid::Registry& registry, base::Random& random)
      : registry_(registry), random_(random) {}

  /// Reads what the view holds; before Queue::start, whose listener calls apply() after the
  /// registry's. Errors: Corrupt, Unavailable.
  base::Result<void> load(const view::Records& records);
  void apply(const view::Batch& state);

  ResourceSetPtr snapshot() const;

  /// Told after each change, on the log's thread. Added before the queue is started.
  void on_change(std::function<void(const ResourceSetPtr&)> listener);

  /// Gets ready what a new resource has; put() answers when all have. Added before the first put().
  using MadeListener = std::function<base::Async<base::Result<void>>(ResourcePtr)>;
  void on_made(MadeListener listener);

  /// Makes the resource with its system topic, or brings it up to the wish; doing it twice changes
  /// nothing more. Errors: InvalidArgument (target: the property), Conflict (the name is taken in
  /// another group), Unavailable.
  base::Async<base::Result<ResourcePtr>> put(ResourceWish wish);

  /// Errors: NotFound.
  base::Async<base::Result<ResourcePtr>> regenerate_key(std::string arm_id, ResourceKey key);

 private:
  /// Decides on what is there when the change is committed; null when it is to be made.
  using Edit = std::function<base::Result<Resource>(const Resource* existing)>;
  /// `subject` is the resource, or how it would be made.
  base::Async<base::Result<ResourcePtr>> change(Resource subject, Edit edit);

  grid::Registry& registry_;
  base::Random& random_;
  std::vector<std::function<void(const ResourceSetPtr&)>> listeners_;
  std::vector<MadeListener> made_listeners_;
  mutable std::mutex mutex_;
  ResourceSetPtr current_ = std::make_shared<const ResourceSet>();
};

}  // namespace fanfare::communication
