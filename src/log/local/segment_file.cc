#include "log/local/segment_file.h"

#include <string>
#include <utility>

namespace fanfare::log {
namespace {

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

base::Result<std::shared_ptr<SegmentFile>> make_segment_file(
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
  return std::make_shared<SegmentFile>(SegmentFile{std::move(*file), path, header});
}

}  // namespace fanfare::log
