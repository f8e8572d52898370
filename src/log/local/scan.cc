#include "log/local/scan.h"

#include <algorithm>
#include <cstring>
#include <utility>

namespace fanfare::log {
namespace {

constexpr std::size_t kScanAhead = 1 << 20;

base::Error at_file(base::Error error, const std::filesystem::path& path) {
  error.message = path.string() + " at offset 0: " + error.message;
  error.target = path.string();
  return error;
}

void note_frame(SegmentFacts& facts, const FrameWalk::Step& step) {
  const Frame& frame = step.frame;
  if (facts.empty()) {
    facts.base = facts.next = frame.position;
    facts.first_link = frame.previous;
  }
  const auto number = static_cast<std::uint32_t>(frame.position - facts.base);
  if (frame.kind != FrameKind::Seal) {
    if (facts.index.empty() || step.offset >= facts.index.back().offset + kIndexStride) {
      facts.index.push_back({static_cast<std::uint32_t>(step.offset), number});
    }
    if (frame.kind == FrameKind::Guarded) facts.guards.push_back({frame.aggregate, number});
    facts.next = frame.position + 1;
  }
  if (frame.kind == FrameKind::Seal) {
    facts.sealed = true;
    facts.seal_offset = step.offset;
  }
  facts.last_sum = frame.sum;
  facts.claimed = std::max(facts.claimed, frame.durable);
}

bool continues(const SegmentFacts& facts, const Frame& frame) {
  if (facts.empty()) return frame.kind != FrameKind::Seal;
  return frame.position == facts.next && frame.previous == facts.last_sum;
}

}  // namespace

std::expected<std::string_view, int> Window::at(File& file, std::uint64_t offset, std::size_t bytes,
                                                std::uint64_t end) {
  if (offset >= end) return std::string_view();
  bytes = static_cast<std::size_t>(std::min<std::uint64_t>(bytes, end - offset));
  if (offset < from_ || offset + bytes > from_ + held_) {
    const auto wanted =
        static_cast<std::size_t>(std::min<std::uint64_t>(std::max(bytes, ahead_), end - offset));
    if (wanted > capacity_ || capacity_ > 16 * std::max(wanted, ahead_)) {
      buffer_ = std::make_unique_for_overwrite<char[]>(wanted);
      capacity_ = wanted;
    }
    held_ = 0;
    const auto got = read_fully(file, offset, buffer_.get(), wanted);
    if (!got) return std::unexpected(got.error());
    from_ = offset;
    held_ = *got;
  }
  const auto begin = static_cast<std::size_t>(offset - from_);
  return std::string_view(buffer_.get() + begin, std::min(bytes, held_ - begin));
}

std::uint64_t frames_end(const SegmentHeader& header) { return header.bytes - kTrailerBytes; }

base::Error FrameWalk::cannot_read(int error) const {
  return io_error("cannot read at offset " + std::to_string(offset_) + " of",
                  segment_name(header_.number), error);
}

base::Result<std::optional<FrameWalk::Step>> FrameWalk::next(Payloads payloads) {
  const auto stop = [this](const char* why) {
    stopped_ = why;
    return std::optional<Step>();
  };
  const auto head = window_.at(file_, offset_, kFrameHeaderBytesMax, end_);
  if (!head) return cannot_read(head.error());
  const auto frame = decode_frame_header(*head, header_.salt);
  if (!frame) return stop("no record header with a valid checksum");
  if (frame->bytes() > end_ - offset_) return stop("the record is longer than the file");
  Step step{*frame, offset_, {}};
  if (payloads == Payloads::Verify) {
    const auto all = window_.at(file_, offset_, frame->header_bytes() + frame->length, end_);
    if (!all) return cannot_read(all.error());
    step.payload = all->substr(std::min(all->size(), frame->header_bytes()));
    if (payload_sum(step.payload, payload_seed(header_.store)) != frame->payload_sum) {
      return stop("the record's checksum does not match");
    }
  }
  offset_ += frame->bytes();
  return std::optional<Step>(step);
}

base::Result<SegmentFacts> inspect_segment(Disk& disk, const std::filesystem::path& path,
                                           std::uint64_t number, const StoreId& store) {
  const auto damaged = [&](const std::string& what) {
    return base::Error{base::Errc::Corrupt, path.string() + " at offset 0: " + what, path.string()};
  };
  auto file = disk.open(path, OpenMode::Read);
  if (!file) return io_error("cannot open", path, file.error());
  std::string block(kSegmentHeaderBytes, '\0');
  const auto got = read_fully(**file, 0, block.data(), block.size());
  if (!got) return io_error("cannot read", path, got.error());
  block.resize(*got);
  auto header = decode_segment_header(block);
  if (!header) return at_file(std::move(header.error()), path);
  if (header->store != store) {
    return damaged("the file belongs to another store (" + to_string(header->store) +
                   "), this one is " + to_string(store));
  }
  if (header->number != number) {
    return damaged("the file is segment " + std::to_string(header->number) +
                   " under another's name");
  }
  const auto size = (*file)->size();
  if (!size) return io_error("cannot read", path, size.error());
  if (*size < header->bytes || header->bytes < 2 * kSegmentHeaderBytes) {
    return damaged("the file has " + std::to_string(*size) + " bytes where it was made with " +
                   std::to_string(header->bytes));
  }
  SegmentFacts facts;
  facts.path = path;
  facts.header = *header;
  return facts;
}

base::Result<void> scan_segment(Disk& disk, SegmentFacts& facts) {
  auto file = disk.open(facts.path, OpenMode::Read);
  if (!file) return io_error("cannot open", facts.path, file.error());
  Window window(kScanAhead);
  FrameWalk walk(**file, window, facts.header, kSegmentHeaderBytes, frames_end(facts.header));
  facts.verified = true;
  const char* reason = "";
  while (!facts.sealed) {
    auto step = walk.next(FrameWalk::Payloads::Verify);
    if (!step) return std::move(step.error());
    reason = walk.stopped();
    if (!*step) break;
    reason = "the record does not follow the one before it";
    if (!continues(facts, (*step)->frame)) break;
    note_frame(facts, **step);
    facts.end = walk.offset();
  }
  if (facts.sealed) return {};
  facts.broken = Break{facts.end, reason};
  return {};
}

base::Result<Position> claims_behind(Disk& disk, const SegmentFacts& facts, Position after) {
  auto file = disk.open(facts.path, OpenMode::Read);
  if (!file) return io_error("cannot open", facts.path, file.error());
  const auto end = frames_end(facts.header);
  const Position up_to = after + 4 * (facts.header.bytes / kFrameHeaderBytes);
  Window window(kScanAhead);
  Position claimed = 0;
  std::uint64_t offset = facts.end;
  for (bool last = false; !last;) {
    const auto data = (*file)->next_data(offset);
    if (!data) return io_error("cannot read", facts.path, data.error());
    offset = std::max(offset, *data / 8 * 8);
    const auto view = window.at(**file, offset, kScanAhead, end);
    if (!view) return io_error("cannot read", facts.path, view.error());
    last = view->size() < kScanAhead;
    const auto needed = last ? kFrameHeaderBytes : kFrameHeaderBytesMax;
    std::size_t at = 0;
    for (; at + needed <= view->size(); at += 8) {
      if (!may_be_frame_header(view->data() + at, after, up_to)) continue;
      const auto frame = decode_frame_header(view->substr(at), facts.header.salt);
      if (frame) claimed = std::max(claimed, frame->durable);
    }
    offset += at;
  }
  return claimed;
}

base::Result<bool> load_footer(Disk& disk, SegmentFacts& facts) {
  auto file = disk.open(facts.path, OpenMode::Read);
  if (!file) return io_error("cannot open", facts.path, file.error());
  const auto end = frames_end(facts.header);
  char trailer[kTrailerBytes] = {};
  const auto got = read_fully(**file, end, trailer, sizeof trailer);
  if (!got) return io_error("cannot read", facts.path, got.error());
  const auto seal_at = decode_trailer({trailer, sizeof trailer}, facts.header.salt);
  if (!seal_at || *seal_at >= end || *seal_at < kSegmentHeaderBytes) return false;
  Window window(64 * 1024);
  FrameWalk first(**file, window, facts.header, kSegmentHeaderBytes, end);
  auto head = first.next(FrameWalk::Payloads::Skip);
  if (!head) return std::move(head.error());
  FrameWalk last(**file, window, facts.header, *seal_at, end);
  const std::uint64_t link = *head ? (*head)->frame.previous : 0;
  const Position base = *head ? (*head)->frame.position : 0;
  auto seal = last.next(FrameWalk::Payloads::Verify);
  if (!seal) return std::move(seal.error());
  if (base == 0 || !*seal || (*seal)->frame.kind != FrameKind::Seal) return false;
  auto footer = decode_footer((*seal)->payload);
  if (!footer || footer->base != base || footer->next != (*seal)->frame.position) return false;
  facts.base = base;
  facts.next = footer->next;
  facts.first_link = link;
  facts.last_sum = (*seal)->frame.sum;
  facts.claimed = (*seal)->frame.durable;
  facts.end = last.offset();
  facts.sealed = true;
  facts.seal_offset = *seal_at;
  facts.index = std::move(footer->index);
  facts.guards = std::move(footer->guards);
  return true;
}

}  // namespace fanfare::log
