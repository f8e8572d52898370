#pragma once
/// The log engines by name.
#include <filesystem>
#include <memory>
#include <string>

#include "base/clock.h"
#include "log/log.h"

namespace fanfare::log {

struct Options {
  std::filesystem::path folder;  ///< for the local engine; made when missing
  Durability durability = Durability::Fsync;
  std::uint64_t segment_bytes = 64ull << 20;  ///< size of one preallocated file
  /// A larger record is refused, and so is one that does not fit into a segment.
  std::uint64_t record_bytes_max = 32ull << 20;
  std::uint64_t reserve_bytes = 64ull << 20;  ///< room held back for a full disk; 0: none
  /// Appends waiting for the disk; past it Unavailable. Relaxed records are bounded likewise.
  std::uint64_t queue_bytes_max = 64ull << 20;
};

/// Opens the engine: `local` (segments in options.folder) or `memory`.
/// Errors: Unavailable (locked by another process), Corrupt, InvalidArgument (newer format).
base::Result<std::unique_ptr<Log>> open(const std::string& engine, const Options& options);

}  // namespace fanfare::log
