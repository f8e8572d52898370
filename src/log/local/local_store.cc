#include "log/local/local_store.h"

#include <utility>

#include "base/check.h"
#include "base/log.h"

namespace fanfare::log {

LocalStore::LocalStore(Disk& disk, const LocalOptions& options, std::unique_ptr<FolderLock> lock)
    : disk_(disk), options_(options), lock_(std::move(lock)) {}

LocalStore::~LocalStore() {
  if (keeper_ != nullptr) keeper_->stop();
}

void LocalStore::activate(std::shared_ptr<SegmentFile> file, Segment segment) {
  segment.path = file->path;
  segment.header = file->header;
  end_.offset = segment.end;
  segments_.add(std::move(segment));
  const std::lock_guard lock(mutex_);
  active_ = std::move(file);
}

void LocalStore::start_keeper(std::uint64_t next_number,
                              std::vector<std::shared_ptr<SegmentFile>> prepared) {
  KeeperOptions options{.folder = options_.log.folder,
                        .segment_bytes = options_.log.segment_bytes,
                        .reserve_bytes = options_.log.reserve_bytes,
                        .mark_interval = options_.mark_interval,
                        .retry_interval = options_.retry_interval};
  keeper_ = std::make_unique<Keeper>(disk_, std::move(options), *mark_, next_number);
  Keeper::Hooks hooks{.make_durable = [this] { make_durable(); },
                      .failed = [this](const base::Error& error) { fail(error); },
                      .room = [this] { tell_room(); }};
  keeper_->start(std::move(hooks), std::move(prepared));
}

base::Result<Guards> LocalStore::replay(Position from, const Apply& apply) {
  if (auto done = reader_.replay(from, apply); !done) return std::move(done.error());
  return std::move(recovered_guards_);
}

void LocalStore::on_room(std::function<void()> call) {
  const std::lock_guard lock(mutex_);
  on_room_ = std::move(call);
}

void LocalStore::tell_room() {
  std::function<void()> call;
  {
    const std::lock_guard lock(mutex_);
    call = on_room_;
  }
  if (call) call();
}

void LocalStore::prepare(Entry& entry) const {
  entry.payload_sum = payload_sum(*entry.payload, payload_seed_);
}

AggregateKey LocalStore::aggregate_key(const std::string& aggregate) const {
  return hash_aggregate(aggregate, payload_seed_);
}

base::Result<std::uint64_t> LocalStore::room(std::uint64_t bytes) {
  if (has_failed()) return failure();
  const auto left = [this] {
    return room_for_records(segments_.active(), end_.offset, guards_.size());
  };
  if (const auto room = left(); bytes <= room) return room;
  auto next = keeper_->take_next();
  if (!next) return std::move(next.error());
  if (auto rolled = roll(std::move(*next)); !rolled) return std::move(rolled.error());
  FANFARE_CHECK(bytes <= left());
  return left();
}

/// Ends the segment. All of it is synced and marked before anything goes into the next one, so that
/// a record there proves that everything here had been stored.
base::Result<void> LocalStore::roll(std::shared_ptr<SegmentFile> next) {
  const auto& segment = segments_.active();
  const auto seal = make_seal(segment, end_, next_, durable_, guards_);
  auto wrote = write_fully(*active_->file, end_.offset, seal.bytes);
  if (wrote) wrote = write_fully(*active_->file, frames_end(segment.header), seal.trailer);
  if (!wrote) {
    fail(io_error("cannot write", segment.path, wrote.error()));
    return failure();
  }
  if (auto synced = sync_file(*active_, next_ - 1); !synced) return synced;
  if (auto marked = mark_->advance(next_ - 1); !marked) {
    fail(marked.error());
    return failure();
  }
  end_.link = seal.sum;
  guards_.clear();
  activate(std::move(next), {});
  return {};
}

base::Result<void> LocalStore::write(const std::vector<Entry*>& group, Sync sync) {
  if (has_failed()) return failure();
  frames_.lay_out(group, segments_.active(), end_, durable_.load(std::memory_order_relaxed));
  auto written = put();
  if (written && sync == Sync::Yes) written = sync_file(*active_, group.back()->position);
  if (!written) return written;
  publish(group);
  keeper_->progress();
  return {};
}

base::Result<void> LocalStore::put() {
  const auto wrote = write_fully(*active_->file, end_.offset, frames_.pieces());
  if (wrote) return {};
  auto error = io_error("cannot write", active_->path, wrote.error());
  if (is_full(wrote.error())) {
    keeper_->report_full(error.message);  // nothing counts: the next group goes there
    return error;
  }
  fail(error);
  return failure();
}

void LocalStore::publish(const std::vector<Entry*>& group) {
  end_ = frames_.end();
  const auto& guards = frames_.guards();
  guards_.insert(guards_.end(), guards.begin(), guards.end());
  const Position next = group.back()->position + 1;
  segments_.extend(group.front()->position, next, end_.offset, frames_.index());
  const std::lock_guard lock(mutex_);
  next_.store(next, std::memory_order_release);
}

/// Never asked for again after an error: the kernel may have dropped the bytes and would say yes.
base::Result<void> LocalStore::sync_file(SegmentFile& file, Position through) {
  const std::lock_guard lock(sync_mutex_);
  if (has_failed()) return failure();
  if (auto synced = file.file->sync(); !synced) {
    fail(io_error("cannot sync", file.path, synced.error()));
    return failure();
  }
  if (through > durable_) durable_ = through;
  return {};
}

/// The keeper's: what was written without a sync, and the mark behind it.
void LocalStore::make_durable() {
  std::shared_ptr<SegmentFile> file;
  Position through = 0;
  {
    const std::lock_guard lock(mutex_);
    file = active_;
    through = next_ - 1;
  }
  if (has_failed()) return;
  if (through > durable_ && !sync_file(*file, through)) return;
  auto marked = mark_->advance(durable_);
  if (marked) return;
  if (mark_->has_failed()) return fail(marked.error());
  keeper_->report_full(std::move(marked.error().message));
  keeper_->progress();
}

void LocalStore::fail(const base::Error& error) {
  {
    const std::lock_guard lock(mutex_);
    if (failed_) return;
    failure_reason_ = error.message + "; the log takes nothing more until it is opened again";
    failed_.store(true, std::memory_order_release);
  }
  base::log(base::LogLevel::Error, "log", "the log has failed and must be opened again",
            {{"reason", error.message}});
}

base::Error LocalStore::failure() const {
  const std::lock_guard lock(mutex_);
  return {base::Errc::Unavailable, failure_reason_, {}};
}

void LocalStore::finish() {
  make_durable();
  keeper_->stop();
}

Health LocalStore::health() const {
  if (has_failed()) return {false, failure().message};
  return keeper_->health();
}

void LocalStore::trim(Position before) {
  const std::lock_guard lock(trim_mutex_);
  auto dropped = segments_.trim(before);
  if (!dropped) return;
  keeper_->drop(std::move(dropped->paths), dropped->first_segment, dropped->first_position);
}

std::uint64_t LocalStore::size_bytes() const {
  return keeper_->bytes_kept_back() + segments_.bytes();
}

}  // namespace fanfare::log
