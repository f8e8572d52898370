#include "log/local/settle.h"

#include <algorithm>
#include <cstddef>
#include <string>
#include <utility>

namespace fanfare::log {
namespace {

constexpr std::uint64_t kPieceBytes = 1 << 20;

/// Where the first record behind `durable` begins, or the end.
base::Result<std::uint64_t> first_behind(File& file, const SegmentFacts& facts, Position durable) {
  Window window(kPieceBytes);
  FrameWalk walk(file, window, facts.header, kSegmentHeaderBytes, facts.end);
  for (;;) {
    const auto at = walk.offset();
    auto step = walk.next(FrameWalk::Payloads::Skip);
    if (!step) return std::move(step.error());
    if (!*step) return facts.end;
    if ((*step)->frame.position > durable) return at;
  }
}

base::Result<void> write_again(File& file, const SegmentFacts& facts, std::uint64_t from) {
  std::string piece;
  for (auto at = from; at < facts.end; at += piece.size()) {
    piece.resize(static_cast<std::size_t>(std::min(kPieceBytes, facts.end - at)));
    if (auto got = read_fully(file, at, piece.data(), piece.size()); !got) {
      return io_error("cannot read", facts.path, got.error());
    }
    if (auto wrote = write_fully(file, at, piece); !wrote) {
      return io_error("cannot write", facts.path, wrote.error());
    }
  }
  return {};
}

}  // namespace

base::Result<void> confirm(Disk& disk, const std::filesystem::path& folder, Mark& mark) {
  if (auto synced = disk.sync_folder(folder); !synced) {
    return io_error("cannot sync", folder, synced.error());
  }
  return mark.confirm();
}

void drop_misfits(Findings& found, std::uint64_t segment_bytes) {
  auto& segments = found.segments;
  const auto empty = segments.begin() + static_cast<std::ptrdiff_t>(found.with_records);
  const auto misfit = [&](const SegmentFacts& facts) {
    return facts.header.bytes != segment_bytes;
  };
  if (std::none_of(empty, segments.end(), misfit)) return;
  while (segments.size() > found.with_records) {
    found.leftovers.push_back(segment_name(segments.back().header.number));
    segments.pop_back();
  }
}

base::Result<void> remove_leftovers(Disk& disk, const std::filesystem::path& folder,
                                    const Findings& found) {
  if (found.leftovers.empty()) return {};
  for (const auto& name : found.leftovers) {
    if (auto removed = disk.remove(folder / name); !removed) {
      return io_error("cannot remove", folder / name, removed.error());
    }
  }
  if (auto synced = disk.sync_folder(folder); !synced) {
    return io_error("cannot sync", folder, synced.error());
  }
  return {};
}

base::Result<void> settle_tail(Disk& disk, const SegmentFacts& last, Position durable) {
  if (durable + 1 >= last.next && !last.sealed) return {};
  auto file = disk.open(last.path, OpenMode::Write);
  if (!file) return io_error("cannot open", last.path, file.error());
  const auto from = first_behind(**file, last, durable);
  if (!from) return from.error();
  if (auto again = write_again(**file, last, *from); !again) return again;
  if (last.sealed) {
    const auto trailer = encode_trailer(last.seal_offset, last.header.salt);
    if (auto wrote = write_fully(**file, frames_end(last.header), trailer); !wrote) {
      return io_error("cannot write", last.path, wrote.error());
    }
  }
  if (auto synced = (*file)->sync(); !synced) {
    return io_error("cannot sync", last.path, synced.error());
  }
  return {};
}

}  // namespace fanfare::log
