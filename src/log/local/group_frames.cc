#include "log/local/group_frames.h"

#include "base/check.h"
#include "log/local/scan.h"

namespace fanfare::log {
namespace {

constexpr std::size_t kCopyBelow = 16 * 1024;  ///< smaller payloads are copied into one piece
constexpr std::size_t kScratchKept = 1 << 20;  ///< of the copy buffer, after a large group
constexpr std::size_t kSealSlack = 128;        ///< header and padding of the seal
constexpr std::size_t kGuardCost = 20;         ///< of a record in the footer
constexpr std::size_t kIndexCost = 8;
constexpr std::size_t kPaddingMax = 7;

}  // namespace

void GroupFrames::lay_out(const std::vector<Entry*>& group, const Segment& segment, WriteEnd from,
                          Position durable) {
  clear(group);
  end_ = from;
  const auto base = segment.base == 0 ? group.front()->position : segment.base;
  for (const Entry* entry : group) {
    const auto number = static_cast<std::uint32_t>(entry->position - base);
    note_index(segment, number);
    if (entry->aggregate) guards_.push_back({*entry->aggregate, number});
    add(*entry, segment.header.salt, durable);
  }
}

void GroupFrames::clear(const std::vector<Entry*>& group) {
  std::size_t copied = 0;
  for (const Entry* entry : group) {
    const auto bytes = entry->payload->size();
    copied += kFrameHeaderBytesMax + 8 + (bytes < kCopyBelow ? bytes : 0);
  }
  scratch_.clear();
  if (scratch_.capacity() > kScratchKept && copied <= kScratchKept) scratch_.shrink_to_fit();
  scratch_.reserve(copied);  // pieces point into it: it must not move
  pieces_.clear();
  index_.clear();
  guards_.clear();
}

void GroupFrames::note_index(const Segment& segment, std::uint32_t number) {
  const auto* last = !index_.empty()          ? &index_.back()
                     : !segment.index.empty() ? &segment.index.back()
                                              : nullptr;
  if (last != nullptr && end_.offset < last->offset + kIndexStride) return;
  index_.push_back({static_cast<std::uint32_t>(end_.offset), number});
}

/// Headers and small payloads are copied side by side, large payloads written where they are.
void GroupFrames::add(const Entry& entry, std::uint64_t salt, Position durable) {
  Frame frame;
  frame.kind = entry.aggregate ? FrameKind::Guarded : FrameKind::Record;
  frame.previous = end_.link;
  frame.position = entry.position;
  frame.payload_sum = entry.payload_sum;
  frame.length = static_cast<std::uint32_t>(entry.payload->size());
  frame.durable = durable;
  if (entry.aggregate) frame.aggregate = *entry.aggregate;
  const auto begin = scratch_.size();
  scratch_.resize(begin + frame.header_bytes());
  end_.link = encode_frame_header(frame, salt, scratch_.data() + begin);
  end_.offset += frame.bytes();

  const auto padding = frame.bytes() - frame.header_bytes() - entry.payload->size();
  if (entry.payload->size() < kCopyBelow) {
    scratch_.append(*entry.payload).append(padding, '\0');
    add_piece(scratch_.data() + begin, frame.bytes());
    return;
  }
  add_piece(scratch_.data() + begin, frame.header_bytes());
  add_piece(entry.payload->data(), entry.payload->size());
  add_piece(scratch_.data() + scratch_.size(), padding);
  scratch_.append(padding, '\0');
}

void GroupFrames::add_piece(const char* data, std::size_t bytes) {
  char* const at = const_cast<char*>(data);
  const bool follows = !pieces_.empty() &&
                       static_cast<char*>(pieces_.back().iov_base) + pieces_.back().iov_len == at;
  if (follows) {
    pieces_.back().iov_len += bytes;
  } else if (bytes > 0) {
    pieces_.push_back({at, bytes});
  }
}

std::uint64_t room_for_records(const Segment& segment, std::uint64_t end, std::size_t guards) {
  const auto kept = footer_bytes_max(segment.index.size(), guards) + kSealSlack;
  const auto until = segment.header.bytes - kTrailerBytes - kept;
  return end < until ? until - end : 0;
}

std::uint64_t room_of(const Entry& entry) {
  const auto guard = entry.aggregate ? kAggregateBytes + kGuardCost : 0;
  return (kFrameHeaderBytes + entry.payload->size() + 7) / 8 * 8 + kIndexCost + guard;
}

std::uint64_t payload_bytes_max(std::uint64_t segment_bytes) {
  return segment_bytes - kSegmentHeaderBytes - kTrailerBytes - kFrameHeaderBytesMax - kGuardCost -
         kIndexCost - kPaddingMax - footer_bytes_max(0, 0) - kSealSlack;
}

Seal make_seal(const Segment& segment, WriteEnd end, Position next, Position durable,
               const std::vector<GuardEntry>& guards) {
  const auto footer = encode_footer({segment.base, next, segment.index, guards});
  Frame frame;
  frame.kind = FrameKind::Seal;
  frame.previous = end.link;
  frame.position = next;
  frame.payload_sum = payload_sum(footer, payload_seed(segment.header.store));
  frame.length = static_cast<std::uint32_t>(footer.size());
  frame.durable = durable;
  Seal seal;
  seal.bytes.resize(kFrameHeaderBytes, '\0');
  seal.sum = encode_frame_header(frame, segment.header.salt, seal.bytes.data());
  seal.bytes += footer;
  seal.bytes.resize(frame.bytes(), '\0');
  FANFARE_CHECK(end.offset + seal.bytes.size() <= frames_end(segment.header));
  seal.trailer = encode_trailer(end.offset, segment.header.salt);
  return seal;
}

}  // namespace fanfare::log
