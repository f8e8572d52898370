#pragma once
/// Which events of a record: indices as ascending runs, since a subscription mostly gets
/// neighbours. Stored form: runs := varint n, n × (varint gap, varint count); gap counts from the
/// end of the run before.
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "base/bytes.h"

namespace fanfare::queue {

struct IndexRun {
  std::uint32_t first = 0;
  std::uint32_t count = 0;
  bool operator==(const IndexRun&) const = default;
};
using IndexRuns = std::vector<IndexRun>;

/// More events than one record may hold; bounds what a damaged record can ask for.
inline constexpr std::uint32_t kIndicesMax = 1'000'000;

/// Adds an index that is not below any of `runs`; the last one again changes nothing.
void add_index(IndexRuns& runs, std::uint32_t index);

std::size_t count_of(const IndexRuns& runs);

void write_runs(base::ByteWriter& out, const IndexRuns& runs);

/// nullopt when there are no runs, or one is empty or reaches past `end`.
std::optional<IndexRuns> read_runs(base::ByteReader& in, std::uint32_t end);

/// What is in `runs` and not in `taken`.
IndexRuns without(const IndexRuns& runs, const IndexRuns& taken);

}  // namespace fanfare::queue
