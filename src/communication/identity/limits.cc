#include "communication/identity/limits.h"

#include <algorithm>
#include <cmath>

namespace fanfare::communication::identity {

namespace {

double in_seconds(base::Duration duration) {
  return std::chrono::duration<double>(duration).count();
}

}  // namespace

int service_limit(Operation operation) {
  switch (operation) {
    case Operation::Create:
    case Operation::CreateWithToken:
    case Operation::Issue:
      return 1000;
    case Operation::Delete:
    case Operation::Revoke:
    case Operation::Exchange:
      break;
  }
  return 500;
}

std::optional<base::seconds> OperationLimits::take(ResourceId resource, Operation operation) {
  if (mode_ == LimitMode::Off) return std::nullopt;
  const double limit = service_limit(operation);
  const double per_second = limit / in_seconds(kLimitWindow);
  const auto now = clock_.now();
  const std::lock_guard lock(mutex_);
  const auto [it, is_new] =
      buckets_.try_emplace(std::pair(resource, operation), Bucket{limit, now});
  auto& bucket = it->second;
  bucket.left = std::min(limit, bucket.left + per_second * in_seconds(now - bucket.filled));
  bucket.filled = now;
  if (bucket.left >= 1) {
    bucket.left -= 1;
    return std::nullopt;
  }
  const double wait = std::ceil((1 - bucket.left) / per_second);
  return base::seconds(std::max<std::int64_t>(1, static_cast<std::int64_t>(wait)));
}

}  // namespace fanfare::communication::identity
