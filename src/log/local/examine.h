#pragma once
/// What a folder holds, and whether it may be opened: read only, changes nothing.
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "log/local/disk.h"
#include "log/local/format.h"
#include "log/local/scan.h"

namespace fanfare::log {

struct Findings {
  MarkValue mark;
  std::vector<SegmentFacts> segments;  ///< in order, without gaps, from mark.first_segment on
  std::size_t with_records = 0;        ///< how many of them, from the front, hold records
  std::vector<std::string> leftovers;  ///< names of files that an interrupted step left behind
  Position next = 1;

  /// Synced for certain, by the mark or by the claim of a later record. What lies behind may have
  /// been cut short by a crash and was never acknowledged as durable.
  Position durable = 0;

  /// Why the folder may not be opened: Corrupt, or InvalidArgument for a newer format. What stands
  /// above is as far as was read.
  std::optional<base::Error> refusal;
};

/// Corrupt, with what to do about it.
base::Error damage(const std::filesystem::path& path, std::uint64_t offset,
                   const std::string& what);

struct ExamineOptions {
  std::uint64_t verify_bytes =
      0;  ///< the newest so many are read in full; of older ones the footers
  unsigned threads = 2;
};

/// Errors: NotFound (no store here yet), Unavailable (the disk).
base::Result<Findings> examine(Disk& disk, const std::filesystem::path& folder,
                               const ExamineOptions& options);

}  // namespace fanfare::log
