#include "delivery/rate_limit.h"

#include <algorithm>

namespace fanfare::delivery {

RateLimit::RateLimit(std::optional<int> per_minute) : per_minute_(per_minute) {
  if (!per_minute_) return;
  const base::Duration minute = base::minutes(1);
  const auto rate = std::max(1, *per_minute_);
  const auto at_once = std::max(1, rate / 10);
  const auto paced = rate < 10 ? rate : rate - at_once;
  interval_ = (minute + base::Duration(paced - 1)) / paced;
  burst_ = interval_ * (at_once - 1);
}

base::TimePoint RateLimit::next(base::TimePoint now) const {
  return per_minute_ ? pace_ - burst_ : now;
}

void RateLimit::take(base::TimePoint now) {
  if (per_minute_) pace_ = std::max(pace_, now) + interval_;
}

}  // namespace fanfare::delivery
