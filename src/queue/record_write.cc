#include <algorithm>
#include <cstring>
#include <string>
#include <unordered_map>
#include <utility>

#include "queue/record.h"

namespace fanfare::queue {

namespace {

constexpr std::size_t kPartHeadBytes = 5;
constexpr std::size_t kEventFrameBytes = 32;  // what event::encode adds to an event's texts, about

std::int64_t to_raw(base::TimePoint time) { return time.time_since_epoch().count(); }

/// Writes a part's head now and its length when it ends.
class PartWriter {
 public:
  PartWriter(std::string& out, Tag tag) : out_(out) {
    base::ByteWriter writer(out_);
    writer.u8(static_cast<std::uint8_t>(tag));
    writer.u32(0);
    start_ = out_.size();
  }
  ~PartWriter() { patch(start_ - 4, out_.size() - start_); }
  PartWriter(const PartWriter&) = delete;
  PartWriter& operator=(const PartWriter&) = delete;

  std::size_t start() const { return start_; }
  void patch(std::size_t at, std::size_t value) {
    const auto number = static_cast<std::uint32_t>(value);
    std::memcpy(out_.data() + at, &number, sizeof number);
  }

 private:
  std::string& out_;
  std::size_t start_;
};

std::string new_payload(std::size_t bytes) {
  std::string out;
  out.reserve(bytes);
  out.push_back(static_cast<char>(kRecordVersion));
  return out;
}

log::Payload finish(std::string text) {
  return std::make_shared<const std::string>(std::move(text));
}

void write_ref(base::ByteWriter& out, const EntryRef& ref) {
  out.varint(ref.key.position);
  out.varint(static_cast<std::uint64_t>(to_raw(ref.key.due)));
  out.varint(ref.key.label);
  write_runs(out, ref.indices);
}

/// Turns "event to subscriptions" around. Events of one commit mostly match the same ones.
class Inversion {
 public:
  void add(std::size_t nth, SubscriptionId subscription, std::uint32_t index) {
    if (nth < matches_.size() && matches_[nth].subscription == subscription) {
      add_index(matches_[nth].indices, index);
      return;
    }
    const auto [known, fresh] = slot_.try_emplace(subscription, matches_.size());
    if (fresh) matches_.push_back({subscription, {}});
    add_index(matches_[known->second].indices, index);
  }
  const std::vector<EventsView::Match>& matches() const { return matches_; }

 private:
  std::vector<EventsView::Match> matches_;
  std::unordered_map<SubscriptionId, std::size_t> slot_;
};

Inversion invert(const std::vector<MatchedEvent>& events) {
  Inversion inversion;
  for (std::uint32_t i = 0; i < events.size(); ++i) {
    const auto& subscriptions = events[i].subscriptions;
    for (std::size_t n = 0; n < subscriptions.size(); ++n) inversion.add(n, subscriptions[n], i);
  }
  return inversion;
}

void write_events(std::string& out, const Commit& commit) {
  PartWriter part(out, Tag::Events);
  base::ByteWriter writer(out);
  writer.u32(commit.topic.value);
  writer.i64(to_raw(commit.published));
  writer.u32(static_cast<std::uint32_t>(commit.events.size()));
  std::size_t table = out.size();
  out.append(commit.events.size() * sizeof(std::uint32_t), '\0');
  const auto inversion = invert(commit.events);
  writer.varint(inversion.matches().size());
  for (const auto& match : inversion.matches()) {
    writer.u32(match.subscription.value);
    write_runs(writer, match.indices);
  }
  for (const auto& matched : commit.events) {
    part.patch(table, out.size() - part.start());
    table += sizeof(std::uint32_t);
    event::encode(matched.event, writer);
  }
}

void write_state_changes(std::string& out, const view::Batch& batch) {
  base::ByteWriter writer(out);
  for (const auto& change : batch.changes()) {
    const PartWriter part(out, change.value ? Tag::Put : Tag::Erase);
    if (change.value) writer.varint(change.key.size());
    out.append(change.key);
    if (change.value) out.append(*change.value);
  }
}

std::size_t size_hint(const Commit& commit) {
  std::size_t bytes = 64;
  for (const auto& change : commit.state.changes()) {
    bytes += kPartHeadBytes + 5 + change.key.size() + (change.value ? change.value->size() : 0);
  }
  for (const auto& matched : commit.events) {
    bytes += matched.event.bytes() + kEventFrameBytes + matched.subscriptions.size();
  }
  return bytes + commit.closed_lanes.size() * (kPartHeadBytes + 4);
}
}  // namespace

base::Result<log::Payload> encode_commit(const Commit& commit) {
  if (commit.events.size() > kIndicesMax) {
    return base::Error{base::Errc::TooLarge, "too many events in one commit", {}};
  }
  std::string out = new_payload(size_hint(commit));
  write_state_changes(out, commit.state);
  for (const auto lane : commit.closed_lanes) {
    const PartWriter part(out, Tag::CloseLane);
    base::ByteWriter(out).u32(lane.value);
  }
  if (!commit.events.empty()) write_events(out, commit);
  return finish(std::move(out));
}

log::Payload encode_settled(const Settlement& settlement, base::TimePoint at,
                            const std::vector<EntryRef>& refs) {
  std::string out = new_payload(80 + refs.size() * 16);
  {
    const PartWriter part(out, Tag::Settled);
    base::ByteWriter writer(out);
    writer.i64(to_raw(at));
    writer.u32(settlement.subscription.value);
    writer.u8(static_cast<std::uint8_t>(settlement.verdict));
    writer.i64(to_raw(settlement.due));
    write_state(writer, settlement.state);
    writer.i64(settlement.latency.count());
    for (const auto& ref : refs) write_ref(writer, ref);
  }
  return finish(std::move(out));
}

log::Payload encode_deferred(SubscriptionId subscription, base::TimePoint due, base::TimePoint at,
                             const std::vector<DeferredRef>& refs) {
  std::string out = new_payload(40 + refs.size() * 40);
  {
    const PartWriter part(out, Tag::Deferred);
    base::ByteWriter writer(out);
    writer.i64(to_raw(at));
    writer.u32(subscription.value);
    writer.i64(to_raw(due));
    for (const auto& deferred : refs) {
      write_ref(writer, deferred.ref);
      write_state(writer, deferred.state);
    }
  }
  return finish(std::move(out));
}

log::Payload encode_checkpoint(base::TimePoint at) {
  std::string out = new_payload(16);
  {
    const PartWriter part(out, Tag::Checkpoint);
    base::ByteWriter(out).i64(to_raw(at));
  }
  return finish(std::move(out));
}

void write_state(base::ByteWriter& out, const AttemptState& state) {
  out.varint(state.attempts);
  out.i64(to_raw(state.first_attempt));
  out.i64(to_raw(state.last_attempt));
  out.u8(static_cast<std::uint8_t>(state.last_outcome));
  out.varint(state.last_status);
  out.u8(static_cast<std::uint8_t>(state.giving_up));
}

}  // namespace fanfare::queue
