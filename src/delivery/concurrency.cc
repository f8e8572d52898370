#include "delivery/concurrency.h"

#include <algorithm>

namespace fanfare::delivery {

namespace {

/// Failures in a row that make an endpoint a bad one.
constexpr int kBadAfter = 3;

}  // namespace

Concurrency::Concurrency(ConcurrencyRules rules)
    : rules_(rules),
      limit_(static_cast<double>(rules.start)),
      threshold_(static_cast<double>(rules.max)) {}

std::size_t Concurrency::limit(base::TimePoint now) const {
  auto limit = std::max<std::size_t>(1, static_cast<std::size_t>(limit_));
  if (gentle_until_ && now < *gentle_until_) {
    const auto usual = usual_ == 0 ? rules_.start : usual_;
    limit = std::min(limit, 2 * usual);
  }
  return std::min(limit, rules_.max);
}

void Concurrency::used(std::size_t in_flight, base::TimePoint now) {
  const auto gentle = gentle_until_ && now < *gentle_until_;
  if (failures_ == 0 && !gentle) usual_ = std::max(usual_, in_flight);
}

void Concurrency::succeeded(Demand demand) {
  failures_ = 0;
  if (demand == Demand::Met) return;
  limit_ += limit_ < threshold_ ? 1.0 : 1.0 / limit_;
  limit_ = std::min(limit_, static_cast<double>(rules_.max));
}

void Concurrency::failed(Failing how) {
  ++failures_;
  limit_ = std::max(1.0, limit_ / 2);
  if (failures_ == 1) threshold_ = std::max(limit_, static_cast<double>(rules_.failing));
  if (how == Failing::Timeout || failures_ >= kBadAfter) {
    limit_ = std::min(limit_, static_cast<double>(rules_.failing));
  }
}

void Concurrency::recovered(base::TimePoint now) {
  failures_ = 0;
  limit_ = static_cast<double>(std::min(rules_.start, rules_.failing));
  gentle_until_ = now + rules_.gentle;
}

}  // namespace fanfare::delivery
