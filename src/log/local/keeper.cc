#include "log/local/keeper.h"

#include <algorithm>
#include <utility>

#include "base/log.h"
#include "base/random.h"

namespace fanfare::log {
namespace {

constexpr const char* kSpareName = "spare.tmp";
constexpr std::uint64_t kRoomForOthers = 64 << 20;  ///< no lack of space, when so much is free
constexpr std::uint64_t kMargin = 4 << 20;  ///< of free space, before the full state is left

}  // namespace

Keeper::Keeper(Disk& disk, KeeperOptions options, Mark& mark, std::uint64_t next_number)
    : disk_(disk), options_(std::move(options)), mark_(mark), next_number_(next_number) {}

Keeper::~Keeper() { stop(); }

void Keeper::start(Hooks hooks, std::vector<std::shared_ptr<SegmentFile>> prepared) {
  hooks_ = std::move(hooks);
  prepared_ = std::move(prepared);
  thread_ = std::thread([this] { run(); });
}

void Keeper::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    changed_.notify_all();
  }
  if (thread_.joinable()) thread_.join();
}

base::Result<std::shared_ptr<SegmentFile>> Keeper::take_next() {
  Lock lock(mutex_);
  if (prepared_.empty() && !stopping_) {
    wanted_ = true;
    const auto before = attempts_;
    changed_.notify_all();
    changed_.wait(lock, [&] { return !prepared_.empty() || attempts_ != before || stopping_; });
    wanted_ = false;
  }
  if (prepared_.empty()) {
    return base::Error{base::Errc::Unavailable, full_.value_or("the log is closing"), {}};
  }
  auto next = std::move(prepared_.front());
  prepared_.erase(prepared_.begin());
  changed_.notify_all();
  return next;
}

void Keeper::progress() {
  if (mark_pending_.exchange(true)) return;
  const std::lock_guard lock(mutex_);
  mark_due_ = Steady::now() + options_.mark_interval;
  changed_.notify_all();
}

void Keeper::drop(std::vector<std::filesystem::path> paths, std::uint64_t first_segment,
                  Position first_position) {
  const std::lock_guard lock(mutex_);
  dropped_.push_back({std::move(paths), first_segment, first_position});
  changed_.notify_all();
}

void Keeper::report_full(std::string reason) {
  const std::lock_guard lock(mutex_);
  if (full_) return;
  full_ = std::move(reason);
  reserved_ = false;  // the thread gives the reserve back
  retry_at_ = Steady::now();
  changed_.notify_all();
}

/// After the first attempt of the thread: before it, the reserve is only a file of an earlier run.
void Keeper::yield_reserve() {
  Lock lock(mutex_);
  changed_.wait(lock, [this] { return attempts_ > 0 || stopping_; });
  if (!reserved_ || options_.reserve_bytes == 0 || stopping_) return;
  const auto free = disk_.free_bytes(options_.folder);
  if (free && *free >= kRoomForOthers) return;
  yield_asked_ = true;
  changed_.notify_all();
  changed_.wait(lock, [this] { return !yield_asked_ || stopping_; });
}

Health Keeper::health() const {
  const std::lock_guard lock(mutex_);
  if (full_) return {false, *full_};
  return {};
}

std::uint64_t Keeper::bytes_kept_back() const {
  const std::lock_guard lock(mutex_);
  return prepared_.size() * options_.segment_bytes + (reserved_ ? options_.reserve_bytes : 0);
}

void Keeper::run() {
  Lock lock(mutex_);
  while (!stopping_) {
    if (!work(lock)) wait(lock);
  }
  for (auto left = dropped_.size(); left > 0; --left) remove_dropped(lock);
}

/// Does one thing, the most urgent first. False when nothing is due.
bool Keeper::work(Lock& lock) {
  if (yield_asked_) {
    yield(lock);
    return true;
  }
  if (space_due()) {
    make_space(lock);
    return true;
  }
  if (mark_due_ && Steady::now() >= *mark_due_) {
    mark_due_.reset();
    mark_pending_ = false;
    lock.unlock();
    hooks_.make_durable();
    lock.lock();
    return true;
  }
  if (!dropped_.empty() && Steady::now() >= drop_at_) {
    remove_dropped(lock);
    return true;
  }
  return false;
}

void Keeper::wait(Lock& lock) {
  auto until = Steady::time_point::max();
  if (mark_due_) until = std::min(until, *mark_due_);
  if (full_) until = std::min(until, retry_at_);
  if (!dropped_.empty()) until = std::min(until, drop_at_);
  if (until == Steady::time_point::max()) {
    changed_.wait(lock);
  } else {
    changed_.wait_until(lock, until);
  }
}

bool Keeper::space_due() const {
  const bool complete = reserved_ && !prepared_.empty();
  if (full_) return (wanted_ && prepared_.empty()) || Steady::now() >= retry_at_;
  return !complete;
}

void Keeper::yield(Lock& lock) {
  lock.unlock();
  release_reserve();
  lock.lock();
  reserved_ = false;
  yield_asked_ = false;
  retry_at_ = Steady::now() + options_.retry_interval;
  if (!full_) enter_full("the disk is full: its reserve is in use");
  changed_.notify_all();
}

/// Makes the reserve and the next segment. When the disk is full, only a segment that relaxed
/// records wait for, out of the room that the reserve gave back; appends have to wait until both
/// are there.
void Keeper::make_space(Lock& lock) {
  const bool full = full_.has_value();
  const bool with_segment = prepared_.empty();
  const bool with_reserve = !reserved_;
  const bool urgent = wanted_;
  lock.unlock();
  if (full && with_reserve) release_reserve();
  const bool complete = !full || may_have_room(with_segment);
  base::Result<void> reserve;
  if (with_reserve && complete) reserve = make_reserve();
  std::shared_ptr<SegmentFile> segment;
  base::Result<void> made = reserve;
  if (with_segment && ((complete && reserve) || urgent)) {
    auto created = make_segment();
    if (created) {
      segment = std::move(*created);
    } else {
      made = std::move(created.error());
    }
  }
  if (!made) release_reserve();
  lock.lock();
  ++attempts_;
  wanted_ = false;
  if (segment != nullptr) prepared_.push_back(std::move(segment));
  retry_at_ = Steady::now() + options_.retry_interval;
  reserved_ = complete && reserve && made;
  if (!made && !full_) {
    enter_full(made.error().message);
  } else if (complete && made && full_) {
    leave_full(lock);
  }
  changed_.notify_all();
}

bool Keeper::may_have_room(bool with_segment) {
  const auto free = disk_.free_bytes(options_.folder);
  const auto needed =
      options_.reserve_bytes + (with_segment ? options_.segment_bytes : 0) + kMargin;
  return free && *free >= needed;
}

base::Result<void> Keeper::make_reserve() {
  const auto path = options_.folder / kReserveName;
  if (options_.reserve_bytes == 0) {
    static_cast<void>(disk_.remove(path));
    return {};
  }
  auto file = disk_.open(path, OpenMode::Create);
  if (!file) return io_error("cannot make", path, file.error());
  const auto before = (*file)->size();
  if (before && *before > options_.reserve_bytes) {
    static_cast<void>((*file)->resize(options_.reserve_bytes));
  }
  if (auto allocated = (*file)->allocate(options_.reserve_bytes); !allocated) {
    static_cast<void>((*file)->resize(0));
    return io_error("cannot allocate", path, allocated.error());
  }
  reserve_ = std::move(*file);
  return {};
}

base::Result<std::shared_ptr<SegmentFile>> Keeper::make_segment() {
  SegmentHeader header;
  header.store = mark_.value().store;
  header.number = next_number_;
  header.salt = base::system_random().next();
  header.bytes = options_.segment_bytes;
  const auto recycled = std::exchange(spare_, {});
  auto segment = make_segment_file(disk_, options_.folder, header, recycled);
  if (segment) ++next_number_;
  return segment;
}

void Keeper::release_reserve() {
  if (reserve_ != nullptr) static_cast<void>(reserve_->resize(0));
  reserve_.reset();
  if (!spare_.empty()) static_cast<void>(disk_.remove(std::exchange(spare_, {})));
}

void Keeper::enter_full(const std::string& reason) {
  full_ = reason;
  base::log(base::LogLevel::Error, "log", "the disk is full; appends are refused",
            {{"reason", reason}});
}

void Keeper::leave_full(Lock& lock) {
  full_.reset();
  base::log(base::LogLevel::Info, "log", "there is room again; appends are taken");
  lock.unlock();
  hooks_.room();
  lock.lock();
}

/// The mark first: once it says where the log begins, a missing file is no loss.
void Keeper::remove_dropped(Lock& lock) {
  const Drop drop = dropped_.front();
  lock.unlock();
  auto marked = mark_.trim(drop.first_segment, drop.first_position);
  if (marked) {
    for (const auto& path : drop.paths) remove_file(path);
    static_cast<void>(disk_.sync_folder(options_.folder));
  } else if (mark_.has_failed()) {
    hooks_.failed(std::move(marked.error()));
  }
  lock.lock();
  if (marked || mark_.has_failed()) {
    dropped_.erase(dropped_.begin());
  } else {
    drop_at_ = Steady::now() + options_.retry_interval;
  }
}

/// One file is kept to be used again: its blocks need neither be allocated nor zeroed.
void Keeper::remove_file(const std::filesystem::path& path) {
  const auto spare = options_.folder / kSpareName;
  if (spare_.empty() && disk_.rename(path, spare)) {
    spare_ = spare;
    return;
  }
  if (auto removed = disk_.remove(path); !removed) {
    base::log(base::LogLevel::Warn, "log", "cannot remove a trimmed segment",
              {{"path", path.string()}, {"errno", removed.error()}});
  }
}

}  // namespace fanfare::log
