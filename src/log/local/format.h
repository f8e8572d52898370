#pragma once
/// The bytes of the local log, as docs/formats/log.md has them. Pure: no files here.
/// Everything is little endian; nothing here is ever renumbered.
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "log/guards.h"
#include "log/log.h"

namespace fanfare::log {

inline constexpr std::uint32_t kFormatVersion = 1;
inline constexpr std::size_t kSegmentHeaderBytes =
    4096;  ///< a block of its own: never torn by a record
inline constexpr std::size_t kTrailerBytes = 16;
inline constexpr std::size_t kFrameHeaderBytes = 40;
inline constexpr std::size_t kAggregateBytes = 16;
inline constexpr std::size_t kMarkSlotBytes = 4096;
inline constexpr std::size_t kIndexStride = 64 * 1024;
inline constexpr std::uint64_t kPayloadBytesMax = 1ull << 30;

struct StoreId {
  std::uint64_t low = 0;
  std::uint64_t high = 0;
  bool operator==(const StoreId&) const = default;
};

std::string to_string(const StoreId& id);

struct SegmentHeader {
  StoreId store;
  std::uint64_t number = 0;
  std::uint64_t salt = 0;  ///< random for each use of a file: bytes of an earlier use never pass
  std::uint64_t bytes = 0;
};

/// kSegmentHeaderBytes long.
std::string encode_segment_header(const SegmentHeader& header);

/// Errors: Corrupt, InvalidArgument (written by a newer version).
base::Result<SegmentHeader> decode_segment_header(std::string_view bytes);

/// What the store promised at some moment: the high-water mark, and where the log begins.
struct MarkValue {
  StoreId store;
  std::uint64_t sequence = 0;
  Position durable = 0;             ///< every record up to it had been synced
  std::uint64_t first_segment = 1;  ///< older files are leftovers of a trim
  Position first_position = 1;
};

/// kMarkSlotBytes long.
std::string encode_mark(const MarkValue& mark);

/// The newer of the two slots that passes its check. Errors as of decode_segment_header.
base::Result<MarkValue> decode_marks(std::string_view both_slots);

enum class FrameKind : std::uint8_t { Record = 1, Guarded = 2, Seal = 3 };

struct Frame {
  std::uint64_t sum = 0;
  std::uint64_t previous = 0;  ///< the sum of the frame before, across segments
  Position position = 0;       ///< of a seal: the position after the segment's last
  std::uint64_t payload_sum = 0;
  std::uint32_t length = 0;
  Position durable = 0;  ///< what had been synced when this was written; 0 for no claim
  FrameKind kind = FrameKind::Record;
  AggregateKey aggregate;

  std::size_t header_bytes() const {
    return kFrameHeaderBytes + (kind == FrameKind::Guarded ? kAggregateBytes : 0);
  }
  /// With padding.
  std::size_t bytes() const { return (header_bytes() + length + 7) / 8 * 8; }
};

inline constexpr std::size_t kFrameHeaderBytesMax = kFrameHeaderBytes + kAggregateBytes;

/// Writes the header to `out`, which has room for header_bytes(), and returns its sum.
std::uint64_t encode_frame_header(const Frame& frame, std::uint64_t salt, char* out);

/// Reads a header; nullopt when the bytes are no header of this segment. `bytes` may be longer.
std::optional<Frame> decode_frame_header(std::string_view bytes, std::uint64_t salt);

/// Quick test, without the checksum, whether a header for one of these positions may stand here.
/// `bytes` has at least kFrameHeaderBytes.
bool may_be_frame_header(const char* bytes, Position after, Position up_to);

std::uint64_t payload_seed(const StoreId& store);
std::uint64_t payload_sum(std::string_view payload, std::uint64_t seed);

/// The link of the very first record, which has none before it.
std::uint64_t first_link(const StoreId& store);

/// Where to start looking for a record: one entry at least every kIndexStride.
struct IndexEntry {
  std::uint32_t offset = 0;
  std::uint32_t number = 0;  ///< the record's position, counted from the segment's first
};

struct GuardEntry {
  AggregateKey key;
  std::uint32_t number = 0;
};

/// What a seal tells of its segment, so that an old one need not be read at start.
struct Footer {
  Position base = 0;
  Position next = 0;
  std::vector<IndexEntry> index;
  std::vector<GuardEntry> guards;
};

std::string encode_footer(const Footer& footer);
std::optional<Footer> decode_footer(std::string_view bytes);
std::size_t footer_bytes_max(std::size_t index, std::size_t guards);

/// The last bytes of a sealed segment: where its seal is.
std::string encode_trailer(std::uint64_t seal_offset, std::uint64_t salt);
std::optional<std::uint64_t> decode_trailer(std::string_view bytes, std::uint64_t salt);

/// `0000000000000007.seg`, and back.
std::string segment_name(std::uint64_t number);
std::optional<std::uint64_t> parse_segment_name(std::string_view name);

}  // namespace fanfare::log
