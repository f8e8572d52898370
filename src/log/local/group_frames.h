#pragma once
/// A group of records as the bytes that are written for it, and the seal that ends a segment.
#include <sys/uio.h>

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "log/local/format.h"
#include "log/local/segments.h"
#include "log/store.h"

namespace fanfare::log {

/// The end of what has been written: what the next frame goes on from.
struct WriteEnd {
  std::uint64_t offset = kSegmentHeaderBytes;
  std::uint64_t link = 0;  ///< the sum of the frame before
};

/// Reused from group to group. Not thread-safe.
class GroupFrames {
 public:
  /// `durable` is the last record known synced.
  void lay_out(const std::vector<Entry*>& group, const Segment& segment, WriteEnd from,
               Position durable);

  /// To be written at from.offset, one behind the other; valid until the next lay_out().
  std::span<iovec> pieces() { return pieces_; }
  const WriteEnd& end() const { return end_; }
  const std::vector<IndexEntry>& index() const { return index_; }    ///< new ones
  const std::vector<GuardEntry>& guards() const { return guards_; }  ///< new ones

 private:
  void clear(const std::vector<Entry*>& group);
  void note_index(const Segment& segment, std::uint32_t number);
  void add(const Entry& entry, std::uint64_t salt, Position durable);
  void add_piece(const char* data, std::size_t bytes);

  WriteEnd end_;
  std::vector<IndexEntry> index_;
  std::vector<GuardEntry> guards_;
  std::string scratch_;
  std::vector<iovec> pieces_;
};

/// What groups may still take of a segment, with the seal fitting behind them.
std::uint64_t room_for_records(const Segment& segment, std::uint64_t end, std::size_t guards);

/// What a record takes of that room: its frame, and its part of the seal.
std::uint64_t room_of(const Entry& entry);

/// The largest payload that fits into an empty segment.
std::uint64_t payload_bytes_max(std::uint64_t segment_bytes);

struct Seal {
  std::string bytes;    ///< to be written at the end
  std::string trailer;  ///< to be written at frames_end()
  std::uint64_t sum = 0;
};
Seal make_seal(const Segment& segment, WriteEnd end, Position next, Position durable,
               const std::vector<GuardEntry>& guards);

}  // namespace fanfare::log
