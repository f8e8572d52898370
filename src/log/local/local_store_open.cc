#include <algorithm>
#include <utility>

#include "base/random.h"
#include "log/local/local_store.h"
#include "log/local/settle.h"

namespace fanfare::log {
namespace {

constexpr std::uint64_t kSegmentBytesMin = 32 * 1024;
constexpr std::uint64_t kSegmentBytesMax = 1ull << 30;

base::Result<void> check_options(const Options& options) {
  if (options.segment_bytes < kSegmentBytesMin || options.segment_bytes > kSegmentBytesMax ||
      options.segment_bytes % kSegmentHeaderBytes != 0) {
    return base::invalid("a segment has 32 KiB to 1 GiB, in steps of 4 KiB", "segment_bytes");
  }
  return {};
}

Segment as_segment(const SegmentFacts& facts) {
  return {facts.path, facts.header, facts.base, facts.next, facts.end, facts.index};
}

}  // namespace

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
  end_.link = first_link(store_);
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
  drop_misfits(found, options_.log.segment_bytes);
  if (auto settled = settle(found); !settled) return settled;
  segments_.begin_at(found.mark.first_position);
  next_ = found.next;
  durable_ = found.next - 1;
  end_.link = found.with_records == 0 ? first_link(store_)
                                      : found.segments[found.with_records - 1].last_sum;
  keep_guards(found.segments);
  return go_on(found);
}

/// What was read becomes durable, and what is no part of the log goes.
base::Result<void> LocalStore::settle(const Findings& found) {
  const auto& folder = options_.log.folder;
  if (auto made = confirm(disk_, folder, *mark_); !made) return made;
  if (auto removed = remove_leftovers(disk_, folder, found); !removed) return removed;
  if (found.with_records == 0) return {};
  const auto& last = found.segments[found.with_records - 1];
  if (auto settled = settle_tail(disk_, last, found.durable); !settled) return settled;
  return mark_->advance(found.next - 1);
}

/// With the last segment that has records, or the one behind it when that is sealed.
base::Result<void> LocalStore::go_on(Findings& found) {
  const auto count = found.with_records;
  std::size_t active = count == 0 ? 0 : count - 1;
  if (count > 0 && found.segments[active].sealed) ++active;
  for (std::size_t i = 0; i < std::min(active, count); ++i) {
    segments_.add(as_segment(found.segments[i]));
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
  activate(std::move(file), as_segment(facts));
  start_keeper(next_number, std::move(files));
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

void LocalStore::keep_guards(const std::vector<SegmentFacts>& segments) {
  for (const auto& facts : segments) {
    for (const auto& entry : facts.guards) {
      recovered_guards_.note(entry.key, facts.base + entry.number);
    }
    recovered_guards_.settle();
  }
}

}  // namespace fanfare::log
