#include "queue/ledger.h"

#include <algorithm>
#include <limits>

#include "base/check.h"

namespace fanfare::queue {

namespace {
constexpr log::Position kStretch = 64;
}

void Ledger::add(log::Position position, base::TimePoint published, std::uint64_t tasks) {
  if (tasks == 0) return;
  const auto number = position / kStretch;
  const auto hint = stretches_.empty() || stretches_.rbegin()->first < number
                        ? stretches_.end()
                        : stretches_.lower_bound(number);
  const auto at = stretches_.try_emplace(hint, number);
  auto& stretch = at->second;
  stretch.published = stretch.tasks == 0 ? published : std::min(stretch.published, published);
  stretch.tasks += tasks;
  total_ += tasks;
}

void Ledger::remove(log::Position position, std::uint64_t tasks) {
  if (tasks == 0) return;
  const auto at = stretches_.find(position / kStretch);
  FANFARE_CHECK(at != stretches_.end() && at->second.tasks >= tasks);
  at->second.tasks -= tasks;
  total_ -= tasks;
  if (at->second.tasks == 0) stretches_.erase(at);
}

log::Position Ledger::oldest_position() const {
  if (stretches_.empty()) return std::numeric_limits<log::Position>::max();
  return stretches_.begin()->first * kStretch;
}

base::TimePoint Ledger::oldest_published() const {
  return stretches_.empty() ? base::TimePoint{} : stretches_.begin()->second.published;
}

}  // namespace fanfare::queue
