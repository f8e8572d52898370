#pragma once
/// The system calls that the local engine stands on, as an interface: tests fail the n-th one, or
/// record them and rebuild what a crash may leave.
#include <sys/uio.h>

#include <cstdint>
#include <expected>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"

namespace fanfare::log {

/// A count of bytes, or errno.
using IoResult = std::expected<std::uint64_t, int>;

/// Threads: all calls may come from several threads at once.
class File {
 public:
  virtual ~File() = default;

  /// May read less; 0 at the end of the file.
  virtual IoResult read(std::uint64_t offset, char* out, std::size_t bytes) = 0;

  /// May write less.
  virtual IoResult write(std::uint64_t offset, std::span<const iovec> pieces) = 0;

  /// fdatasync: content and whatever is needed to find it again.
  virtual IoResult sync() = 0;

  /// Makes the file `bytes` long with disk space behind all of it.
  virtual IoResult allocate(std::uint64_t bytes) = 0;

  virtual IoResult resize(std::uint64_t bytes) = 0;
  virtual IoResult size() = 0;

  /// The first offset from `offset` on where the file may hold anything but zeros.
  virtual IoResult next_data(std::uint64_t offset) = 0;
};

/// Held while an object of this type lives.
class FolderLock {
 public:
  virtual ~FolderLock() = default;
};

enum class OpenMode {
  Read,
  Write,   ///< read and write what exists
  Create,  ///< read and write; made when missing
};

class Disk {
 public:
  virtual ~Disk() = default;

  virtual std::expected<std::unique_ptr<File>, int> open(const std::filesystem::path& path,
                                                         OpenMode mode) = 0;
  virtual IoResult rename(const std::filesystem::path& from, const std::filesystem::path& to) = 0;
  virtual IoResult remove(const std::filesystem::path& path) = 0;

  /// Makes names in the folder durable.
  virtual IoResult sync_folder(const std::filesystem::path& folder) = 0;

  /// Makes the folder and its parents, each synced into the one above.
  virtual IoResult make_folders(const std::filesystem::path& folder) = 0;

  virtual std::expected<std::vector<std::string>, int> list(
      const std::filesystem::path& folder) = 0;
  virtual IoResult free_bytes(const std::filesystem::path& folder) = 0;

  /// EWOULDBLOCK when another process, or another log of this one, holds it.
  virtual std::expected<std::unique_ptr<FolderLock>, int> lock(
      const std::filesystem::path& path) = 0;
};

Disk& system_disk();

/// Whether an errno says that there is no space, which may come back.
bool is_full(int error);

/// Reads until `bytes` are there or the file ends; goes on after EINTR. Returns how many there are.
IoResult read_fully(File& file, std::uint64_t offset, char* out, std::size_t bytes);

/// Writes all of it, in order, whatever the kernel takes at a time. The pieces are used up.
IoResult write_fully(File& file, std::uint64_t offset, std::span<iovec> pieces);
IoResult write_fully(File& file, std::uint64_t offset, std::string_view bytes);

/// Keeps other processes out of the folder. Errors: Unavailable (in use), with a word on it.
base::Result<std::unique_ptr<FolderLock>> lock_folder(Disk& disk,
                                                      const std::filesystem::path& folder);

/// `what` names the deed, as in "cannot write"; the text of errno follows.
base::Error io_error(std::string_view what, const std::filesystem::path& path, int error);

}  // namespace fanfare::log
