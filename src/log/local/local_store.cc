#include "log/local/local_store.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include "base/check.h"
#include "base/log.h"
#include "base/random.h"

namespace fanfare::log {
namespace {

constexpr std::size_t kCopyBelow = 16 * 1024;  ///< smaller payloads are copied into one piece
constexpr std::size_t kScratchKept = 1 << 20;  ///< of the copy buffer, after a large group
constexpr std::uint64_t kSegmentBytesMin = 32 * 1024;
constexpr std::uint64_t kSegmentBytesMax = 1ull << 30;
constexpr std::size_t kSealSlack = 128;  ///< header and padding of the seal
constexpr std::size_t kGuardCost = 20;   ///< of a record in the footer
constexpr std::size_t kIndexCost = 8;
constexpr std::size_t kPaddingMax = 7;

base::Result<void> check_options(const Options& options) {
  if (options.segment_bytes < kSegmentBytesMin || options.segment_bytes > kSegmentBytesMax ||
      options.segment_bytes % kSegmentHeaderBytes != 0) {
    return base::invalid("a segment has 32 KiB to 1 GiB, in steps of 4 KiB", "segment_bytes");
  }
  return {};
}

base::Error no_record(Position position) {
  return {base::Errc::NotFound, "no record " + std::to_string(position), {}};
}

}  // namespace

std::uint64_t LocalStore::payload_bytes_max(std::uint64_t segment_bytes) {
  return segment_bytes - kSegmentHeaderBytes - kTrailerBytes - kFrameHeaderBytesMax - kGuardCost -
         kIndexCost - kPaddingMax - footer_bytes_max(0, 0) - kSealSlack;
}

LocalStore::LocalStore(Disk& disk, const LocalOptions& options, std::unique_ptr<FolderLock> lock)
    : disk_(disk), options_(options), lock_(std::move(lock)) {}

LocalStore::~LocalStore() {
  if (keeper_ != nullptr) keeper_->stop();
}

base::Result<std::unique_ptr<LocalStore>> LocalStore::open(Disk& disk,
                                                           const LocalOptions& options) {
  if (auto checked = check_options(options.log); !checked) return std::move(checked.error());
  if (auto made = disk.make_folders(options.log.folder); !made) {
    return io_error("cannot make the folder", options.log.folder, made.error());
  }
  auto lock = lock_folder(disk, options.log.folder);
  if (!lock) return std::move(lock.error());
  const ExamineOptions examine_options{.verify_bytes = options.verify_bytes};
  auto found = examine(disk, options.log.folder, examine_options);
  std::unique_ptr<LocalStore> store(new LocalStore(disk, options, std::move(*lock)));
  base::Result<void> opened;
  if (found && found->refusal) {
    opened = std::move(*found->refusal);
  } else if (found) {
    opened = store->recover(*found);
  } else if (found.error().code == base::Errc::NotFound) {
    opened = store->found_store();
  } else {
    opened = std::move(found.error());
  }
  if (!opened) return std::move(opened.error());
  return store;
}

/// A new store: the mark with its id first, then the first segment.
base::Result<void> LocalStore::found_store() {
  auto& random = base::system_random();
  store_ = {random.next(), random.next()};
  payload_seed_ = payload_seed(store_);
  auto mark = Mark::create(disk_, options_.log.folder, store_);
  if (!mark) return std::move(mark.error());
  mark_ = std::move(*mark);
  auto first = make_segment(1);
  if (!first) return std::move(first.error());
  link_ = first_link(store_);
  activate(std::move(*first), {});
  start_keeper(2, {});
  return {};
}

base::Result<void> LocalStore::recover(Findings& found) {
  store_ = found.mark.store;
  payload_seed_ = payload_seed(store_);
  auto mark = Mark::open(disk_, options_.log.folder, found.mark);
  if (!mark) return std::move(mark.error());
  mark_ = std::move(*mark);
  if (auto made = confirm(); !made) return made;
  drop_misfits(found);
  if (auto removed = remove_leftovers(found); !removed) return removed;
  first_ = found.mark.first_position;
  next_ = found.next;
  durable_ = found.next - 1;
  link_ = first_link(store_);
  const auto count = found.with_records;
  if (count > 0) {
    const auto& last = found.segments[count - 1];
    if (auto settled = settle_tail(last, found.durable); !settled) return settled;
    if (auto marked = mark_->advance(found.next - 1); !marked) return marked;
    link_ = last.last_sum;
  }
  keep_guards(found.segments);

  // The segment to go on with: the last one with records, or the one behind it when that is sealed.
  std::size_t active = count == 0 ? 0 : count - 1;
  if (count > 0 && found.segments[active].sealed) ++active;
  for (std::size_t i = 0; i < std::min(active, count); ++i) {
    const auto& facts = found.segments[i];
    segments_.push_back(std::make_shared<Segment>(
        Segment{facts.path, facts.header, facts.base, facts.next, facts.end, facts.index}));
  }
  auto next_number = found.mark.first_segment + found.segments.size();
  if (active == found.segments.size()) {
    auto made = make_segment(next_number++);
    if (!made) return std::move(made.error());
    activate(std::move(*made), {});
    start_keeper(next_number, {});
    return {};
  }
  std::vector<std::shared_ptr<SegmentFile>> files;
  for (std::size_t i = active; i < found.segments.size(); ++i) {
    auto file = adopt(found.segments[i]);
    if (!file) return std::move(file.error());
    files.push_back(std::move(*file));
  }
  auto& facts = found.segments[active];
  if (active < count) guards_ = std::move(facts.guards);
  auto file = std::move(files.front());
  files.erase(files.begin());
  activate(std::move(file), Segment{facts.path, facts.header, facts.base, facts.next, facts.end,
                                    std::move(facts.index)});
  start_keeper(next_number, std::move(files));
  return {};
}

/// Makes durable what was read: when the process before ended over a failed sync, names and the
/// mark may be there for readers only.
base::Result<void> LocalStore::confirm() {
  const auto& folder = options_.log.folder;
  if (auto synced = disk_.sync_folder(folder); !synced) {
    return io_error("cannot sync", folder, synced.error());
  }
  return mark_->confirm();
}

/// Empty segments made for another segment size: a record allowed now might not fit.
void LocalStore::drop_misfits(Findings& found) const {
  const auto misfit = [this](const SegmentFacts& facts) {
    return facts.header.bytes != options_.log.segment_bytes;
  };
  auto& segments = found.segments;
  const auto empty = segments.begin() + static_cast<std::ptrdiff_t>(found.with_records);
  if (std::none_of(empty, segments.end(), misfit)) return;
  while (segments.size() > found.with_records) {
    found.leftovers.push_back(segment_name(segments.back().header.number));
    segments.pop_back();
  }
}

base::Result<void> LocalStore::remove_leftovers(const Findings& found) {
  if (found.leftovers.empty()) return {};
  const auto& folder = options_.log.folder;
  for (const auto& name : found.leftovers) {
    if (auto removed = disk_.remove(folder / name); !removed) {
      return io_error("cannot remove", folder / name, removed.error());
    }
  }
  if (auto synced = disk_.sync_folder(folder); !synced) {
    return io_error("cannot sync", folder, synced.error());
  }
  return {};
}

/// Writes again what was not known to be synced, and syncs it. Not only a sync: when the process
/// before ended over a failed one, the kernel may hold these pages as clean although the disk never
/// got them.
base::Result<void> LocalStore::settle_tail(const SegmentFacts& last, Position durable) {
  if (durable + 1 >= last.next && !last.sealed) return {};
  auto file = disk_.open(last.path, OpenMode::Write);
  if (!file) return io_error("cannot open", last.path, file.error());
  Window window(1 << 20);
  FrameWalk walk(**file, window, last.header, kSegmentHeaderBytes, last.end);
  std::uint64_t from = last.end;
  for (;;) {
    const auto at = walk.offset();
    auto step = walk.next(FrameWalk::Payloads::Skip);
    if (!step) return std::move(step.error());
    if (!*step) break;
    if ((*step)->frame.position <= durable) continue;
    from = at;
    break;
  }
  std::string piece;
  for (auto at = from; at < last.end; at += piece.size()) {
    piece.resize(static_cast<std::size_t>(std::min<std::uint64_t>(1 << 20, last.end - at)));
    if (auto got = read_fully(**file, at, piece.data(), piece.size()); !got) {
      return io_error("cannot read", last.path, got.error());
    }
    if (auto wrote = write_fully(**file, at, piece); !wrote) {
      return io_error("cannot write", last.path, wrote.error());
    }
  }
  if (last.sealed) {
    const auto trailer = encode_trailer(last.seal_offset, last.header.salt);
    if (auto wrote = write_fully(**file, frames_end(last.header), trailer); !wrote) {
      return io_error("cannot write", last.path, wrote.error());
    }
  }
  if (auto synced = (*file)->sync(); !synced) {
    return io_error("cannot sync", last.path, synced.error());
  }
  return {};
}

base::Result<std::shared_ptr<SegmentFile>> LocalStore::adopt(const SegmentFacts& facts) {
  auto file = disk_.open(facts.path, OpenMode::Write);
  if (!file) return io_error("cannot open", facts.path, file.error());
  return std::make_shared<SegmentFile>(SegmentFile{std::move(*file), facts.path, facts.header});
}

base::Result<std::shared_ptr<SegmentFile>> LocalStore::make_segment(std::uint64_t number) {
  SegmentHeader header;
  header.store = store_;
  header.number = number;
  header.salt = base::system_random().next();
  header.bytes = options_.log.segment_bytes;
  return make_segment_file(disk_, options_.log.folder, header, {});
}

void LocalStore::activate(std::shared_ptr<SegmentFile> file, Segment segment) {
  segment.path = file->path;
  segment.header = file->header;
  end_ = segment.end;
  const std::lock_guard lock(mutex_);
  writing_ = std::make_shared<Segment>(std::move(segment));
  segments_.push_back(writing_);
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

void LocalStore::keep_guards(std::vector<SegmentFacts>& segments) {
  for (const auto& facts : segments) {
    for (const auto& entry : facts.guards) {
      recovered_guards_.note(entry.key, facts.base + entry.number);
    }
    recovered_guards_.settle();
  }
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

// ---- writing

void LocalStore::prepare(Entry& entry) const {
  entry.payload_sum = payload_sum(*entry.payload, payload_seed_);
}

AggregateKey LocalStore::aggregate_key(const std::string& aggregate) const {
  return hash_aggregate(aggregate, payload_seed_);
}

std::uint64_t LocalStore::cost(const Entry& entry) const {
  const auto guard = entry.aggregate ? kAggregateBytes + kGuardCost : 0;
  return (kFrameHeaderBytes + entry.payload->size() + 7) / 8 * 8 + kIndexCost + guard;
}

/// What groups may take, with the seal still fitting behind them.
std::uint64_t LocalStore::room_left() const {
  const auto& segment = *writing_;
  const auto kept = footer_bytes_max(segment.index.size(), guards_.size()) + kSealSlack;
  const auto until = segment.header.bytes - kTrailerBytes - kept;
  return end_ < until ? until - end_ : 0;
}

base::Result<std::uint64_t> LocalStore::room(std::uint64_t bytes) {
  if (has_failed()) return failure();
  if (const auto left = room_left(); bytes <= left) return left;
  auto next = keeper_->take_next();
  if (!next) return std::move(next.error());
  if (auto rolled = roll(std::move(*next)); !rolled) return std::move(rolled.error());
  FANFARE_CHECK(bytes <= room_left());
  return room_left();
}

/// Ends the segment. All of it is synced and marked before anything goes into the next one, so that
/// a record there proves that everything here had been stored.
base::Result<void> LocalStore::roll(std::shared_ptr<SegmentFile> next) {
  const auto& segment = *writing_;
  const auto footer = encode_footer({segment.base, next_, segment.index, guards_});
  Frame seal;
  seal.kind = FrameKind::Seal;
  seal.previous = link_;
  seal.position = next_;
  seal.payload_sum = payload_sum(footer, payload_seed_);
  seal.length = static_cast<std::uint32_t>(footer.size());
  seal.durable = durable_;
  std::string bytes(kFrameHeaderBytes, '\0');
  const auto sum = encode_frame_header(seal, segment.header.salt, bytes.data());
  bytes += footer;
  bytes.resize(seal.bytes(), '\0');
  FANFARE_CHECK(end_ + bytes.size() <= frames_end(segment.header));
  const auto trailer = encode_trailer(end_, segment.header.salt);

  auto wrote = write_fully(*active_->file, end_, bytes);
  if (wrote) wrote = write_fully(*active_->file, frames_end(segment.header), trailer);
  if (!wrote) {
    fail(io_error("cannot write", segment.path, wrote.error()));
    return failure();
  }
  if (auto synced = sync_file(*active_, next_ - 1); !synced) return synced;
  if (auto marked = mark_->advance(next_ - 1); !marked) {
    fail(marked.error());
    return failure();
  }
  link_ = sum;
  guards_.clear();
  activate(std::move(next), {});
  return {};
}

base::Result<void> LocalStore::write(const std::vector<Entry*>& group, Sync sync) {
  if (has_failed()) return failure();
  const auto link = link_;
  const auto guards = guards_.size();
  const auto bytes = gather(group);
  auto written = put();
  if (written && sync == Sync::Yes) written = sync_file(*active_, group.back()->position);
  if (!written) {
    link_ = link;
    guards_.resize(guards);
    return written;
  }
  publish(group, bytes);
  keeper_->progress();
  return {};
}

/// Lays the group out as pieces to write: headers and small payloads copied side by side, large
/// payloads where they are.
std::uint64_t LocalStore::gather(const std::vector<Entry*>& group) {
  std::size_t copied = 0;
  for (const Entry* entry : group) {
    const auto bytes = entry->payload->size();
    copied += kFrameHeaderBytesMax + 8 + (bytes < kCopyBelow ? bytes : 0);
  }
  scratch_.clear();
  if (scratch_.capacity() > kScratchKept && copied <= kScratchKept) scratch_.shrink_to_fit();
  scratch_.reserve(copied);  // pieces point into it: it must not move
  pieces_.clear();
  new_index_.clear();
  auto end = end_;
  for (const Entry* entry : group) {
    const auto& index = writing_->index;
    const auto base = writing_->base == 0 ? group.front()->position : writing_->base;
    const auto number = static_cast<std::uint32_t>(entry->position - base);
    const auto* last = !new_index_.empty() ? &new_index_.back()
                       : !index.empty()    ? &index.back()
                                           : nullptr;
    if (last == nullptr || end >= last->offset + kIndexStride) {
      new_index_.push_back({static_cast<std::uint32_t>(end), number});
    }
    if (entry->aggregate) guards_.push_back({*entry->aggregate, number});
    const auto before = scratch_.size();
    gather_one(*entry);
    end += scratch_.size() - before;
    if (entry->payload->size() >= kCopyBelow) end += entry->payload->size();
  }
  return end - end_;
}

void LocalStore::gather_one(const Entry& entry) {
  Frame frame;
  frame.kind = entry.aggregate ? FrameKind::Guarded : FrameKind::Record;
  frame.previous = link_;
  frame.position = entry.position;
  frame.payload_sum = entry.payload_sum;
  frame.length = static_cast<std::uint32_t>(entry.payload->size());
  frame.durable = durable_.load(std::memory_order_relaxed);
  if (entry.aggregate) frame.aggregate = *entry.aggregate;
  const auto begin = scratch_.size();
  scratch_.resize(begin + frame.header_bytes());
  link_ = encode_frame_header(frame, writing_->header.salt, scratch_.data() + begin);

  const auto add_piece = [this](const char* data, std::size_t bytes) {
    char* const at = const_cast<char*>(data);
    if (!pieces_.empty() &&
        static_cast<char*>(pieces_.back().iov_base) + pieces_.back().iov_len == at) {
      pieces_.back().iov_len += bytes;
    } else if (bytes > 0) {
      pieces_.push_back({at, bytes});
    }
  };
  const auto padding = frame.bytes() - frame.header_bytes() - entry.payload->size();
  if (entry.payload->size() < kCopyBelow) {
    scratch_.append(*entry.payload).append(padding, '\0');
    add_piece(scratch_.data() + begin, frame.bytes());
    return;
  }
  add_piece(scratch_.data() + begin, frame.header_bytes());
  add_piece(entry.payload->data(), entry.payload->size());
  add_piece(scratch_.data() + scratch_.size(), padding);
  scratch_.append(padding, '\0');
}

base::Result<void> LocalStore::put() {
  const auto wrote = write_fully(*active_->file, end_, pieces_);
  if (wrote) return {};
  auto error = io_error("cannot write", active_->path, wrote.error());
  if (is_full(wrote.error())) {
    keeper_->report_full(
        error.message);  // nothing counts that was written: the next group goes there
    return error;
  }
  fail(error);
  return failure();
}

void LocalStore::publish(const std::vector<Entry*>& group, std::uint64_t bytes) {
  const std::lock_guard lock(mutex_);
  auto& segment = *writing_;
  if (segment.base == 0) segment.base = group.front()->position;
  segment.next = group.back()->position + 1;
  end_ += bytes;
  segment.end = end_;
  segment.index.insert(segment.index.end(), new_index_.begin(), new_index_.end());
  next_.store(segment.next, std::memory_order_release);
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

// ---- reading

base::Result<Guards> LocalStore::replay(Position from, const Apply& apply) {
  for (const auto& segment : segments_) {
    if (segment->base == 0 || segment->next <= from) continue;
    if (auto done = replay_segment(*segment, from, apply); !done) return std::move(done.error());
  }
  return std::move(recovered_guards_);
}

base::Result<void> LocalStore::replay_segment(const Segment& segment, Position from,
                                              const Apply& apply) {
  auto file = disk_.open(segment.path, OpenMode::Read);
  if (!file) return io_error("cannot open", segment.path, file.error());
  const auto start = std::max(from, segment.base);
  const auto place = place_of(start);
  FANFARE_CHECK(place.has_value());
  Window window(1 << 20);
  FrameWalk walk(**file, window, segment.header, place->offset, segment.end);
  for (Position position = 0; position + 1 < segment.next;) {
    auto step = walk.next(FrameWalk::Payloads::Verify);
    if (!step) return std::move(step.error());
    if (!*step) return damage(segment.path, walk.offset(), walk.stopped());
    position = (*step)->frame.position;
    if (position < from) continue;
    apply(position, std::make_shared<const std::string>((*step)->payload));
  }
  return {};
}

std::optional<LocalStore::Place> LocalStore::place_of(Position position) const {
  const std::lock_guard lock(mutex_);
  const auto after = std::ranges::upper_bound(
      segments_, position, {}, [](const auto& s) { return s->base == 0 ? ~Position{0} : s->base; });
  if (after == segments_.begin()) return std::nullopt;
  const Segment& segment = **std::prev(after);
  if (position >= segment.next) return std::nullopt;
  const auto number = static_cast<std::uint32_t>(position - segment.base);
  const auto entry = std::ranges::upper_bound(segment.index, number, {}, &IndexEntry::number);
  const std::uint64_t offset =
      entry == segment.index.begin() ? kSegmentHeaderBytes : std::prev(entry)->offset;
  return Place{segment.path, segment.header, offset, segment.end};
}

base::Result<Payload> LocalStore::read(Position position) {
  const auto place = place_of(position);
  if (!place) return no_record(position);
  auto payload = read_at(*place, position);
  if (!payload && !place_of(position)) return no_record(position);  // trimmed in between
  return payload;
}

base::Result<Payload> LocalStore::read_at(const Place& place, Position position) {
  const std::lock_guard lock(read_mutex_);
  if (read_number_ != place.header.number || read_file_ == nullptr) {
    auto file = disk_.open(place.path, OpenMode::Read);
    if (!file) return io_error("cannot open", place.path, file.error());
    read_file_ = std::move(*file);
    read_number_ = place.header.number;
    read_window_.forget();
  }
  FrameWalk walk(*read_file_, read_window_, place.header, place.offset, place.end);
  for (;;) {
    const auto at = walk.offset();
    auto step = walk.next(FrameWalk::Payloads::Skip);
    if (!step) return std::move(step.error());
    if (!*step || (*step)->frame.position > position) {
      return damage(place.path, at, *step ? "the record is not there" : walk.stopped());
    }
    if ((*step)->frame.position < position) continue;
    FrameWalk found(*read_file_, read_window_, place.header, at, place.end);
    auto whole = found.next(FrameWalk::Payloads::Verify);
    if (!whole) return std::move(whole.error());
    if (!*whole) return damage(place.path, at, found.stopped());
    return std::make_shared<const std::string>((*whole)->payload);
  }
}

void LocalStore::trim(Position before) {
  std::vector<std::filesystem::path> paths;
  std::uint64_t first_segment = 0;
  {
    const std::lock_guard lock(mutex_);
    while (segments_.size() > 1 && segments_[1]->base != 0 && segments_[1]->base <= before) {
      paths.push_back(segments_.front()->path);
      segments_.pop_front();
      first_.store(segments_.front()->base, std::memory_order_release);
    }
    if (paths.empty()) return;
    first_segment = segments_.front()->header.number;
    keeper_->drop(std::move(paths), first_segment, first_);
  }
}

std::uint64_t LocalStore::size_bytes() const {
  const std::lock_guard lock(mutex_);
  std::uint64_t bytes = keeper_->bytes_kept_back();
  for (const auto& segment : segments_) bytes += segment->header.bytes;
  return bytes;
}

}  // namespace fanfare::log
