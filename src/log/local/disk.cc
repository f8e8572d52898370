#include "log/local/disk.h"

#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <system_error>

namespace fanfare::log {
namespace {

using std::filesystem::path;

template <class Call>
auto restarted(Call call) {
  auto result = call();
  while (result < 0 && errno == EINTR) result = call();
  return result;
}

IoResult outcome(long result) {
  if (result < 0) return std::unexpected(errno);
  return static_cast<std::uint64_t>(result);
}

class SystemFile final : public File {
 public:
  explicit SystemFile(int fd) : fd_(fd) {}
  ~SystemFile() override { ::close(fd_); }
  SystemFile(const SystemFile&) = delete;
  SystemFile& operator=(const SystemFile&) = delete;

  IoResult read(std::uint64_t offset, char* out, std::size_t bytes) override {
    return outcome(::pread(fd_, out, bytes, static_cast<off_t>(offset)));
  }

  IoResult write(std::uint64_t offset, std::span<const iovec> pieces) override {
    if (pieces.size() == 1) {
      return outcome(
          ::pwrite(fd_, pieces[0].iov_base, pieces[0].iov_len, static_cast<off_t>(offset)));
    }
    const auto count = static_cast<int>(std::min<std::size_t>(pieces.size(), IOV_MAX));
    return outcome(::pwritev(fd_, pieces.data(), count, static_cast<off_t>(offset)));
  }

  /// Not restarted on EINTR by us: a sync that failed is never asked for again.
  IoResult sync() override { return outcome(::fdatasync(fd_)); }

  IoResult allocate(std::uint64_t bytes) override {
    const auto length = static_cast<off_t>(bytes);
    if (restarted([&] { return ::fallocate(fd_, 0, 0, length); }) == 0) return 0;
    if (errno != EOPNOTSUPP) return std::unexpected(errno);
    return resize(bytes);
  }

  IoResult resize(std::uint64_t bytes) override {
    return outcome(restarted([&] { return ::ftruncate(fd_, static_cast<off_t>(bytes)); }));
  }

  IoResult size() override {
    struct stat status{};
    if (::fstat(fd_, &status) != 0) return std::unexpected(errno);
    return static_cast<std::uint64_t>(status.st_size);
  }

  IoResult next_data(std::uint64_t offset) override {
    const auto found = ::lseek(fd_, static_cast<off_t>(offset), SEEK_DATA);
    if (found >= 0) return static_cast<std::uint64_t>(found);
    if (errno == ENXIO) return size();
    if (errno == EINVAL) return offset;  // a file system that does not know
    return std::unexpected(errno);
  }

 private:
  int fd_;
};

class SystemLock final : public FolderLock {
 public:
  explicit SystemLock(int fd) : fd_(fd) {}
  ~SystemLock() override { ::close(fd_); }
  SystemLock(const SystemLock&) = delete;
  SystemLock& operator=(const SystemLock&) = delete;

 private:
  int fd_;
};

class SystemDisk final : public Disk {
 public:
  std::expected<std::unique_ptr<File>, int> open(const path& file, OpenMode mode) override {
    int flags = O_CLOEXEC | (mode == OpenMode::Read ? O_RDONLY : O_RDWR);
    if (mode == OpenMode::Create) flags |= O_CREAT;
    const int fd = restarted([&] { return ::open(file.c_str(), flags, 0600); });
    if (fd < 0) return std::unexpected(errno);
    return std::make_unique<SystemFile>(fd);
  }

  IoResult rename(const path& from, const path& to) override {
    return outcome(::rename(from.c_str(), to.c_str()));
  }

  IoResult remove(const path& file) override { return outcome(::unlink(file.c_str())); }

  IoResult sync_folder(const path& folder) override {
    const int fd =
        restarted([&] { return ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC); });
    if (fd < 0) return std::unexpected(errno);
    const auto synced = outcome(::fsync(fd));
    ::close(fd);
    return synced;
  }

  IoResult make_folders(const path& folder) override {
    std::error_code error;
    if (folder.empty() || std::filesystem::is_directory(folder, error)) return 0;
    const auto parent = folder.parent_path();
    if (auto made = make_folders(parent); !made) return made;
    if (::mkdir(folder.c_str(), 0700) != 0 && errno != EEXIST) return std::unexpected(errno);
    return sync_folder(parent.empty() ? path(".") : parent);
  }

  std::expected<std::vector<std::string>, int> list(const path& folder) override {
    std::error_code error;
    std::vector<std::string> names;
    std::filesystem::directory_iterator entry(folder, error);
    const std::filesystem::directory_iterator end;
    for (; !error && entry != end; entry.increment(error)) {
      names.push_back(entry->path().filename().string());
    }
    if (error) return std::unexpected(error.value());
    std::ranges::sort(names);
    return names;
  }

  IoResult free_bytes(const path& folder) override {
    struct statvfs status{};
    if (::statvfs(folder.c_str(), &status) != 0) return std::unexpected(errno);
    return static_cast<std::uint64_t>(status.f_bavail) * status.f_frsize;
  }

  std::expected<std::unique_ptr<FolderLock>, int> lock(const path& file) override {
    const int fd =
        restarted([&] { return ::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600); });
    if (fd < 0) return std::unexpected(errno);
    if (restarted([&] { return ::flock(fd, LOCK_EX | LOCK_NB); }) != 0) {
      const int failure = errno;
      ::close(fd);
      return std::unexpected(failure);
    }
    return std::make_unique<SystemLock>(fd);
  }
};

}  // namespace

Disk& system_disk() {
  static SystemDisk disk;
  return disk;
}

bool is_full(int error) { return error == ENOSPC || error == EDQUOT; }

IoResult read_fully(File& file, std::uint64_t offset, char* out, std::size_t bytes) {
  std::size_t done = 0;
  while (done < bytes) {
    const auto got = file.read(offset + done, out + done, bytes - done);
    if (!got && got.error() == EINTR) continue;
    if (!got) return got;
    if (*got == 0) break;
    done += *got;
  }
  return done;
}

IoResult write_fully(File& file, std::uint64_t offset, std::span<iovec> pieces) {
  std::uint64_t total = 0;
  while (!pieces.empty()) {
    const auto wrote = file.write(offset + total, pieces);
    if (!wrote && wrote.error() == EINTR) continue;
    if (!wrote) return wrote;
    if (*wrote == 0) return std::unexpected(EIO);
    total += *wrote;
    auto left = *wrote;
    while (!pieces.empty() && left >= pieces.front().iov_len) {
      left -= pieces.front().iov_len;
      pieces = pieces.subspan(1);
    }
    if (pieces.empty()) break;
    pieces.front().iov_base = static_cast<char*>(pieces.front().iov_base) + left;
    pieces.front().iov_len -= left;
  }
  return total;
}

IoResult write_fully(File& file, std::uint64_t offset, std::string_view bytes) {
  iovec piece{const_cast<char*>(bytes.data()), bytes.size()};
  return write_fully(file, offset, std::span(&piece, bytes.empty() ? 0 : 1));
}

base::Result<std::unique_ptr<FolderLock>> lock_folder(Disk& disk,
                                                      const std::filesystem::path& folder) {
  const auto path = folder / "lock";
  auto lock = disk.lock(path);
  if (lock) return std::move(*lock);
  if (lock.error() != EWOULDBLOCK) return io_error("cannot lock", path, lock.error());
  return base::Error{base::Errc::Unavailable,
                     folder.string() +
                         " is in use by another Fanfare process; stop that one, or "
                         "give this one a folder of its own",
                     folder.string()};
}

base::Error io_error(std::string_view what, const std::filesystem::path& path, int error) {
  return {base::Errc::Unavailable,
          std::string(what) + " " + path.string() + ": " + std::system_category().message(error),
          path.string()};
}

}  // namespace fanfare::log
