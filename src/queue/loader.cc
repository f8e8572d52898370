#include "queue/loader.h"

#include <asio/post.hpp>
#include <thread>

#include "base/log.h"
#include "queue/pending_table.h"

namespace fanfare::queue {

namespace {

constexpr std::size_t kRowsPerVisit = 256;
constexpr std::size_t kPinnedRecordsMax = 4096;
constexpr base::Duration kRetryAfter = base::seconds(5);
constexpr base::Duration kPause = base::seconds(1);  ///< while the view is behind

}  // namespace

Loader::Loader(log::Log& log, view::Records& records, base::Clock& clock,
               const PayloadMemory& memory, const ViewWriter& writer, MarkWriter& marks,
               HealthBoard& health, base::Executor executor)
    : log_(log),
      records_(records),
      clock_(clock),
      memory_(memory),
      writer_(writer),
      marks_(marks),
      health_(health),
      executor_(executor) {}

void Loader::wake(std::shared_ptr<Lane> lane) {
  if (stopped_) return;
  asio::post(executor_, [this, lane = std::move(lane)] { visit(lane); });
}

void Loader::start() {
  asio::post(executor_, [this] {
    started_ = true;
    for (const auto& lane : std::exchange(early_, {})) visit(lane);
  });
}

void Loader::stop() {
  stopped_ = true;
  base::run_on(executor_, [this] {
    alarm_.reset();
    early_.clear();
  });
}

void Loader::visit(const std::shared_ptr<Lane>& lane) {
  if (stopped_) return;
  if (!started_) {
    early_.push_back(lane);
    return;
  }
  const auto now = clock_.now();
  if (writer_.is_overloaded()) {
    lane->abort_load();
    appoint(lane, now + kPause);
    return;
  }
  const auto plan = lane->begin_load(now);
  if (!plan) {
    appoint_next(lane, now);
    return;
  }
  auto found = find_rows(lane->id(), *plan, now);
  if (!found) {
    health_.fail(HealthBoard::Part::Scanning, found.error().message);
    lane->abort_load();
    appoint(lane, now + kRetryAfter);
    return;
  }
  health_.recover(HealthBoard::Part::Scanning);
  auto read = read_entries(lane->id(), *plan, std::move(*found));
  const bool progress = read.seen.last_seen.has_value() || !read.seen.unseen;
  if (lane->finish_load(*plan, read.seen, std::move(read.entries), now)) {
    if (!progress) std::this_thread::yield();  // the record is being committed this very moment
    wake(lane);
  } else {
    appoint_next(lane, now);
  }
}

base::Result<Loader::Found> Loader::find_rows(SubscriptionId id, const Lane::LoadPlan& plan,
                                              base::TimePoint now) const {
  Found found;
  std::size_t tasks = 0;
  const auto prefix = plan.scan.untried ? untried_prefix(id) : lane_prefix(id);
  const auto visit = [&](std::string_view key_bytes, std::string_view value) {
    const auto key = parse_row_key(key_bytes);
    auto row = key ? decode_row(value) : std::nullopt;
    if (!row) {
      found.damaged = true;
      return false;
    }
    const bool full =
        !found.rows.empty() && (found.rows.size() >= kRowsPerVisit || tasks >= plan.max_tasks);
    if (full || key->entry.due > now) {
      found.unseen = key->entry;
      return false;
    }
    tasks += count_of(row->indices);
    found.rows.push_back({key->entry, std::move(*row)});
    return true;
  };
  auto scanned = records_.scan(prefix, row_key(id, plan.scan.from), visit);
  if (!scanned) return scanned.error();
  if (found.damaged) return corrupt_table();
  return found;
}

/// Reads the rows' records as long as they fit; the first that does not is left for the next visit.
Loader::Read Loader::read_entries(SubscriptionId id, const Lane::LoadPlan& plan, Found found) {
  Read read;
  read.seen.unseen = found.unseen;
  std::size_t bytes = 0;
  for (auto& row : found.rows) {
    const auto position = row.key.position;
    if (bytes >= plan.max_bytes && read.seen.last_seen) {
      read.seen.unseen = row.key;
      break;
    }
    auto payload = read_record(position);
    if (!payload && payload.error().code == base::Errc::NotFound && position >= log_.next()) {
      read.seen.unseen = row.key;
      break;
    }
    read.seen.last_seen = row.key;
    const auto events = payload ? find_events(*payload) : std::nullopt;
    const auto& runs = row.row.indices;
    if (!events || runs.back().first + runs.back().count > events->size()) {
      give_up(id, row, payload ? corrupt_record(position) : payload.error());
      ++read.seen.loaded;
      continue;
    }
    bytes += (*payload)->size() * count_of(runs) / events->size();
    read.entries.push_back({row.key, std::move(*payload), *events, row.row.state, runs});
  }
  return read;
}

base::Result<log::Payload> Loader::read_record(log::Position position) {
  if (const auto known = pinned_.find(position); known != pinned_.end()) {
    if (auto payload = known->second.lock()) return payload;
  }
  auto payload = log_.read(position);
  if (!payload) return payload;
  if (pinned_.size() >= kPinnedRecordsMax) forget_gone_records();
  auto pinned = memory_.pin(*payload);
  pinned_[position] = pinned;
  return pinned;
}

void Loader::forget_gone_records() {
  std::erase_if(pinned_, [](const auto& entry) { return entry.second.expired(); });
}

/// The log is trimmed only behind what is settled: a row whose record is gone is a leftover of a
/// mark that a power cut took, and is dropped. A row whose record is damaged stays, and holds the
/// log.
void Loader::give_up(SubscriptionId id, const FoundRow& row, const base::Error& error) {
  base::log(
      base::LogLevel::Error, "queue", "a pending event cannot be read",
      {{"subscription", id.value}, {"position", row.key.position}, {"reason", error.message}});
  if (error.code != base::Errc::NotFound) {
    health_.fail(HealthBoard::Part::Reading, error.message);
    return;
  }
  Settlement dropped{.subscription = id, .verdict = Verdict::Dropped, .state = row.row.state};
  marks_.write(encode_settled(dropped, clock_.now(), {{row.key, row.row.indices}}));
}

/// What is due already waits for room; the lane asks when there is some.
/// `now` is the moment of the visit: what has become due since is met by an alarm that goes off at
/// once.
void Loader::appoint_next(const std::shared_ptr<Lane>& lane, base::TimePoint now) {
  const auto due = lane->next_due();
  appoint(lane, due > now ? due : base::TimePoint::max());
}

void Loader::appoint(const std::shared_ptr<Lane>& lane, base::TimePoint when) {
  if (const auto old = appointments_.find(lane->id()); old != appointments_.end()) {
    if (old->second.when == when) return;
    calendar_.erase({old->second.when, lane->id()});
    appointments_.erase(old);
  }
  if (when != base::TimePoint::max()) {
    appointments_[lane->id()] = {when, lane};
    calendar_.emplace(when, lane->id());
  }
  set_alarm();
}

void Loader::set_alarm() {
  const auto next = calendar_.empty() ? base::TimePoint::max() : calendar_.begin()->first;
  if (next == alarm_at_ || stopped_) return;
  alarm_.reset();
  alarm_at_ = next;
  if (next == base::TimePoint::max()) return;
  alarm_ = clock_.alarm(next, executor_, [this] { visit_due(); });
}

void Loader::visit_due() {
  if (stopped_) return;
  alarm_at_ = base::TimePoint::max();
  std::vector<std::shared_ptr<Lane>> due;
  const auto now = clock_.now();
  while (!calendar_.empty() && calendar_.begin()->first <= now) {
    const auto id = calendar_.begin()->second;
    if (auto lane = appointments_.at(id).lane.lock()) due.push_back(std::move(lane));
    appointments_.erase(id);
    calendar_.erase(calendar_.begin());
  }
  set_alarm();
  for (const auto& lane : due) {
    if (lane->open_visit()) visit(lane);
  }
}

}  // namespace fanfare::queue
