#pragma once
/// Files that are to be durable, many with few syncs: they are written beside, made durable
/// together, renamed into place, and their folders made durable. Blocks.
#include <filesystem>
#include <span>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/time.h"

namespace fanfare::delivery {

struct DurableFile {
  std::filesystem::path path;
  std::string_view content;
  base::TimePoint at{};  ///< becomes the time of its last change
};

/// Writes all of them, for the owner alone, replacing what is there; folders are made as needed.
/// Some may be there after an error, none of them half. The number of syncs does not grow with the
/// number of files. Errors: Unavailable naming what failed.
base::Result<void> write_durably(std::span<const DurableFile> files);

/// Whether the name is one of a container's folder: letters, digits and hyphens only.
bool is_container_name(std::string_view name);

}  // namespace fanfare::delivery
