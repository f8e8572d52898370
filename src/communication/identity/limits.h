#pragma once
/// How many operations of a kind a resource may ask for. Off unless configured. Source: the
/// service's published limits, per 30 seconds.
#include <array>
#include <cstddef>
#include <map>
#include <mutex>
#include <optional>
#include <utility>

#include "base/clock.h"
#include "communication/resource.h"

namespace fanfare::communication::identity {

enum class Operation { Create, CreateWithToken, Issue, Delete, Revoke, Exchange };

enum class LimitMode { Off, Service };

inline constexpr base::Duration kLimitWindow = base::seconds(30);

/// 1000 for Create, CreateWithToken and Issue, 500 for the others.
int service_limit(Operation operation);

/// A bucket per resource and kind that holds the limit and fills again within the window.
/// Thread-safe.
class OperationLimits {
 public:
  /// The clock outlives it.
  OperationLimits(base::Clock& clock, LimitMode mode) : clock_(clock), mode_(mode) {}

  /// Takes one; nullopt when it may go ahead, else how long to wait (whole seconds, at least one).
  std::optional<base::seconds> take(ResourceId resource, Operation operation);

 private:
  struct Bucket {
    double left = 0;
    base::TimePoint filled{};
  };
  base::Clock& clock_;
  const LimitMode mode_;
  std::mutex mutex_;
  std::map<std::pair<ResourceId, Operation>, Bucket> buckets_;
};

}  // namespace fanfare::communication::identity
