#pragma once
/// A disk in memory that keeps a journal of every call: tests fail the n-th one, fill the disk, and
/// build what a crash or a power cut at any point may leave.
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "log/local/disk.h"

namespace fanfare::log {

enum class Call {
  Open,
  Create,
  Read,
  Write,
  Sync,
  Allocate,
  Rename,
  Remove,
  SyncFolder,
  List,
  Lock
};

class FakeDisk final : public Disk {
 public:
  using Inode = std::uint64_t;

  /// A call that changed something.
  struct Step {
    Call call;
    Inode inode = 0;
    std::uint64_t offset = 0;
    std::string bytes;  ///< written; of Allocate nothing
    std::uint64_t size = 0;
    std::string from;  ///< names
    std::string to;
    bool lost = false;  ///< dropped by a failed sync: readable, but never on the disk
  };

  FakeDisk() = default;
  FakeDisk(const FakeDisk&) = delete;

  std::expected<std::unique_ptr<File>, int> open(const std::filesystem::path& path,
                                                 OpenMode mode) override;
  IoResult rename(const std::filesystem::path& from, const std::filesystem::path& to) override;
  IoResult remove(const std::filesystem::path& path) override;
  IoResult sync_folder(const std::filesystem::path& folder) override;
  IoResult make_folders(const std::filesystem::path& folder) override;
  std::expected<std::vector<std::string>, int> list(const std::filesystem::path& folder) override;
  IoResult free_bytes(const std::filesystem::path& folder) override;
  std::expected<std::unique_ptr<FolderLock>, int> lock(const std::filesystem::path& path) override;

  // ---- faults

  /// Asked before each call; an errno fails it. A failed sync loses the bytes from the disk, while
  /// reads still show them, as Linux does.
  void on_call(std::function<std::optional<int>(Call)> fault);

  /// Writes at most so many bytes at a time; 0 for no limit.
  void set_write_limit(std::size_t bytes);

  void set_capacity(std::uint64_t bytes);

  // ---- what was done

  std::size_t steps() const;
  std::vector<Step> journal() const;

  // ---- what is there, by file name

  std::set<std::string> names() const;
  std::string content(const std::string& name) const;
  void put(const std::string& name, std::string bytes);  ///< as damage does: not in the journal
  void drop(const std::string& name);

  /// The same files on a new disk, as another process would find them.
  std::unique_ptr<FakeDisk> copy() const;

  /// The state after the first `steps` calls, and of the next one, a write, its first `torn` bytes.
  std::unique_ptr<FakeDisk> after_crash(std::size_t steps, std::size_t torn) const;

  /// The state after a power cut there: what was synced, and of the rest any part, by 512 bytes.
  std::unique_ptr<FakeDisk> after_power_cut(std::size_t steps, std::uint64_t seed) const;

 private:
  class OpenFile;
  class Held;
  struct Content {
    std::string bytes;
  };

  std::optional<int> fault(Call call);
  std::uint64_t used() const;
  std::unique_ptr<FakeDisk> beginning() const;
  void begin_journal();
  IoResult write(Inode inode, std::uint64_t offset, std::span<const iovec> pieces);
  IoResult sync(Inode inode);
  IoResult resize(Inode inode, std::uint64_t bytes, bool grow_only);
  static void apply(const Step& step, std::map<Inode, Content>& files,
                    std::map<std::string, Inode>& names);
  static void write_into(std::string& bytes, std::uint64_t offset, std::string_view data);

  mutable std::mutex mutex_;
  std::map<std::string, Inode> names_;
  std::map<Inode, Content> files_;
  std::map<std::string, Inode> names_before_;  ///< of the journal's beginning
  std::map<Inode, Content> files_before_;
  std::vector<Step> journal_;
  Inode next_inode_ = 1;
  std::set<std::string> locks_;
  std::function<std::optional<int>(Call)> fault_;
  std::size_t write_limit_ = 0;
  std::uint64_t capacity_ = ~std::uint64_t{0};
};

}  // namespace fanfare::log
