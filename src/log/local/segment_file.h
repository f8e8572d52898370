#pragma once
/// A segment that is written or will be.
#include <cstdint>
#include <filesystem>
#include <memory>

#include "base/result.h"
#include "log/local/disk.h"
#include "log/local/format.h"

namespace fanfare::log {

struct SegmentFile {
  std::unique_ptr<File> file;
  std::filesystem::path path;
  SegmentHeader header;
};

/// Makes the file under a temporary name, allocated and synced, then gives it its name.
/// `recycled`, when not empty, is a file to use in place of a new one: a sync costs less where the
/// blocks have been written before, and no zeros need to be written for that.
base::Result<std::shared_ptr<SegmentFile>> make_segment_file(Disk& disk,
                                                             const std::filesystem::path& folder,
                                                             const SegmentHeader& header,
                                                             const std::filesystem::path& recycled);

}  // namespace fanfare::log
