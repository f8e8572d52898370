// Whatever a segment, a footer or a mark holds: reading it ends, crashes nothing, and never hands
// out a record whose checksum does not match.
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

#include "base/check.h"
#include "fake_disk.h"
#include "log/local/examine.h"
#include "log/local/mark.h"
#include "log/local/scan.h"

namespace fanfare::log {
namespace {

constexpr StoreId kStore{1, 2};
constexpr std::uint64_t kSalt = 3;
constexpr std::uint64_t kBytes = 64 * 1024;
constexpr int kFieldBytes = 12;

struct Input {
  const std::uint8_t* data;
  std::size_t size;

  std::uint8_t u8() {
    if (size == 0) return 0;
    --size;
    return *data++;
  }
  std::string take(std::size_t count) {
    count = std::min(count, size);
    std::string bytes(reinterpret_cast<const char*>(data), count);
    data += count;
    size -= count;
    return bytes;
  }
};

/// Frames with valid sums around fields that the input chooses: what lies behind the checksum.
std::string frames_of(Input& in) {
  std::string out;
  std::uint64_t link = first_link(kStore);
  Position position = 1;
  while (in.size >= kFieldBytes && out.size() < kBytes - 8192) {
    Frame frame;
    frame.kind = static_cast<FrameKind>(1 + in.u8() % 3);
    frame.position = position + (in.u8() % 8 == 0 ? in.u8() : 0);
    frame.previous = in.u8() % 16 == 0 ? in.u8() : link;
    frame.durable = in.u8() % 4 == 0 ? in.u8() : 0;
    const auto payload = in.take(in.u8());
    frame.length = static_cast<std::uint32_t>(payload.size());
    if (in.u8() % 16 == 0) frame.length = std::uint32_t{in.u8()} << (in.u8() % 32);
    frame.payload_sum = in.u8() % 16 == 0 ? 0 : payload_sum(payload, payload_seed(kStore));
    std::string header(frame.header_bytes(), '\0');
    link = encode_frame_header(frame, kSalt, header.data());
    out += header + payload;
    out.resize((out.size() + 7) / 8 * 8, '\0');
    position = frame.position + (frame.kind == FrameKind::Seal ? 0 : 1);
  }
  return out;
}

void decode_raw(const std::string& bytes) {
  static_cast<void>(decode_segment_header(bytes));
  static_cast<void>(decode_marks(bytes));
  static_cast<void>(decode_frame_header(bytes, kSalt));
  static_cast<void>(decode_footer(bytes));
  static_cast<void>(decode_trailer(bytes, kSalt));
  static_cast<void>(parse_segment_name(bytes));
}

void read_store(const std::string& body, std::uint8_t trailer, std::uint8_t promised) {
  const SegmentHeader header{kStore, 1, kSalt, kBytes};
  std::string segment = encode_segment_header(header) + body;
  segment.resize(kBytes, '\0');
  const auto seal = encode_trailer(std::uint64_t{trailer} * 256, kSalt);
  segment.replace(kBytes - kTrailerBytes, kTrailerBytes, seal);
  MarkValue mark;
  mark.store = kStore;
  mark.durable = promised % 4;
  FakeDisk disk;
  disk.put(segment_name(1), segment);
  disk.put(kMarkName, encode_mark(mark) + encode_mark(mark));
  for (const std::uint64_t verify_bytes : {std::uint64_t{0}, kBytes}) {
    const auto found =
        examine(disk, "/store", ExamineOptions{.verify_bytes = verify_bytes, .threads = 1});
    FANFARE_CHECK(found.has_value());
    if (found->refusal) continue;
    FANFARE_CHECK(found->next > found->mark.durable);
    if (found->with_records == 0) continue;
    const auto& facts = found->segments.front();
    FANFARE_CHECK(facts.end <= kBytes && facts.next >= facts.base);
    FANFARE_CHECK(!facts.verified || facts.guards.size() <= facts.records());
  }
}

}  // namespace
}  // namespace fanfare::log

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace fanfare::log;
  Input in{data, size};
  const auto kind = in.u8();
  const auto trailer = in.u8();
  const auto promised = in.u8();
  if (kind % 4 == 0) {
    decode_raw(in.take(in.size));
  } else if (kind % 4 == 1) {
    read_store(in.take(kBytes - 8192), trailer, promised);
  } else {
    read_store(frames_of(in), trailer, promised);
  }
  return 0;
}
