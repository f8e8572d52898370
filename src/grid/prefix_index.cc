#include "grid/prefix_index.h"

#include <algorithm>

namespace fanfare::grid {

void PrefixIndex::add(std::string prefix, std::uint32_t value) {
  entries_.push_back({std::move(prefix), {value}});
}

void PrefixIndex::build() {
  std::ranges::sort(entries_, {}, &Entry::prefix);
  std::vector<Entry> merged;
  std::vector<std::int32_t> chain;  // entries that begin the present one, shortest first
  for (auto& entry : entries_) {
    if (!merged.empty() && merged.back().prefix == entry.prefix) {
      merged.back().values.push_back(entry.values.front());
      continue;
    }
    while (!chain.empty() &&
           !entry.prefix.starts_with(merged[static_cast<std::size_t>(chain.back())].prefix)) {
      chain.pop_back();
    }
    entry.shorter = chain.empty() ? -1 : chain.back();
    chain.push_back(static_cast<std::int32_t>(merged.size()));
    merged.push_back(std::move(entry));
  }
  entries_ = std::move(merged);
}

std::int32_t PrefixIndex::last_not_above(std::string_view text) const {
  const auto after = std::ranges::upper_bound(
      entries_, text, {}, [](const Entry& entry) { return std::string_view(entry.prefix); });
  return static_cast<std::int32_t>(after - entries_.begin()) - 1;
}

}  // namespace fanfare::grid
