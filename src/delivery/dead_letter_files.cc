#include "delivery/dead_letter_files.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <set>
#include <vector>

namespace fanfare::delivery {

namespace {

namespace fs = std::filesystem;
using base::Errc;
using base::Error;
using base::Result;

/// Up to so many are synced one by one; for more, the file system is synced once.
constexpr std::size_t kSyncedSinglyMax = 2;

Error unavailable(std::string_view what, const fs::path& path) {
  return Error{Errc::Unavailable, std::string(what) + ": " + std::strerror(errno), path.string()};
}

class File {
 public:
  File(const fs::path& path, int flags) : fd_(::open(path.c_str(), flags | O_CLOEXEC, 0600)) {}
  ~File() {
    if (fd_ >= 0) ::close(fd_);
  }
  File(const File&) = delete;
  File& operator=(const File&) = delete;

  bool open() const { return fd_ >= 0; }
  bool sync() const { return ::fsync(fd_) == 0; }
  bool sync_file_system() const { return ::syncfs(fd_) == 0; }

  bool write(std::string_view bytes) const {
    while (!bytes.empty()) {
      const auto n = ::write(fd_, bytes.data(), bytes.size());
      if (n < 0 && errno == EINTR) continue;
      if (n <= 0) return false;
      bytes.remove_prefix(static_cast<std::size_t>(n));
    }
    return true;
  }

  bool change_time(base::TimePoint at) const {
    const auto since = at.time_since_epoch();
    const auto whole = std::chrono::floor<std::chrono::seconds>(since);
    timespec time{};
    time.tv_sec = whole.count();
    time.tv_nsec = std::chrono::nanoseconds(since - whole).count();
    const timespec both[] = {time, time};
    return ::futimens(fd_, both) == 0;
  }

 private:
  int fd_;
};

Result<void> sync_path(const fs::path& path, int flags) {
  const File handle(path, flags);
  if (!handle.open() || !handle.sync()) return unavailable("cannot sync", path);
  return {};
}

/// Makes `path` and what is missing above it, each durable in its parent.
Result<void> make_folders(const fs::path& path) {
  if (path.empty() || fs::exists(path)) return {};
  if (auto made = make_folders(path.parent_path()); !made) return made;
  if (::mkdir(path.c_str(), 0700) != 0 && errno != EEXIST) {
    return unavailable("cannot make the folder", path);
  }
  const auto parent = path.parent_path();
  return sync_path(parent.empty() ? fs::path(".") : parent, O_RDONLY | O_DIRECTORY);
}

fs::path beside(const fs::path& path) {
  auto temporary = path;
  temporary += ".tmp";
  return temporary;
}

Result<void> write_beside(const DurableFile& file) {
  const auto temporary = beside(file.path);
  const File out(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW);
  if (out.open() && out.write(file.content) && out.change_time(file.at)) return {};
  return unavailable("cannot write", temporary);
}

Result<void> write_all_beside(std::span<const DurableFile> files) {
  for (const auto& file : files) {
    if (auto made = make_folders(file.path.parent_path()); !made) return made;
    if (auto written = write_beside(file); !written) return written;
  }
  return {};
}

/// All paths lie in one file system, as the folders below one folder do.
template <class Paths>
Result<void> sync_all(const Paths& paths, int flags) {
  if (paths.size() > kSyncedSinglyMax) {
    const File any(*paths.begin(), flags);
    if (any.open() && any.sync_file_system()) return {};
    return unavailable("cannot sync the file system", *paths.begin());
  }
  for (const auto& path : paths) {
    if (auto synced = sync_path(path, flags); !synced) return synced;
  }
  return {};
}

Result<void> sync_beside(std::span<const DurableFile> files) {
  std::vector<fs::path> paths;
  for (const auto& file : files) paths.push_back(beside(file.path));
  return sync_all(paths, O_WRONLY);
}

Result<void> put_in_place(std::span<const DurableFile> files) {
  std::set<fs::path> folders;
  for (const auto& file : files) {
    if (::rename(beside(file.path).c_str(), file.path.c_str()) != 0) {
      return unavailable("cannot rename", file.path);
    }
    folders.insert(file.path.parent_path());
  }
  return sync_all(folders, O_RDONLY | O_DIRECTORY);
}

void remove_beside(std::span<const DurableFile> files) {
  for (const auto& file : files) ::unlink(beside(file.path).c_str());
}

}  // namespace

Result<void> write_durably(std::span<const DurableFile> files) {
  auto done = write_all_beside(files);
  if (done && !files.empty()) done = sync_beside(files);
  if (done) done = put_in_place(files);
  if (!done) remove_beside(files);
  return done;
}

bool is_container_name(std::string_view name) {
  return !name.empty() && name.size() <= 63 && std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '$';
  });
}

}  // namespace fanfare::delivery
