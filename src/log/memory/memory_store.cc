#include "log/memory/memory_store.h"

#include <limits>
#include <string>

namespace fanfare::log {

/// Nothing was there before: the guards of a memory log live in its committer alone.
base::Result<Guards> MemoryStore::replay(Position, const Apply&) { return Guards{}; }

AggregateKey MemoryStore::aggregate_key(const std::string& aggregate) const {
  return hash_aggregate(aggregate, 0);
}

base::Result<std::uint64_t> MemoryStore::room(std::uint64_t) {
  return std::numeric_limits<std::uint64_t>::max();
}

base::Result<void> MemoryStore::write(const std::vector<Entry*>& group, Sync) {
  const std::lock_guard lock(mutex_);
  for (const Entry* entry : group) {
    records_.push_back(entry->payload);
    bytes_ += entry->payload->size();
  }
  return {};
}

base::Result<Payload> MemoryStore::read(Position position) {
  const std::lock_guard lock(mutex_);
  if (position < first_ || position - first_ >= records_.size()) {
    return base::Error{base::Errc::NotFound, "no record " + std::to_string(position), {}};
  }
  return records_[position - first_];
}

Position MemoryStore::next() const {
  const std::lock_guard lock(mutex_);
  return first_ + records_.size();
}

void MemoryStore::trim(Position before) {
  const std::lock_guard lock(mutex_);
  while (first_ < before && !records_.empty()) {
    bytes_ -= records_.front()->size();
    records_.pop_front();
    first_.fetch_add(1, std::memory_order_release);
  }
}

std::uint64_t MemoryStore::size_bytes() const {
  const std::lock_guard lock(mutex_);
  return bytes_;
}

}  // namespace fanfare::log
