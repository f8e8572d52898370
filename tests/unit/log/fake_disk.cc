#include "fake_disk.h"

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace fanfare::log {

class FakeDisk::OpenFile final : public File {
 public:
  OpenFile(FakeDisk& disk, Inode inode) : disk_(disk), inode_(inode) {}

  IoResult read(std::uint64_t offset, char* out, std::size_t bytes) override {
    if (const auto error = disk_.fault(Call::Read)) return std::unexpected(*error);
    const std::lock_guard lock(disk_.mutex_);
    const auto& content = disk_.files_[inode_].bytes;
    if (offset >= content.size()) return 0;
    const auto count = std::min<std::uint64_t>(bytes, content.size() - offset);
    std::memcpy(out, content.data() + offset, count);
    return count;
  }
  IoResult write(std::uint64_t offset, std::span<const iovec> pieces) override {
    return disk_.write(inode_, offset, pieces);
  }
  IoResult sync() override { return disk_.sync(inode_); }
  IoResult allocate(std::uint64_t bytes) override { return disk_.resize(inode_, bytes, true); }
  IoResult resize(std::uint64_t bytes) override { return disk_.resize(inode_, bytes, false); }
  IoResult size() override {
    const std::lock_guard lock(disk_.mutex_);
    return disk_.files_[inode_].bytes.size();
  }
  IoResult next_data(std::uint64_t offset) override { return offset; }

 private:
  FakeDisk& disk_;
  Inode inode_;
};

class FakeDisk::Held final : public FolderLock {
 public:
  Held(FakeDisk& disk, std::string name) : disk_(disk), name_(std::move(name)) {}
  ~Held() override {
    const std::lock_guard lock(disk_.mutex_);
    disk_.locks_.erase(name_);
  }
  Held(const Held&) = delete;
  Held& operator=(const Held&) = delete;

 private:
  FakeDisk& disk_;
  std::string name_;
};

std::optional<int> FakeDisk::fault(Call call) {
  const std::lock_guard lock(mutex_);
  return fault_ ? fault_(call) : std::nullopt;
}

std::uint64_t FakeDisk::used() const {
  std::uint64_t bytes = 0;
  for (const auto& [inode, content] : files_) bytes += content.bytes.size();
  return bytes;
}

std::expected<std::unique_ptr<File>, int> FakeDisk::open(const std::filesystem::path& path,
                                                         OpenMode mode) {
  const auto name = path.filename().string();
  const bool make = mode == OpenMode::Create;
  if (const auto error = fault(make ? Call::Create : Call::Open)) return std::unexpected(*error);
  const std::lock_guard lock(mutex_);
  if (!names_.contains(name)) {
    if (!make) return std::unexpected(ENOENT);
    const Step step{.call = Call::Create, .inode = next_inode_++, .to = name};
    apply(step, files_, names_);
    journal_.push_back(step);
  }
  return std::make_unique<OpenFile>(*this, names_[name]);
}

IoResult FakeDisk::write(Inode inode, std::uint64_t offset, std::span<const iovec> pieces) {
  if (const auto error = fault(Call::Write)) return std::unexpected(*error);
  const std::lock_guard lock(mutex_);
  Step step{.call = Call::Write, .inode = inode, .offset = offset};
  for (const auto& piece : pieces) {
    step.bytes.append(static_cast<const char*>(piece.iov_base), piece.iov_len);
  }
  if (write_limit_ > 0 && step.bytes.size() > write_limit_) step.bytes.resize(write_limit_);
  const auto end = offset + step.bytes.size();
  const auto size = files_[inode].bytes.size();
  if (end > size && used() + end - size > capacity_) return std::unexpected(ENOSPC);
  apply(step, files_, names_);
  journal_.push_back(step);
  return step.bytes.size();
}

IoResult FakeDisk::sync(Inode inode) {
  const auto error = fault(Call::Sync);
  const std::lock_guard lock(mutex_);
  Step step{.call = Call::Sync, .inode = inode};
  if (error) {
    // What was written since the last sync stays readable and is never written back.
    std::size_t last = journal_.size();
    while (last > 0 &&
           !(journal_[last - 1].call == Call::Sync && journal_[last - 1].inode == inode)) {
      --last;
    }
    for (auto i = last; i < journal_.size(); ++i) {
      if (journal_[i].call == Call::Write && journal_[i].inode == inode) journal_[i].lost = true;
    }
    return std::unexpected(*error);
  }
  journal_.push_back(step);
  return 0;
}

IoResult FakeDisk::resize(Inode inode, std::uint64_t bytes, bool grow_only) {
  if (const auto error = fault(Call::Allocate)) return std::unexpected(*error);
  const std::lock_guard lock(mutex_);
  const auto size = files_[inode].bytes.size();
  if (grow_only && bytes <= size) return 0;
  if (bytes > size && used() + bytes - size > capacity_) return std::unexpected(ENOSPC);
  const Step step{.call = Call::Allocate, .inode = inode, .size = bytes};
  apply(step, files_, names_);
  journal_.push_back(step);
  return 0;
}

IoResult FakeDisk::rename(const std::filesystem::path& from, const std::filesystem::path& to) {
  if (const auto error = fault(Call::Rename)) return std::unexpected(*error);
  const std::lock_guard lock(mutex_);
  const Step step{
      .call = Call::Rename, .from = from.filename().string(), .to = to.filename().string()};
  if (!names_.contains(step.from)) return std::unexpected(ENOENT);
  apply(step, files_, names_);
  journal_.push_back(step);
  return 0;
}

IoResult FakeDisk::remove(const std::filesystem::path& path) {
  if (const auto error = fault(Call::Remove)) return std::unexpected(*error);
  const std::lock_guard lock(mutex_);
  const Step step{.call = Call::Remove, .from = path.filename().string()};
  if (!names_.contains(step.from)) return std::unexpected(ENOENT);
  apply(step, files_, names_);
  journal_.push_back(step);
  return 0;
}

IoResult FakeDisk::sync_folder(const std::filesystem::path&) {
  if (const auto error = fault(Call::SyncFolder)) return std::unexpected(*error);
  const std::lock_guard lock(mutex_);
  journal_.push_back({.call = Call::SyncFolder});
  return 0;
}

IoResult FakeDisk::make_folders(const std::filesystem::path&) { return 0; }

std::expected<std::vector<std::string>, int> FakeDisk::list(const std::filesystem::path&) {
  if (const auto error = fault(Call::List)) return std::unexpected(*error);
  const std::lock_guard lock(mutex_);
  std::vector<std::string> found;
  for (const auto& [name, inode] : names_) found.push_back(name);
  return found;
}

IoResult FakeDisk::free_bytes(const std::filesystem::path&) {
  const std::lock_guard lock(mutex_);
  const auto taken = used();
  return capacity_ > taken ? capacity_ - taken : 0;
}

std::expected<std::unique_ptr<FolderLock>, int> FakeDisk::lock(const std::filesystem::path& path) {
  if (const auto error = fault(Call::Lock)) return std::unexpected(*error);
  const std::lock_guard lock(mutex_);
  const auto name = path.filename().string();
  if (!locks_.insert(name).second) return std::unexpected(EWOULDBLOCK);
  return std::make_unique<Held>(*this, name);
}

void FakeDisk::on_call(std::function<std::optional<int>(Call)> fault) {
  const std::lock_guard lock(mutex_);
  fault_ = std::move(fault);
}

void FakeDisk::set_write_limit(std::size_t bytes) {
  const std::lock_guard lock(mutex_);
  write_limit_ = bytes;
}

void FakeDisk::set_capacity(std::uint64_t bytes) {
  const std::lock_guard lock(mutex_);
  capacity_ = bytes;
}

std::size_t FakeDisk::steps() const {
  const std::lock_guard lock(mutex_);
  return journal_.size();
}

std::vector<FakeDisk::Step> FakeDisk::journal() const {
  const std::lock_guard lock(mutex_);
  return journal_;
}

std::set<std::string> FakeDisk::names() const {
  const std::lock_guard lock(mutex_);
  std::set<std::string> found;
  for (const auto& [name, inode] : names_) found.insert(name);
  return found;
}

std::string FakeDisk::content(const std::string& name) const {
  const std::lock_guard lock(mutex_);
  return files_.at(names_.at(name)).bytes;
}

void FakeDisk::put(const std::string& name, std::string bytes) {
  const std::lock_guard lock(mutex_);
  if (!names_.contains(name)) names_[name] = next_inode_++;
  files_[names_[name]].bytes = std::move(bytes);
}

void FakeDisk::drop(const std::string& name) {
  const std::lock_guard lock(mutex_);
  files_.erase(names_[name]);
  names_.erase(name);
}

std::unique_ptr<FakeDisk> FakeDisk::copy() const {
  auto other = std::make_unique<FakeDisk>();
  for (const auto& name : names()) other->put(name, content(name));
  other->begin_journal();
  return other;
}

void FakeDisk::write_into(std::string& bytes, std::uint64_t offset, std::string_view data) {
  if (bytes.size() < offset + data.size()) bytes.resize(offset + data.size(), '\0');
  std::memcpy(bytes.data() + offset, data.data(), data.size());
}

void FakeDisk::apply(const Step& step, std::map<Inode, Content>& files,
                     std::map<std::string, Inode>& names) {
  switch (step.call) {
    case Call::Create:
      names[step.to] = step.inode;
      files[step.inode];
      break;
    case Call::Write:
      write_into(files[step.inode].bytes, step.offset, step.bytes);
      break;
    case Call::Allocate:
      files[step.inode].bytes.resize(step.size, '\0');
      break;
    case Call::Rename: {
      const auto inode = names[step.from];
      names.erase(step.from);
      if (names.contains(step.to)) files.erase(names[step.to]);
      names[step.to] = inode;
      break;
    }
    case Call::Remove:
      files.erase(names[step.from]);
      names.erase(step.from);
      break;
    default:
      break;
  }
}

std::unique_ptr<FakeDisk> FakeDisk::beginning() const {
  const std::lock_guard lock(mutex_);
  auto other = std::make_unique<FakeDisk>();
  other->names_ = names_before_;
  other->files_ = files_before_;
  other->next_inode_ = next_inode_;
  return other;
}

void FakeDisk::begin_journal() {
  names_before_ = names_;
  files_before_ = files_;
}

std::unique_ptr<FakeDisk> FakeDisk::after_crash(std::size_t steps, std::size_t torn) const {
  const auto journal = this->journal();
  auto other = beginning();
  for (std::size_t i = 0; i < steps; ++i) apply(journal[i], other->files_, other->names_);
  if (steps < journal.size() && journal[steps].call == Call::Write && torn > 0) {
    auto part = journal[steps];
    part.bytes.resize(std::min(part.bytes.size(), torn));
    apply(part, other->files_, other->names_);
  }
  other->begin_journal();
  return other;
}

std::unique_ptr<FakeDisk> FakeDisk::after_power_cut(std::size_t steps, std::uint64_t seed) const {
  const auto journal = this->journal();
  std::mt19937_64 random(seed);
  std::map<Inode, std::size_t> synced;  // the step of a file's last sync
  std::size_t folder_synced = 0;
  for (std::size_t i = 0; i < steps; ++i) {
    if (journal[i].call == Call::Sync) synced[journal[i].inode] = i;
    if (journal[i].call == Call::SyncFolder) folder_synced = i;
  }
  // Names go to disk in order: all up to the folder's last sync, and any number after it.
  const std::size_t named = folder_synced + random() % (steps - folder_synced + 1);
  const auto mode = random() % 4;  // none of what was not synced, all of it, or any part
  auto other = beginning();
  std::map<Inode, Content> ignored;
  for (std::size_t i = 0; i < steps; ++i) {
    const auto& step = journal[i];
    if (step.call == Call::Create) other->files_[step.inode];
    if (step.call == Call::Create || step.call == Call::Rename || step.call == Call::Remove) {
      if (i < named) apply(step, ignored, other->names_);
      continue;
    }
    const auto last = synced.find(step.inode);
    const bool safe = last != synced.end() && i < last->second;
    if (step.call == Call::Allocate && (safe || mode != 0)) {
      apply(step, other->files_, other->names_);
    }
    if (step.call != Call::Write || step.lost) continue;
    auto& bytes = other->files_[step.inode].bytes;
    if (safe) {
      write_into(bytes, step.offset, step.bytes);
      continue;
    }
    for (std::size_t at = 0; at < step.bytes.size();) {
      const auto length =
          std::min<std::size_t>(512 - (step.offset + at) % 512, step.bytes.size() - at);
      const bool kept = mode == 1 || (mode > 1 && random() % 2 == 0);
      if (kept) write_into(bytes, step.offset + at, {step.bytes.data() + at, length});
      at += length;
    }
  }
  other->begin_journal();
  return other;
}

}  // namespace fanfare::log
