#include "log/local/examine.h"

#include <algorithm>
#include <atomic>
#include <thread>
#include <utility>

#include "log/local/mark.h"

namespace fanfare::log {

base::Error damage(const std::filesystem::path& path, std::uint64_t offset,
                   const std::string& what) {
  const auto folder = path.parent_path().string();
  return {base::Errc::Corrupt,
          path.string() + " at offset " + std::to_string(offset) + ": " + what +
              ". Nothing was changed. Run `fanfare store check " + folder +
              "` for what is intact, and restore the folder from a backup.",
          path.string()};
}

namespace {

base::Error with_advice(base::Error error, const std::filesystem::path& folder) {
  if (error.code != base::Errc::Corrupt) return error;
  error.message += ". Nothing was changed. Run `fanfare store check " + folder.string() +
                   "` for what is intact, and restore the folder from a backup.";
  return error;
}

struct Listing {
  std::vector<std::uint64_t> numbers;
  std::vector<std::string> temporaries;
};

base::Result<Listing> list_files(Disk& disk, const std::filesystem::path& folder) {
  auto names = disk.list(folder);
  if (!names && names.error() == ENOENT) return Listing{};
  if (!names) return io_error("cannot list", folder, names.error());
  Listing listing;
  for (const auto& name : *names) {
    if (const auto number = parse_segment_name(name)) listing.numbers.push_back(*number);
    if (name.ends_with(".tmp")) listing.temporaries.push_back(name);
  }
  std::ranges::sort(listing.numbers);
  return listing;
}

base::Result<MarkValue> load_mark(Disk& disk, const std::filesystem::path& folder,
                                  const Listing& listing) {
  auto mark = read_mark(disk, folder);
  if (mark || mark.error().code != base::Errc::NotFound) return mark;
  if (listing.numbers.empty()) return mark;
  return damage(folder / kMarkName, 0, "the file is missing, but there are segments");
}

/// Opens every segment that the mark knows, and sees that none is missing between them.
base::Result<void> inspect_all(Disk& disk, const std::filesystem::path& folder,
                               const Listing& listing, Findings& found) {
  auto expected = found.mark.first_segment;
  for (const auto number : listing.numbers) {
    if (number < found.mark.first_segment) {
      found.leftovers.push_back(segment_name(number));
      continue;
    }
    if (number != expected) {
      return damage(folder / segment_name(expected), 0, "the file is missing");
    }
    auto facts = inspect_segment(disk, folder / segment_name(number), number, found.mark.store);
    if (!facts) return with_advice(std::move(facts.error()), folder);
    found.segments.push_back(std::move(*facts));
    ++expected;
  }
  const bool fresh = found.mark.durable == 0 && found.mark.first_segment == 1;
  if (found.segments.empty() && !fresh) {
    return damage(folder / segment_name(expected), 0, "the file is missing");
  }
  return {};
}

base::Result<void> read_one(Disk& disk, SegmentFacts& facts, bool in_full) {
  if (!in_full) {
    auto loaded = load_footer(disk, facts);
    if (!loaded) return std::move(loaded.error());
    if (*loaded) return {};
  }
  return scan_segment(disk, facts);
}

/// The newest first, as many at a time as there are threads.
base::Result<void> read_all(Disk& disk, Findings& found, const ExamineOptions& options) {
  auto& segments = found.segments;
  std::size_t in_full_from = segments.size();
  std::uint64_t bytes = 0;
  while (in_full_from > 0 && bytes < options.verify_bytes) {
    bytes += segments[--in_full_from].header.bytes;
  }
  std::vector<base::Result<void>> results(segments.size());
  std::atomic<std::size_t> taken{0};
  const auto work = [&] {
    for (auto i = taken++; i < segments.size(); i = taken++) {
      results[i] = read_one(disk, segments[i], i >= in_full_from);
    }
  };
  std::vector<std::thread> helpers;
  const auto threads = std::min<std::size_t>(options.threads, segments.size());
  for (std::size_t i = 1; i < threads; ++i) helpers.emplace_back(work);
  work();
  for (auto& helper : helpers) helper.join();
  for (auto& result : results) {
    if (!result) return std::move(result.error());
  }
  return {};
}

/// A segment behind which others hold records must be whole and lead on to the next.
base::Result<void> check_joint(const SegmentFacts& facts, const SegmentFacts& next) {
  if (!facts.sealed) return damage(facts.path, facts.broken->offset, facts.broken->reason);
  if (next.base != facts.next || next.first_link != facts.last_sum) {
    return damage(next.path, kSegmentHeaderBytes, "the segment does not follow the one before it");
  }
  return {};
}

base::Result<void> check_chain(Findings& found) {
  auto& segments = found.segments;
  found.with_records = segments.size();
  while (found.with_records > 0 && segments[found.with_records - 1].empty()) --found.with_records;
  for (std::size_t i = 0; i + 1 < found.with_records; ++i) {
    if (auto joint = check_joint(segments[i], segments[i + 1]); !joint) return joint;
  }
  if (found.with_records == 0) return {};
  const auto& first = segments.front();
  if (first.base != found.mark.first_position ||
      (first.base == 1 && first.first_link != first_link(found.mark.store))) {
    return damage(first.path, kSegmentHeaderBytes, "the log does not begin with this segment");
  }
  return {};
}

/// The end of the log must reach what was promised; only what is behind that may be torn.
base::Result<void> check_end(Disk& disk, const std::filesystem::path& folder, Findings& found) {
  const auto count = found.with_records;
  found.next = count == 0 ? found.mark.first_position : found.segments[count - 1].next;
  found.durable = found.mark.durable;
  if (count > 0) found.durable = std::max(found.durable, found.segments[count - 1].claimed);
  for (std::size_t i = count == 0 ? 0 : count - 1; i < found.segments.size(); ++i) {
    if (found.segments[i].sealed) continue;
    const auto claimed = claims_behind(disk, found.segments[i], found.next - 1);
    if (!claimed) return claimed.error();
    found.durable = std::max(found.durable, *claimed);
  }
  if (found.durable < found.next) return {};
  const std::string promised = "; records up to " + std::to_string(found.durable) +
                               " had been stored, found are those up to " +
                               std::to_string(found.next - 1);
  if (found.segments.empty()) {
    return damage(folder / segment_name(found.mark.first_segment), 0,
                  "the file is missing" + promised);
  }
  const auto& last = found.segments[count == 0 ? 0 : count - 1];
  if (last.sealed) {
    const bool there = count < found.segments.size();
    return damage(folder / segment_name(last.header.number + 1), there ? kSegmentHeaderBytes : 0,
                  (there ? "no record with a valid checksum" : "the file is missing") + promised);
  }
  return damage(last.path, last.broken->offset, last.broken->reason + promised);
}

base::Result<void> examine_into(Disk& disk, const std::filesystem::path& folder,
                                const ExamineOptions& options, Findings& found) {
  auto listing = list_files(disk, folder);
  if (!listing) return std::move(listing.error());
  auto mark = load_mark(disk, folder, *listing);
  if (!mark) return with_advice(std::move(mark.error()), folder);
  found.mark = *mark;
  found.leftovers = std::move(listing->temporaries);
  if (auto ok = inspect_all(disk, folder, *listing, found); !ok) return ok;
  if (auto ok = read_all(disk, found, options); !ok) return ok;
  if (auto ok = check_chain(found); !ok) return ok;
  return check_end(disk, folder, found);
}

}  // namespace

base::Result<Findings> examine(Disk& disk, const std::filesystem::path& folder,
                               const ExamineOptions& options) {
  Findings found;
  auto examined = examine_into(disk, folder, options, found);
  if (examined) return found;
  auto& error = examined.error();
  if (error.code != base::Errc::Corrupt && error.code != base::Errc::InvalidArgument) {
    return std::move(error);
  }
  found.refusal = std::move(error);
  return found;
}

}  // namespace fanfare::log
