#include "log/guards.h"

#include <algorithm>

#define XXH_INLINE_ALL
#include <xxhash.h>

namespace fanfare::log {

AggregateKey hash_aggregate(std::string_view aggregate, std::uint64_t seed) {
  const XXH128_hash_t hash = XXH3_128bits_withSeed(aggregate.data(), aggregate.size(), seed);
  return {hash.low64, hash.high64};
}

bool Guards::holds(const AggregateKey& key, Position expected, Position first) const {
  const auto found = last_.find(key);
  const Position last = found == last_.end() ? 0 : found->second;
  const auto known = [first](Position position) { return position < first ? 0 : position; };
  return known(last) == known(expected);
}

void Guards::note(const AggregateKey& key, Position position) {
  Position& last = last_[key];
  undo_.push_back({key, last});
  last = position;
}

void Guards::undo() {
  for (auto change = undo_.rbegin(); change != undo_.rend(); ++change) {
    if (change->before == 0) {
      last_.erase(change->key);
    } else {
      last_[change->key] = change->before;
    }
  }
  undo_.clear();
}

void Guards::forget_before(Position first) {
  if (first <= swept_ || last_.size() < sweep_at_) return;
  std::erase_if(last_, [first](const auto& entry) { return entry.second < first; });
  swept_ = first;
  sweep_at_ = std::max<std::size_t>(1024, last_.size() * 2);
}

}  // namespace fanfare::log
