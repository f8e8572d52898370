#include "log/local/format.h"

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <cstring>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "base/bytes.h"

namespace fanfare::log {
namespace {

static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "stored integers are little endian");

constexpr std::string_view kSegmentMagic = "FFLOGSEG";
constexpr std::string_view kMarkMagic = "FFLOGMRK";
constexpr std::size_t kSegmentSummed = 56;
constexpr std::size_t kMarkSummed = 64;
constexpr std::uint32_t kNoClaim = 0xFFFFFF;

template <class T>
T load(const char* bytes) {
  T value;
  std::memcpy(&value, bytes, sizeof value);
  return value;
}

template <class T>
void store(char* out, T value) {
  std::memcpy(out, &value, sizeof value);
}

base::Error corrupt(std::string message) { return {base::Errc::Corrupt, std::move(message), {}}; }

/// Magic, sum and version stand at the same place in every version, so that a newer file can be
/// told from a damaged one.
base::Result<void> check_block(std::string_view bytes, std::string_view magic, std::size_t summed) {
  if (bytes.size() < summed + 8) return corrupt("the header is cut short");
  if (!bytes.starts_with(magic)) return corrupt("the header is not one of this format");
  if (XXH3_64bits(bytes.data(), summed) != load<std::uint64_t>(bytes.data() + summed)) {
    return corrupt("the header's checksum does not match");
  }
  const auto version = load<std::uint32_t>(bytes.data() + 8);
  if (version > kFormatVersion) {
    return base::invalid("written in format " + std::to_string(version) +
                         ", newer than this version of Fanfare reads (" +
                         std::to_string(kFormatVersion) + "); use the version that wrote it");
  }
  return {};
}

void seal_block(std::string& out, std::size_t bytes) {
  base::ByteWriter(out).u64(XXH3_64bits(out.data(), out.size()));
  out.resize(bytes, '\0');
}

base::Result<MarkValue> decode_mark(std::string_view slot) {
  if (auto checked = check_block(slot, kMarkMagic, kMarkSummed); !checked) {
    return std::move(checked.error());
  }
  base::ByteReader in(slot.substr(16));
  MarkValue mark;
  mark.store.low = in.u64();
  mark.store.high = in.u64();
  mark.sequence = in.u64();
  mark.durable = in.u64();
  mark.first_segment = in.u64();
  mark.first_position = in.u64();
  return mark;
}

}  // namespace

std::string to_string(const StoreId& id) {
  std::string bytes;
  base::ByteWriter out(bytes);
  out.u64(id.high);
  out.u64(id.low);
  return base::hex_encode(bytes);
}

std::string encode_segment_header(const SegmentHeader& header) {
  std::string bytes(kSegmentMagic);
  base::ByteWriter out(bytes);
  out.u32(kFormatVersion);
  out.u32(kSegmentHeaderBytes);
  out.u64(header.store.low);
  out.u64(header.store.high);
  out.u64(header.number);
  out.u64(header.salt);
  out.u64(header.bytes);
  seal_block(bytes, kSegmentHeaderBytes);
  return bytes;
}

base::Result<SegmentHeader> decode_segment_header(std::string_view bytes) {
  if (auto checked = check_block(bytes, kSegmentMagic, kSegmentSummed); !checked) {
    return std::move(checked.error());
  }
  base::ByteReader in(bytes.substr(16));
  SegmentHeader header;
  header.store.low = in.u64();
  header.store.high = in.u64();
  header.number = in.u64();
  header.salt = in.u64();
  header.bytes = in.u64();
  return header;
}

std::string encode_mark(const MarkValue& mark) {
  std::string bytes(kMarkMagic);
  base::ByteWriter out(bytes);
  out.u32(kFormatVersion);
  out.u32(0);
  out.u64(mark.store.low);
  out.u64(mark.store.high);
  out.u64(mark.sequence);
  out.u64(mark.durable);
  out.u64(mark.first_segment);
  out.u64(mark.first_position);
  seal_block(bytes, kMarkSlotBytes);
  return bytes;
}

base::Result<MarkValue> decode_marks(std::string_view both_slots) {
  auto first = decode_mark(both_slots.substr(0, kMarkSlotBytes));
  auto second = decode_mark(both_slots.size() > kMarkSlotBytes ? both_slots.substr(kMarkSlotBytes)
                                                               : std::string_view());
  if (!first && first.error().code == base::Errc::InvalidArgument) return first;
  if (!second && second.error().code == base::Errc::InvalidArgument) return second;
  if (!first) return second;
  if (!second) return first;
  return first->sequence > second->sequence ? first : second;
}

std::uint64_t encode_frame_header(const Frame& frame, std::uint64_t salt, char* out) {
  const auto behind = frame.position - frame.durable;
  const auto lag = static_cast<std::uint32_t>(
      frame.durable == 0 ? kNoClaim : std::min<Position>(behind, kNoClaim));
  store<std::uint64_t>(out + 8, frame.previous);
  store<std::uint64_t>(out + 16, frame.position);
  store<std::uint64_t>(out + 24, frame.payload_sum);
  store<std::uint32_t>(out + 32, frame.length);
  store<std::uint32_t>(out + 36, lag << 8 | static_cast<std::uint32_t>(frame.kind));
  if (frame.kind == FrameKind::Guarded) {
    store<std::uint64_t>(out + 40, frame.aggregate.low);
    store<std::uint64_t>(out + 48, frame.aggregate.high);
  }
  const auto sum = XXH3_64bits_withSeed(out + 8, frame.header_bytes() - 8, salt);
  store<std::uint64_t>(out, sum);
  return sum;
}

std::optional<Frame> decode_frame_header(std::string_view bytes, std::uint64_t salt) {
  if (bytes.size() < kFrameHeaderBytes) return std::nullopt;
  const char* const in = bytes.data();
  const auto lag_kind = load<std::uint32_t>(in + 36);
  const auto kind = lag_kind & 0xFF;
  if (kind < static_cast<std::uint32_t>(FrameKind::Record) ||
      kind > static_cast<std::uint32_t>(FrameKind::Seal)) {
    return std::nullopt;
  }
  Frame frame;
  frame.kind = static_cast<FrameKind>(kind);
  if (bytes.size() < frame.header_bytes()) return std::nullopt;
  frame.sum = load<std::uint64_t>(in);
  if (XXH3_64bits_withSeed(in + 8, frame.header_bytes() - 8, salt) != frame.sum) {
    return std::nullopt;
  }
  frame.previous = load<std::uint64_t>(in + 8);
  frame.position = load<std::uint64_t>(in + 16);
  frame.payload_sum = load<std::uint64_t>(in + 24);
  frame.length = load<std::uint32_t>(in + 32);
  const auto lag = lag_kind >> 8;
  frame.durable = lag == kNoClaim || lag > frame.position ? 0 : frame.position - lag;
  if (frame.kind == FrameKind::Guarded) {
    frame.aggregate = {load<std::uint64_t>(in + 40), load<std::uint64_t>(in + 48)};
  }
  if (frame.position == 0 || frame.length > kPayloadBytesMax) return std::nullopt;
  return frame;
}

bool may_be_frame_header(const char* bytes, Position after, Position up_to) {
  const auto position = load<std::uint64_t>(bytes + 16);
  return position > after && position <= up_to;
}

std::uint64_t payload_seed(const StoreId& store) { return store.low ^ store.high; }

std::uint64_t payload_sum(std::string_view payload, std::uint64_t seed) {
  return XXH3_64bits_withSeed(payload.data(), payload.size(), seed);
}

std::uint64_t first_link(const StoreId& store) { return store.high; }

std::string encode_footer(const Footer& footer) {
  std::string bytes;
  bytes.reserve(footer_bytes_max(footer.index.size(), footer.guards.size()));
  base::ByteWriter out(bytes);
  out.u64(footer.base);
  out.u64(footer.next);
  out.u32(static_cast<std::uint32_t>(footer.index.size()));
  out.u32(static_cast<std::uint32_t>(footer.guards.size()));
  for (const auto& entry : footer.index) {
    out.u32(entry.offset);
    out.u32(entry.number);
  }
  for (const auto& entry : footer.guards) {
    out.u64(entry.key.low);
    out.u64(entry.key.high);
    out.u32(entry.number);
  }
  return bytes;
}

std::optional<Footer> decode_footer(std::string_view bytes) {
  base::ByteReader in(bytes);
  Footer footer;
  footer.base = in.u64();
  footer.next = in.u64();
  const std::size_t index = in.u32();
  const std::size_t guards = in.u32();
  if (!in.ok() || in.remaining() != index * 8 + guards * 20) return std::nullopt;
  footer.index.reserve(index);
  footer.guards.reserve(guards);
  for (std::size_t i = 0; i < index; ++i) {
    IndexEntry entry;
    entry.offset = in.u32();
    entry.number = in.u32();
    footer.index.push_back(entry);
  }
  for (std::size_t i = 0; i < guards; ++i) {
    GuardEntry entry;
    entry.key.low = in.u64();
    entry.key.high = in.u64();
    entry.number = in.u32();
    footer.guards.push_back(entry);
  }
  return footer;
}

std::size_t footer_bytes_max(std::size_t index, std::size_t guards) {
  return 24 + index * 8 + guards * 20;
}

std::string encode_trailer(std::uint64_t seal_offset, std::uint64_t salt) {
  std::string bytes;
  base::ByteWriter out(bytes);
  out.u64(seal_offset);
  out.u64(XXH3_64bits_withSeed(bytes.data(), 8, salt));
  return bytes;
}

std::optional<std::uint64_t> decode_trailer(std::string_view bytes, std::uint64_t salt) {
  if (bytes.size() != kTrailerBytes) return std::nullopt;
  if (XXH3_64bits_withSeed(bytes.data(), 8, salt) != load<std::uint64_t>(bytes.data() + 8)) {
    return std::nullopt;
  }
  return load<std::uint64_t>(bytes.data());
}

std::string segment_name(std::uint64_t number) {
  char name[32];
  std::snprintf(name, sizeof name, "%016llu.seg", static_cast<unsigned long long>(number));
  return name;
}

std::optional<std::uint64_t> parse_segment_name(std::string_view name) {
  if (name.size() != 20 || !name.ends_with(".seg")) return std::nullopt;
  std::uint64_t number = 0;
  const char* const end = name.data() + 16;
  const auto [rest, error] = std::from_chars(name.data(), end, number);
  if (error != std::errc() || rest != end) return std::nullopt;
  return number;
}

}  // namespace fanfare::log
