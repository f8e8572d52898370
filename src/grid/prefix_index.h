#pragma once
/// Which of many prefixes a text begins with. Immutable after build().
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace fanfare::grid {

/// Prefixes in order, each linked to the longest other one that it begins with. All prefixes of a
/// text lie on the chain that starts at its predecessor, so a look-up costs a binary search and the
/// chain.
class PrefixIndex {
 public:
  /// Any number of values may have the same prefix.
  void add(std::string prefix, std::uint32_t value);
  void build();
  bool empty() const { return entries_.empty(); }

  /// Calls `report(value)` for each value whose prefix `text` begins with.
  template <class Report>
  void find(std::string_view text, Report report) const {
    for (std::int32_t at = last_not_above(text); at >= 0;
         at = entries_[static_cast<std::size_t>(at)].shorter) {
      const Entry& entry = entries_[static_cast<std::size_t>(at)];
      if (!text.starts_with(entry.prefix)) continue;
      for (const std::uint32_t value : entry.values) report(value);
    }
  }

 private:
  struct Entry {
    std::string prefix;
    std::vector<std::uint32_t> values;
    std::int32_t shorter = -1;  ///< the longest entry that is a prefix of this one
  };
  std::int32_t last_not_above(std::string_view text) const;

  std::vector<Entry> entries_;
};

}  // namespace fanfare::grid
