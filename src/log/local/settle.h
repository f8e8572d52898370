#pragma once
/// What recovery does to a folder before it is gone on with: what was read becomes durable, and
/// what an interrupted step left behind goes.
#include <cstdint>
#include <filesystem>

#include "base/result.h"
#include "log/local/disk.h"
#include "log/local/examine.h"
#include "log/local/mark.h"
#include "log/local/scan.h"

namespace fanfare::log {

/// Makes names and the mark durable: when the process before ended over a failed sync, they may be
/// there for readers only.
base::Result<void> confirm(Disk& disk, const std::filesystem::path& folder, Mark& mark);

/// Empty segments made for another segment size become leftovers: a record allowed now might not
/// fit.
void drop_misfits(Findings& found, std::uint64_t segment_bytes);

base::Result<void> remove_leftovers(Disk& disk, const std::filesystem::path& folder,
                                    const Findings& found);

/// Writes again what behind the record `durable` was not known to be synced, and syncs it. Not only
/// a sync: after a failed one the kernel may hold these pages as clean although the disk never got
/// them.
base::Result<void> settle_tail(Disk& disk, const SegmentFacts& last, Position durable);

}  // namespace fanfare::log
