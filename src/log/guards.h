#pragma once
/// Who wrote which aggregate last: the memory behind Guard. Not thread-safe.
#include <cstdint>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "log/log.h"

namespace fanfare::log {

/// 128 bits of XXH3 over an aggregate's name, seeded by the store.
struct AggregateKey {
  std::uint64_t low = 0;
  std::uint64_t high = 0;
  bool operator==(const AggregateKey&) const = default;
};

AggregateKey hash_aggregate(std::string_view aggregate, std::uint64_t seed);

class Guards {
 public:
  /// Whether `expected` is the last position of the aggregate. Positions before `first` count as 0.
  bool holds(const AggregateKey& key, Position expected, Position first) const;

  /// Notes that `position` named the aggregate. undo() takes back what was noted since settle().
  void note(const AggregateKey& key, Position position);
  void undo();
  void settle() { undo_.clear(); }

  /// Forgets what lies before `first`, when the map has grown enough for it to be worth a sweep.
  void forget_before(Position first);

  std::size_t size() const { return last_.size(); }

 private:
  struct Hash {
    std::size_t operator()(const AggregateKey& key) const { return key.low; }
  };
  struct Change {
    AggregateKey key;
    Position before = 0;
  };
  std::unordered_map<AggregateKey, Position, Hash> last_;
  std::vector<Change> undo_;
  std::size_t sweep_at_ = 1024;
  Position swept_ = 0;
};

}  // namespace fanfare::log
