#include "view/memory/memory_records.h"

#include <mutex>

namespace fanfare::view {

base::Result<void> MemoryRecords::write(const Batch& batch) {
  const std::unique_lock lock(mutex_);
  for (const auto& change : batch.changes()) {
    if (const auto old = records_.find(change.key); old != records_.end()) erase(old);
    if (!change.value) continue;
    bytes_ += change.key.size() + change.value->size();
    records_.emplace(change.key, *change.value);
  }
  return {};
}

void MemoryRecords::erase(Map::iterator record) {
  bytes_ -= record->first.size() + record->second.size();
  records_.erase(record);
}

base::Result<std::optional<std::string>> MemoryRecords::get(std::string_view key) const {
  const std::shared_lock lock(mutex_);
  const auto found = records_.find(key);
  if (found == records_.end()) return std::optional<std::string>();
  return std::optional(found->second);
}

base::Result<void> MemoryRecords::scan(
    std::string_view prefix, std::string_view from,
    const std::function<bool(std::string_view, std::string_view)>& visit) const {
  const std::shared_lock lock(mutex_);
  for (auto record = records_.lower_bound(std::max(prefix, from)); record != records_.end();
       ++record) {
    if (!std::string_view(record->first).starts_with(prefix)) break;
    if (!visit(record->first, record->second)) break;
  }
  return {};
}

base::Result<void> MemoryRecords::erase_range(std::string_view from, std::string_view to) {
  const std::unique_lock lock(mutex_);
  auto record = records_.lower_bound(from);
  while (record != records_.end() && record->first < to) erase(record++);
  return {};
}

std::uint64_t MemoryRecords::applied() const {
  const std::shared_lock lock(mutex_);
  return applied_;
}

base::Result<void> MemoryRecords::flush(std::uint64_t applied) {
  const std::unique_lock lock(mutex_);
  applied_ = applied;
  return {};
}

std::uint64_t MemoryRecords::size_bytes() const {
  const std::shared_lock lock(mutex_);
  return bytes_;
}

}  // namespace fanfare::view
