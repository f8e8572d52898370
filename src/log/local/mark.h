#pragma once
/// The mark file: what the store has promised to hold, so that a lost, emptied or rolled-back
/// segment is noticed. Two slots written in turn, so that a torn write leaves the other.
#include <filesystem>
#include <memory>
#include <mutex>

#include "base/result.h"
#include "log/local/disk.h"
#include "log/local/format.h"

namespace fanfare::log {

inline constexpr const char* kMarkName = "mark";

/// Reads the file. NotFound when there is none; Corrupt; InvalidArgument (newer); Unavailable.
base::Result<MarkValue> read_mark(Disk& disk, const std::filesystem::path& folder);

/// Thread-safe.
class Mark {
 public:
  Mark(std::unique_ptr<File> file, std::filesystem::path path, MarkValue value);

  /// Makes the file under a temporary name, synced, then gives it its name.
  static base::Result<std::unique_ptr<Mark>> create(Disk& disk, const std::filesystem::path& folder,
                                                    const StoreId& store);
  static base::Result<std::unique_ptr<Mark>> open(Disk& disk, const std::filesystem::path& folder,
                                                  const MarkValue& value);

  /// Notes that everything up to `durable` has been synced, or where the log begins now, and syncs.
  /// Neither ever goes back. After an error nothing more is written, unless only space was missing.
  base::Result<void> advance(Position durable);
  base::Result<void> trim(std::uint64_t first_segment, Position first_position);

  /// Writes the value again as it is.
  base::Result<void> confirm();

  MarkValue value() const;
  bool has_failed() const;

 private:
  base::Result<void> write(MarkValue value);

  mutable std::mutex mutex_;
  std::unique_ptr<File> file_;
  const std::filesystem::path path_;
  MarkValue value_;
  bool failed_ = false;
};

}  // namespace fanfare::log
