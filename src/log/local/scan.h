#pragma once
/// Reading a segment from its first record to its last, with every check.
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "log/local/disk.h"
#include "log/local/format.h"

namespace fanfare::log {

/// A sliding view of a file. Not thread-safe.
class Window {
 public:
  /// Reads `ahead` bytes or more at a time.
  explicit Window(std::size_t ahead) : ahead_(ahead) {}

  /// Bytes [offset, offset + bytes) of the file, fewer where `end` or the file ends first; valid
  /// until the next call. What the view holds already is not read again.
  std::expected<std::string_view, int> at(File& file, std::uint64_t offset, std::size_t bytes,
                                          std::uint64_t end);

  void forget() { held_ = 0; }

 private:
  std::size_t ahead_;
  std::unique_ptr<char[]> buffer_;
  std::size_t capacity_ = 0;
  std::uint64_t from_ = 0;
  std::size_t held_ = 0;
};

/// Why the walk ended before a seal.
struct Break {
  std::uint64_t offset = 0;
  const char* reason = "";
};

/// One segment as it was found.
struct SegmentFacts {
  std::filesystem::path path;
  SegmentHeader header;
  Position base = 0;  ///< 0: no record
  Position next = 0;
  std::uint64_t end = kSegmentHeaderBytes;  ///< where the frame after the last good one goes
  std::uint64_t first_link = 0;
  std::uint64_t last_sum = 0;
  bool sealed = false;
  std::uint64_t seal_offset = 0;
  bool verified = false;  ///< every payload was read
  Position claimed = 0;   ///< synced, say the frames
  std::optional<Break>
      broken;  ///< for an unsealed one: where, and why, no further record was found
  std::vector<IndexEntry> index;
  std::vector<GuardEntry> guards;

  bool empty() const { return base == 0; }
  std::uint64_t records() const { return empty() ? 0 : next - base; }
};

/// Where frames end: the trailer's place.
std::uint64_t frames_end(const SegmentHeader& header);

/// Opens the file and checks its header and size. Errors: Corrupt, InvalidArgument, Unavailable.
base::Result<SegmentFacts> inspect_segment(Disk& disk, const std::filesystem::path& path,
                                           std::uint64_t number, const StoreId& store);

/// Reads every frame. A break is a fact, not an error. Errors: Unavailable (the disk).
base::Result<void> scan_segment(Disk& disk, SegmentFacts& facts);

/// What frames behind the segment's break, of records after `after`, say had been synced. It proves
/// the break to be damage when that is more than was found.
base::Result<Position> claims_behind(Disk& disk, const SegmentFacts& facts, Position after);

/// Fills the facts of a sealed segment from its footer. False: it has none, scan it.
base::Result<bool> load_footer(Disk& disk, SegmentFacts& facts);

/// Walks the frames of one segment in order, whoever asks.
class FrameWalk {
 public:
  FrameWalk(File& file, Window& window, const SegmentHeader& header, std::uint64_t offset,
            std::uint64_t end)
      : file_(file), window_(window), header_(header), offset_(offset), end_(end) {}

  struct Step {
    Frame frame;
    std::uint64_t offset = 0;
    std::string_view payload;  ///< valid until the next step
  };
  enum class Payloads { Verify, Skip };

  /// The frame at offset(), then moves behind it. nullopt: none that passes; stopped() says why.
  /// Errors: Unavailable (the disk).
  base::Result<std::optional<Step>> next(Payloads payloads);

  std::uint64_t offset() const { return offset_; }
  const char* stopped() const { return stopped_; }

 private:
  base::Error cannot_read(int error) const;

  File& file_;
  Window& window_;
  const SegmentHeader& header_;
  std::uint64_t offset_;
  std::uint64_t end_;
  const char* stopped_ = "";
};

}  // namespace fanfare::log
