#pragma once
/// Reads a whole local log and says what is in it and what is damaged. Changes nothing.
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "log/log.h"

namespace fanfare::log {

class Disk;
class FolderLock;

struct Report {
  std::string store_id;
  Position first = 1;
  Position next = 1;  ///< as far as it could be read
  std::uint64_t segments = 0;
  std::uint64_t records = 0;
  std::uint64_t guarded = 0;  ///< of them, with a guard
  std::uint64_t bytes = 0;    ///< of records with their headers
  Position synced = 0;  ///< stored for certain; later records were cut short or not yet synced
  std::optional<base::Error> damage;  ///< the first that was found; a start refuses the folder
  std::shared_ptr<FolderLock> lock;   ///< nobody opens the log while this exists
};

/// Errors: NotFound (no log there), Unavailable (in use, or the disk), InvalidArgument (newer
/// format).
base::Result<Report> verify(const std::filesystem::path& folder);
base::Result<Report> verify(Disk& disk, const std::filesystem::path& folder);

}  // namespace fanfare::log
