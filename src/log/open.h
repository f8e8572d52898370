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
  std::uint64_t segment_bytes = 64ull << 20;     ///< size of one preallocated file
  std::uint64_t record_bytes_max = 32ull << 20;  ///< a larger record is refused
  std::uint64_t reserve_bytes = 64ull
                                << 20;  ///< kept free for append_relaxed when the disk is full
  std::uint64_t queue_bytes_max = 64ull
                                  << 20;  ///< appends waiting for the disk; past it Unavailable
};

/// Opens the engine: `local` (segments in options.folder) or `memory`.
/// Errors: Unavailable (locked by another process), Corrupt, InvalidArgument (newer format).
base::Result<std::unique_ptr<Log>> open(const std::string& engine, const Options& options);

/// Gives the room that an opened log holds back for a full disk to others, before start(). The log
/// takes it again as soon as there is enough. True when there was some.
bool release_reserve(const Options& options);

}  // namespace fanfare::log
