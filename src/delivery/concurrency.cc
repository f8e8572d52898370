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
  if (suspicious(now)) limit = std::min(limit, rules_.failing);
  return std::min(limit, rules_.max);
}

bool Concurrency::suspicious(base::TimePoint now) const {
  return last_heard_ && now - *last_heard_ >= rules_.silence;
}

void Concurrency::started(std::size_t in_flight, base::TimePoint now) {
  if (in_flight <= 1) last_heard_ = now;
  give_up_unused(in_flight, now);
  const auto gentle = gentle_until_ && now < *gentle_until_;
  if (failures_ == 0 && !gentle) usual_ = std::max(usual_, in_flight);
}

/// An endpoint that gets little keeps no right to much: were it to hang, it would hold all of that.
void Concurrency::give_up_unused(std::size_t in_flight, base::TimePoint now) {
  const auto passed = now - period_began_.value_or(now);
  if (!period_began_) period_began_ = now;
  if (passed >= rules_.period) {
    const auto used = passed < 2 * rules_.period ? most_used_ : 0;
    limit_ = std::min(limit_, static_cast<double>(std::max(rules_.start, 2 * used)));
    period_began_ = now;
    most_used_ = 0;
  }
  most_used_ = std::max(most_used_, in_flight);
}

void Concurrency::succeeded(Demand demand, base::TimePoint now) {
  last_heard_ = now;
  failures_ = 0;
  if (demand == Demand::Met) return;
  limit_ += limit_ < threshold_ ? 1.0 : 1.0 / limit_;
  limit_ = std::min(limit_, static_cast<double>(rules_.max));
}

void Concurrency::failed(Failing how, base::TimePoint now) {
  if (how == Failing::Error) last_heard_ = now;
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
