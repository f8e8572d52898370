#include "log/local/segment_file.h"

#include <algorithm>
#include <string>
#include <utility>

namespace fanfare::log {
namespace {

constexpr std::uint64_t kPiece = 1 << 20;
constexpr std::uint64_t kAhead = 8 * kPiece;

std::uint64_t round_up(std::uint64_t offset) { return (offset + kPiece - 1) / kPiece * kPiece; }

base::Result<std::unique_ptr<File>> make_file(Disk& disk, const std::filesystem::path& path,
                                              const SegmentHeader& header) {
  auto file = disk.open(path, OpenMode::Create);
  if (!file) return io_error("cannot make", path, file.error());
  if (auto allocated = (*file)->allocate(header.bytes); !allocated) {
    return io_error("cannot allocate", path, allocated.error());
  }
  if (auto wrote = write_fully(**file, 0, encode_segment_header(header)); !wrote) {
    return io_error("cannot write", path, wrote.error());
  }
  if (auto synced = (*file)->sync(); !synced) return io_error("cannot sync", path, synced.error());
  return std::move(*file);
}

}  // namespace

SegmentFile::SegmentFile(std::unique_ptr<File> file, std::filesystem::path path,
                         const SegmentHeader& header, std::uint64_t end, Blocks blocks)
    : file_(std::move(file)),
      path_(std::move(path)),
      header_(header),
      claimed_(end),
      filled_(blocks == Blocks::Written ? header.bytes : std::min(round_up(end), header.bytes)) {}

base::Result<std::shared_ptr<SegmentFile>> SegmentFile::create(
    Disk& disk, const std::filesystem::path& folder, const SegmentHeader& header,
    const std::filesystem::path& recycled) {
  const auto temporary = recycled.empty() ? folder / "next.tmp" : recycled;
  const auto path = folder / segment_name(header.number);
  auto file = make_file(disk, temporary, header);
  if (!file) {
    static_cast<void>(disk.remove(temporary));
    return std::move(file.error());
  }
  if (auto renamed = disk.rename(temporary, path); !renamed) {
    static_cast<void>(disk.remove(temporary));
    return io_error("cannot rename", temporary, renamed.error());
  }
  if (auto synced = disk.sync_folder(folder); !synced) {
    return io_error("cannot sync", folder, synced.error());
  }
  const auto blocks = recycled.empty() ? Blocks::Unwritten : Blocks::Written;
  return std::make_shared<SegmentFile>(std::move(*file), path, header, kSegmentHeaderBytes, blocks);
}

bool SegmentFile::claim(std::uint64_t begin, std::uint64_t end) {
  std::unique_lock lock(mutex_);
  claimed_ = end;
  filled_change_.wait(lock, [&] { return filling_ == 0 || end <= filled_ || begin >= filling_; });
  return filled_ < header_.bytes && end + kAhead / 2 > filled_;
}

bool SegmentFile::fill(Disk& disk) {
  static const std::string zeros(kPiece, '\0');
  {
    const std::lock_guard lock(mutex_);
    filled_ = std::min(std::max(filled_, round_up(claimed_)), header_.bytes);
    if (filled_ == header_.bytes || filled_ >= claimed_ + kAhead) return false;
    filling_ = std::min(filled_ + kPiece, header_.bytes);
  }
  if (fill_file_ == nullptr) {
    if (auto opened = disk.open(path_, OpenMode::Write)) fill_file_ = std::move(*opened);
  }
  const auto piece = std::string_view(zeros).substr(0, filling_ - filled_);
  const bool written =
      fill_file_ != nullptr && write_fully(*fill_file_, filled_, piece) && fill_file_->sync();
  const std::lock_guard lock(mutex_);
  filled_ = written ? filling_ : header_.bytes;  // only a matter of speed: give up after an error
  filling_ = 0;
  if (filled_ == header_.bytes) fill_file_.reset();
  filled_change_.notify_all();
  return filled_ < header_.bytes;
}

}  // namespace fanfare::log
