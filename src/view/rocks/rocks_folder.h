#pragma once
/// What everything that opens a view's folder shares: the options, the engine's own key, and how a
/// status of the library becomes an error.
#include <rocksdb/options.h>
#include <rocksdb/status.h>

#include <cstdint>
#include <filesystem>
#include <string_view>

#include "base/result.h"

namespace fanfare::view {

inline constexpr std::string_view kEnginePrefix = "\xff";
inline constexpr std::string_view kAppliedKey = "\xff\x61pplied";  ///< value: u64, little endian

rocksdb::Options rocks_options();

/// Errors: Corrupt.
base::Result<std::uint64_t> parse_applied(std::string_view value,
                                          const std::filesystem::path& folder);

/// Without CURRENT the library would begin a new database and sweep the old one's files away.
base::Result<void> refuse_headless(const std::filesystem::path& folder);

/// Corrupt (with what to do about it), or Unavailable for what may pass.
base::Error failure_in(const std::filesystem::path& folder, const rocksdb::Status& status);

}  // namespace fanfare::view
