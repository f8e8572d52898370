#pragma once
/// Reads records back from their segments, verified by their checksums.
#include <memory>
#include <mutex>

#include "base/result.h"
#include "log/local/disk.h"
#include "log/local/scan.h"
#include "log/local/segments.h"

namespace fanfare::log {

class Reader {
 public:
  Reader(Disk& disk, const Segments& segments) : disk_(disk), segments_(segments) {}

  /// Thread-safe. Errors: NotFound, Corrupt, Unavailable.
  base::Result<Payload> read(Position position);

  /// Calls `apply` for every record from `from` on, while nobody writes.
  base::Result<void> replay(Position from, const Apply& apply);

 private:
  base::Result<Payload> read_at(const Place& place, Position position);
  base::Result<void> open(const Place& place);
  base::Result<void> replay_segment(const Segment& segment, Position from, const Apply& apply);

  Disk& disk_;
  const Segments& segments_;

  // What was read last, as the next one often wants what follows.
  std::mutex mutex_;
  std::uint64_t number_ = 0;
  std::unique_ptr<File> file_;
  Window window_{64 * 1024};
};

}  // namespace fanfare::log
