#pragma once
/// A segment that is written or will be: the file, and zeros written ahead of the records, since
/// a sync is dearer where the file system has yet to mark blocks as written.
#include <condition_variable>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <mutex>

#include "base/result.h"
#include "log/local/disk.h"
#include "log/local/format.h"

namespace fanfare::log {

enum class Blocks {
  Unwritten,  ///< allocated, read as zeros
  Written,    ///< of a recycled file
};

class SegmentFile {
 public:
  SegmentFile(std::unique_ptr<File> file, std::filesystem::path path, const SegmentHeader& header,
              std::uint64_t end, Blocks blocks);

  /// Makes the file under a temporary name, allocated and synced, then gives it its name. When
  /// `recycled` exists it is used in place of a new file.
  static base::Result<std::shared_ptr<SegmentFile>> create(Disk& disk,
                                                           const std::filesystem::path& folder,
                                                           const SegmentHeader& header,
                                                           const std::filesystem::path& recycled);

  File& file() { return *file_; }
  const SegmentHeader& header() const { return header_; }
  const std::filesystem::path& path() const { return path_; }

  /// The writer's, before it writes there: waits for zeros that are just being written. True when
  /// more zeros should be written ahead.
  bool claim(std::uint64_t begin, std::uint64_t end);

  /// Writes and syncs one piece of zeros ahead of the writer, on an own handle: an error of the
  /// writer's bytes must be reported to the writer. False when there is enough.
  bool fill(Disk& disk);

 private:
  std::unique_ptr<File> file_;
  const std::filesystem::path path_;
  const SegmentHeader header_;

  std::mutex mutex_;
  std::condition_variable filled_change_;
  std::uint64_t claimed_;            ///< the writer's, up to here
  std::uint64_t filled_;             ///< zeros up to here
  std::uint64_t filling_ = 0;        ///< end of the piece that starts at filled_; 0: none
  std::unique_ptr<File> fill_file_;  ///< the filling thread's
};

}  // namespace fanfare::log
