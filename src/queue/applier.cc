#include "queue/applier.h"

#include <algorithm>

#include "base/log.h"
#include "queue/pending_table.h"

namespace fanfare::queue {

namespace {

bool keeps_task(Verdict verdict) {
  return verdict == Verdict::Retry || verdict == Verdict::DeadLetterLater;
}

IndexRuns shared(const IndexRuns& a, const IndexRuns& b) { return without(a, without(a, b)); }

/// Due times of a task only grow, so that a key never names two entries.
EntryKey next_key(const EntryKey& before, base::TimePoint due, const IndexRuns& indices) {
  return {before.position, std::max(due, before.due + base::Duration(1)), indices.front().first};
}

}  // namespace

base::Result<Applier::Kind> Applier::apply(log::Position position, const log::Payload& payload) {
  Step step{.position = position};
  PartReader parts(*payload);
  while (const auto next = parts.next()) {
    if (auto done = part(*next, payload, step); !done) return done.error();
  }
  if (!parts.ok()) return corrupt_record(position);
  writer_.write(std::move(step.write));
  if (!step.state.empty() && listener_) listener_(step.state, position);
  return step.kind;
}

base::Result<void> Applier::part(const PartReader::Part& part, const log::Payload& payload,
                                 Step& step) {
  if (part.tag == Tag::Checkpoint) return {};
  const bool is_mark = part.tag == Tag::Settled || part.tag == Tag::Deferred;
  if (!is_mark) step.kind = Kind::Commit;
  if (is_mark && step.kind == Kind::Checkpoint) step.kind = Kind::Mark;
  if (part.tag == Tag::Events) return events(part.body, payload, step);
  if (part.tag == Tag::Settled) {
    if (const auto mark = parse_settled(part.body)) return settled(*mark, step);
  } else if (part.tag == Tag::Deferred) {
    if (const auto mark = parse_deferred(part.body)) return deferred(*mark, step);
  } else if (part.tag == Tag::Put) {
    if (const auto put = parse_put(part.body)) {
      step.write.batch.put(std::string(put->key), std::string(put->value));
      step.state.put(std::string(put->key), std::string(put->value));
      return {};
    }
  } else if (part.tag == Tag::Erase) {
    step.write.batch.erase(std::string(part.body));
    step.state.erase(std::string(part.body));
    return {};
  } else if (const auto id = parse_close_lane(part.body)) {
    close_lane(*id, step);
    return {};
  }
  return corrupt_record(step.position);
}

base::Result<void> Applier::events(std::string_view body, const log::Payload& payload, Step& step) {
  const auto view = EventsView::parse(body);
  const auto matches = view ? view->matches() : std::nullopt;
  if (!matches) return corrupt_record(step.position);
  FreshRecord record(step.position, payload, *view, memory_);
  for (const auto& match : *matches) {
    auto lane = lanes_.find_or_make(match.subscription);
    if (!lane || lane->owe(record, match.indices)) continue;
    step.write.put_row(std::move(lane), untried_key(step.position, match.indices),
                       Row{view->published(), {}, match.indices});
  }
  return {};
}

base::Result<void> Applier::settled(const SettledPart& part, Step& step) {
  const auto& settlement = part.settlement;
  const auto lane = lanes_.find(settlement.subscription);
  if (!lane) return {};
  const bool waits = keeps_task(settlement.verdict);
  for (const auto& ref : part.refs) {
    auto taken = take(lane, ref, waits ? Then::Waits : Then::Gone, step);
    if (!taken) return taken.error();
    if (!waits) continue;
    const auto& indices = mode_ == Mode::Replay ? ref.indices : taken->indices;
    if (indices.empty()) continue;
    const EntryKey key = next_key(ref.key, settlement.due, indices);
    auto done = wait(lane, key, Row{taken->published, settlement.state, indices}, step);
    if (!done) return done;
  }
  return {};
}

base::Result<void> Applier::deferred(const DeferredPart& part, Step& step) {
  const auto lane = lanes_.find(part.subscription);
  if (!lane) return {};
  for (const auto& [ref, state] : part.refs) {
    auto taken = take(lane, ref, Then::Waits, step);
    if (!taken) return taken.error();
    const auto& indices = mode_ == Mode::Replay ? ref.indices : taken->indices;
    if (indices.empty()) continue;
    const EntryKey key = next_key(ref.key, part.due, indices);
    auto done = wait(lane, key, Row{taken->published, state, indices}, step);
    if (!done) return done;
  }
  return {};
}

void Applier::close_lane(SubscriptionId id, Step& step) {
  const auto lane = lanes_.close(id, step.position);
  const auto owed = lane ? lane->close() : 0;
  dropped_ += owed;
  step.write.batch.put(closed_key(id), encode_closed(step.position));
  step.write.closed_lanes.push_back(id);
  base::log(base::LogLevel::Info, "queue", "a lane was closed",
            {{"subscription", id.value}, {"dropped", owed}});
}

/// Takes settled tasks out of the window or, when the entry is not there, out of the table. Tasks
/// that go on waiting leave their old row in the same write in which they get the new one; what is
/// done may stand in its row until the next checkpoint.
base::Result<Window::Taken> Applier::take(const std::shared_ptr<Lane>& lane, const EntryRef& ref,
                                          Then then, Step& step) {
  auto taken = lane->take(ref);
  if (!taken) return take_row(lane, ref, step);
  if (!taken->had_row) return std::move(*taken);
  if (taken->finished) {
    step.write.erase_row(lane, ref.key);
  } else if (then == Then::Waits) {
    step.write.batch.put(row_key(lane->id(), ref.key), encode_row(lane->save_rest(ref.key)));
  }
  return std::move(*taken);
}

base::Result<Window::Taken> Applier::take_row(const std::shared_ptr<Lane>& lane,
                                              const EntryRef& ref, Step& step) {
  Window::Taken taken;
  auto row = read_row(lane->id(), ref.key);
  if (!row) return row.error();
  if (!*row) return taken;
  taken.indices = shared((*row)->indices, ref.indices);
  taken.state = (*row)->state;
  taken.published = (*row)->published;
  lane->forget(ref.key.position, count_of(taken.indices));
  auto left = without((*row)->indices, taken.indices);
  if (left.empty()) {
    step.write.batch.erase(row_key(lane->id(), ref.key));
  } else {
    (*row)->indices = std::move(left);
    step.write.batch.put(row_key(lane->id(), ref.key), encode_row(**row));
  }
  return taken;
}

base::Result<void> Applier::wait(const std::shared_ptr<Lane>& lane, const EntryKey& key, Row row,
                                 Step& step) {
  if (mode_ == Mode::Replay) {
    auto before = read_row(lane->id(), key);
    if (!before) return before.error();
    if (*before) lane->forget(key.position, count_of((*before)->indices));
    if (*before) row.published = (*before)->published;
  }
  if (row.published == base::TimePoint{}) row.published = row.state.first_attempt;
  lane->owe_row(key.position, row.published, count_of(row.indices));
  step.write.put_row(lane, key, row);
  return {};
}

base::Result<std::optional<Row>> Applier::read_row(SubscriptionId id, const EntryKey& key) const {
  auto value = records_.get(row_key(id, key));
  if (!value) return value.error();
  if (!*value) return std::optional<Row>();
  auto row = decode_row(**value);
  if (!row) return corrupt_table();
  return row;
}

}  // namespace fanfare::queue
