#pragma once
/// Reads a whole view that nobody has open, and says what is damaged. Changes nothing.
#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string_view>

#include "base/result.h"

namespace fanfare::view {

struct Report {
  std::uint64_t applied = 0;
  std::uint64_t records = 0;          ///< the engine's own one not among them
  std::uint64_t bytes = 0;            ///< of the files that were read
  std::optional<base::Error> damage;  ///< the first that was found
};

/// `visit` gets every record in key order, as far as they can be read.
/// Errors: NotFound (no view there), Unavailable (the disk).
base::Result<Report> verify(
    const std::filesystem::path& folder,
    const std::function<void(std::string_view key, std::string_view value)>& visit);

}  // namespace fanfare::view
