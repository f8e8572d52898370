#include "app/config_nearest.h"

#include <algorithm>
#include <vector>

#include "base/bytes.h"

namespace fanfare::app {
namespace {

constexpr std::size_t kWordBytesMax = 64;

std::string folded(std::string_view word) {
  std::string out = base::ascii_lower(word.substr(0, kWordBytesMax));
  std::ranges::replace(out, '-', '_');
  return out;
}

/// Optimal string alignment distance.
std::size_t edits(std::string_view a, std::string_view b) {
  std::vector<std::vector<std::size_t>> d(a.size() + 1, std::vector<std::size_t>(b.size() + 1));
  for (std::size_t i = 0; i <= a.size(); ++i) d[i][0] = i;
  for (std::size_t j = 0; j <= b.size(); ++j) d[0][j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t change = a[i - 1] == b[j - 1] ? 0 : 1;
      d[i][j] = std::min({d[i - 1][j] + 1, d[i][j - 1] + 1, d[i - 1][j - 1] + change});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) {
        d[i][j] = std::min(d[i][j], d[i - 2][j - 2] + 1);
      }
    }
  }
  return d[a.size()][b.size()];
}

}  // namespace

std::optional<std::string> nearest(std::string_view word, std::span<const std::string> words) {
  const auto wanted = folded(word);
  const std::string* best = nullptr;
  std::size_t best_edits = std::max<std::size_t>(1, wanted.size() / 3) + 1;
  for (const auto& candidate : words) {
    const auto needed = edits(wanted, folded(candidate));
    if (needed >= best_edits) continue;
    best = &candidate;
    best_edits = needed;
  }
  if (best == nullptr) return std::nullopt;
  return *best;
}

}  // namespace fanfare::app
