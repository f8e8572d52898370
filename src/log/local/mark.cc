#include "log/local/mark.h"

#include <algorithm>
#include <string>
#include <utility>

namespace fanfare::log {

base::Result<MarkValue> read_mark(Disk& disk, const std::filesystem::path& folder) {
  const auto path = folder / kMarkName;
  auto file = disk.open(path, OpenMode::Read);
  if (!file && file.error() == ENOENT) {
    return base::Error{base::Errc::NotFound, "no mark file", path.string()};
  }
  if (!file) return io_error("cannot open", path, file.error());
  std::string bytes(2 * kMarkSlotBytes, '\0');
  const auto got = read_fully(**file, 0, bytes.data(), bytes.size());
  if (!got) return io_error("cannot read", path, got.error());
  bytes.resize(*got);
  auto mark = decode_marks(bytes);
  if (!mark) {
    mark.error().message = path.string() + " at offset 0: " + mark.error().message;
    mark.error().target = path.string();
  }
  return mark;
}

Mark::Mark(std::unique_ptr<File> file, std::filesystem::path path, MarkValue value)
    : file_(std::move(file)), path_(std::move(path)), value_(value) {}

base::Result<std::unique_ptr<Mark>> Mark::create(Disk& disk, const std::filesystem::path& folder,
                                                 const StoreId& store) {
  const auto path = folder / kMarkName;
  const auto temporary = folder / "mark.tmp";
  auto file = disk.open(temporary, OpenMode::Create);
  if (!file) return io_error("cannot make", temporary, file.error());
  MarkValue value;
  value.store = store;
  value.sequence = 1;
  const std::string bytes = encode_mark(value) + encode_mark(value);
  if (auto wrote = write_fully(**file, 0, bytes); !wrote) {
    return io_error("cannot write", temporary, wrote.error());
  }
  if (auto synced = (*file)->sync(); !synced) {
    return io_error("cannot sync", temporary, synced.error());
  }
  if (auto renamed = disk.rename(temporary, path); !renamed) {
    return io_error("cannot rename", temporary, renamed.error());
  }
  if (auto synced = disk.sync_folder(folder); !synced) {
    return io_error("cannot sync", folder, synced.error());
  }
  return std::make_unique<Mark>(std::move(*file), path, value);
}

base::Result<std::unique_ptr<Mark>> Mark::open(Disk& disk, const std::filesystem::path& folder,
                                               const MarkValue& value) {
  const auto path = folder / kMarkName;
  auto file = disk.open(path, OpenMode::Write);
  if (!file) return io_error("cannot open", path, file.error());
  return std::make_unique<Mark>(std::move(*file), path, value);
}

base::Result<void> Mark::advance(Position durable) {
  const std::lock_guard lock(mutex_);
  if (durable <= value_.durable) return {};
  MarkValue value = value_;
  value.durable = durable;
  return write(value);
}

base::Result<void> Mark::trim(std::uint64_t first_segment, Position first_position) {
  const std::lock_guard lock(mutex_);
  if (first_segment <= value_.first_segment) return {};
  MarkValue value = value_;
  value.first_segment = first_segment;
  value.first_position = first_position;
  return write(value);
}

base::Result<void> Mark::confirm() {
  const std::lock_guard lock(mutex_);
  return write(value_);
}

MarkValue Mark::value() const {
  const std::lock_guard lock(mutex_);
  return value_;
}

bool Mark::has_failed() const {
  const std::lock_guard lock(mutex_);
  return failed_;
}

base::Result<void> Mark::write(MarkValue value) {
  if (failed_) return io_error("an earlier sync failed of", path_, EIO);
  ++value.sequence;
  const auto slot = value.sequence % 2 * kMarkSlotBytes;
  failed_ = true;
  if (auto wrote = write_fully(*file_, slot, encode_mark(value)); !wrote) {
    failed_ = !is_full(wrote.error());
    return io_error("cannot write", path_, wrote.error());
  }
  if (auto synced = file_->sync(); !synced) return io_error("cannot sync", path_, synced.error());
  failed_ = false;
  value_ = value;
  return {};
}

}  // namespace fanfare::log
