#pragma once
/// WebHook-Allowed-Rate kept as a promise: in no minute more requests than the endpoint allowed.
/// Pure.
#include <optional>

#include "base/time.h"

namespace fanfare::delivery {

/// A tenth of the minute's requests may go out at once after quiet times; the others follow at an
/// even pace that leaves room for that tenth in every minute.
class RateLimit {
 public:
  /// nullopt: no limit.
  explicit RateLimit(std::optional<int> per_minute = std::nullopt);

  std::optional<int> per_minute() const { return per_minute_; }

  /// When the next request may go out; not later than `now` when at once.
  base::TimePoint next(base::TimePoint now) const;
  /// A request goes out.
  void take(base::TimePoint now);

 private:
  std::optional<int> per_minute_;
  base::Duration interval_{};
  base::Duration burst_{};  ///< how far ahead of the even pace it may run
  base::TimePoint pace_{};  ///< when the next is due at the even pace
};

}  // namespace fanfare::delivery
