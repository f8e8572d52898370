#include "log/local/segments.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace fanfare::log {

void Segments::add(Segment segment) {
  active_ = std::make_shared<Segment>(std::move(segment));
  const std::lock_guard lock(mutex_);
  segments_.push_back(active_);
}

void Segments::extend(Position base, Position next, std::uint64_t end,
                      const std::vector<IndexEntry>& index) {
  const std::lock_guard lock(mutex_);
  auto& segment = *active_;
  if (segment.base == 0) segment.base = base;
  segment.next = next;
  segment.end = end;
  segment.index.insert(segment.index.end(), index.begin(), index.end());
}

std::optional<Place> Segments::place_of(Position position) const {
  const std::lock_guard lock(mutex_);
  const auto after = std::ranges::upper_bound(
      segments_, position, {}, [](const auto& s) { return s->base == 0 ? ~Position{0} : s->base; });
  if (after == segments_.begin()) return std::nullopt;
  const Segment& segment = **std::prev(after);
  if (position >= segment.next) return std::nullopt;
  const auto number = static_cast<std::uint32_t>(position - segment.base);
  const auto entry = std::ranges::upper_bound(segment.index, number, {}, &IndexEntry::number);
  const std::uint64_t offset =
      entry == segment.index.begin() ? kSegmentHeaderBytes : std::prev(entry)->offset;
  return Place{segment.path, segment.header, offset, segment.end};
}

std::uint64_t Segments::bytes() const {
  const std::lock_guard lock(mutex_);
  std::uint64_t bytes = 0;
  for (const auto& segment : segments_) bytes += segment->header.bytes;
  return bytes;
}

std::vector<std::shared_ptr<const Segment>> Segments::all() const {
  const std::lock_guard lock(mutex_);
  return {segments_.begin(), segments_.end()};
}

std::optional<Segments::Dropped> Segments::trim(Position before) {
  const std::lock_guard lock(mutex_);
  Dropped dropped;
  while (segments_.size() > 1 && segments_[1]->base != 0 && segments_[1]->base <= before) {
    dropped.paths.push_back(segments_.front()->path);
    segments_.pop_front();
    first_.store(segments_.front()->base, std::memory_order_release);
  }
  if (dropped.paths.empty()) return std::nullopt;
  dropped.first_segment = segments_.front()->header.number;
  dropped.first_position = first_;
  return dropped;
}

}  // namespace fanfare::log
