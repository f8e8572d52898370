#include "queue/index_runs.h"

#include <algorithm>

namespace fanfare::queue {

void add_index(IndexRuns& runs, std::uint32_t index) {
  if (!runs.empty()) {
    auto& last = runs.back();
    const std::uint32_t end = last.first + last.count;
    if (index < end) return;
    if (index == end) {
      ++last.count;
      return;
    }
  }
  runs.push_back({index, 1});
}

std::size_t count_of(const IndexRuns& runs) {
  std::size_t n = 0;
  for (const auto& run : runs) n += run.count;
  return n;
}

void write_runs(base::ByteWriter& out, const IndexRuns& runs) {
  out.varint(runs.size());
  std::uint32_t end = 0;
  for (const auto& run : runs) {
    out.varint(run.first - end);
    out.varint(run.count);
    end = run.first + run.count;
  }
}

std::optional<IndexRuns> read_runs(base::ByteReader& in, std::uint32_t end) {
  const auto n = in.varint();
  if (!in.ok() || n == 0 || n > in.remaining() / 2) return std::nullopt;
  IndexRuns runs;
  runs.reserve(static_cast<std::size_t>(n));
  std::uint64_t at = 0;
  for (std::uint64_t i = 0; i < n; ++i) {
    const auto gap = in.varint();
    const auto count = in.varint();
    if (!in.ok() || gap > end || count == 0 || count > end) return std::nullopt;
    if (at + gap + count > end) return std::nullopt;
    runs.push_back({static_cast<std::uint32_t>(at + gap), static_cast<std::uint32_t>(count)});
    at += gap + count;
  }
  return runs;
}

IndexRuns without(const IndexRuns& runs, const IndexRuns& taken) {
  IndexRuns left;
  auto cut = taken.begin();
  for (const auto& run : runs) {
    std::uint32_t at = run.first;
    const std::uint32_t end = run.first + run.count;
    while (at < end) {
      while (cut != taken.end() && cut->first + cut->count <= at) ++cut;
      const std::uint32_t stop = cut == taken.end() ? end : std::min(end, cut->first);
      if (stop > at) left.push_back({at, stop - at});
      at = cut == taken.end() || cut->first >= end ? end : cut->first + cut->count;
    }
  }
  return left;
}

}  // namespace fanfare::queue
