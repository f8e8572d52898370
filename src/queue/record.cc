#include "queue/record.h"

#include <algorithm>
#include <string>
#include <unordered_map>
#include <utility>

namespace fanfare::queue {

namespace {

constexpr std::uint8_t kSkippable = 0x80;
constexpr std::size_t kPartHeadBytes = 5;
constexpr std::size_t kEventsHeadBytes = 16;
constexpr std::size_t kEventFrameBytes = 32;  // what event::encode adds to an event's texts, about

std::int64_t to_raw(base::TimePoint time) { return time.time_since_epoch().count(); }
base::TimePoint to_time(std::int64_t raw) { return base::TimePoint(base::Duration(raw)); }

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

std::optional<EntryRef> read_ref(base::ByteReader& in) {
  EntryRef ref;
  ref.key.position = in.varint();
  const auto due = in.varint();
  const auto label = in.varint();
  auto runs = read_runs(in, kIndicesMax);
  if (!runs || due > INT64_MAX || label >= kIndicesMax) return std::nullopt;
  ref.key.due = to_time(static_cast<std::int64_t>(due));
  ref.key.label = static_cast<std::uint32_t>(label);
  ref.indices = std::move(*runs);
  return ref;
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

bool is_known(std::uint8_t tag) {
  return (tag >= static_cast<std::uint8_t>(Tag::Put) &&
          tag <= static_cast<std::uint8_t>(Tag::Deferred)) ||
         tag == static_cast<std::uint8_t>(Tag::Checkpoint);
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

std::optional<AttemptState> read_state(base::ByteReader& in) {
  AttemptState state;
  const auto attempts = in.varint();
  state.first_attempt = to_time(in.i64());
  state.last_attempt = to_time(in.i64());
  const auto outcome = in.u8();
  const auto status = in.varint();
  const auto giving_up = in.u8();
  if (!in.ok() || attempts > UINT32_MAX || status > UINT16_MAX ||
      outcome > static_cast<std::uint8_t>(OutcomeKind::GenericError) ||
      giving_up > static_cast<std::uint8_t>(DeadLetterReason::DeadLetterDestinationUnavailable)) {
    return std::nullopt;
  }
  state.attempts = static_cast<std::uint32_t>(attempts);
  state.last_outcome = static_cast<OutcomeKind>(outcome);
  state.last_status = static_cast<std::uint16_t>(status);
  state.giving_up = static_cast<DeadLetterReason>(giving_up);
  return state;
}

PartReader::PartReader(std::string_view payload) : in_(payload), ok_(in_.u8() == kRecordVersion) {}

std::optional<PartReader::Part> PartReader::next() {
  while (ok_ && !in_.at_end()) {
    const auto tag = in_.u8();
    const auto body = in_.take(in_.u32());
    ok_ = in_.ok() && (is_known(tag) || (tag & kSkippable) != 0);
    if (tag == static_cast<std::uint8_t>(Tag::Events) && std::exchange(had_events_, true))
      ok_ = false;
    if (ok_ && is_known(tag)) return Part{static_cast<Tag>(tag), body};
  }
  return std::nullopt;
}

std::optional<EventsView> EventsView::parse(std::string_view body) {
  base::ByteReader in(body);
  EventsView view;
  view.body_ = body;
  view.topic_ = TopicId{in.u32()};
  view.published_ = to_time(in.i64());
  view.size_ = in.u32();
  if (!in.ok() || view.size_ > kIndicesMax) return std::nullopt;
  const std::size_t table = view.size_ * sizeof(std::uint32_t);
  if (in.remaining() < table) return std::nullopt;
  std::size_t floor = kEventsHeadBytes + table;
  for (std::uint32_t i = 0; i < view.size_; ++i) {
    const std::size_t at = view.offset(i);
    if (at < floor || at > body.size()) return std::nullopt;
    floor = at;
  }
  return view;
}

std::uint32_t EventsView::offset(std::uint32_t index) const {
  std::uint32_t value = 0;
  std::memcpy(&value, body_.data() + kEventsHeadBytes + index * sizeof value, sizeof value);
  return value;
}

std::size_t EventsView::bytes_of(std::uint32_t index) const {
  const std::size_t end = index + 1 < size_ ? offset(index + 1) : body_.size();
  return end - offset(index);
}

std::optional<event::Event> EventsView::event(std::uint32_t index) const {
  base::ByteReader in(body_.substr(offset(index), bytes_of(index)));
  const auto decoded = event::decode(in);
  if (!in.ok()) return std::nullopt;
  return decoded;
}

std::optional<std::vector<EventsView::Match>> EventsView::matches() const {
  const std::size_t start = kEventsHeadBytes + size_ * sizeof(std::uint32_t);
  const std::size_t end = size_ == 0 ? body_.size() : offset(0);
  base::ByteReader in(body_.substr(start, end - start));
  std::vector<Match> out;
  const auto n = in.varint();
  if (!in.ok() || n > in.remaining()) return std::nullopt;
  out.reserve(static_cast<std::size_t>(std::min<std::uint64_t>(n, 64)));
  for (std::uint64_t i = 0; i < n; ++i) {
    const SubscriptionId subscription{in.u32()};
    auto runs = read_runs(in, size_);
    if (!runs) return std::nullopt;
    out.push_back({subscription, std::move(*runs)});
  }
  if (!in.at_end()) return std::nullopt;
  return out;
}

std::optional<SettledPart> parse_settled(std::string_view body) {
  base::ByteReader in(body);
  SettledPart part;
  part.at = to_time(in.i64());
  part.settlement.subscription = SubscriptionId{in.u32()};
  const auto verdict = in.u8();
  part.settlement.verdict = static_cast<Verdict>(verdict);
  part.settlement.due = to_time(in.i64());
  const auto state = read_state(in);
  part.settlement.latency = base::Duration(in.i64());
  if (!in.ok() || !state || verdict < 1 || verdict > 5) return std::nullopt;
  part.settlement.state = *state;
  while (!in.at_end()) {
    auto ref = read_ref(in);
    if (!ref) return std::nullopt;
    part.refs.push_back(std::move(*ref));
  }
  if (!in.ok()) return std::nullopt;
  return part;
}

std::optional<DeferredPart> parse_deferred(std::string_view body) {
  base::ByteReader in(body);
  DeferredPart part;
  in.i64();
  part.subscription = SubscriptionId{in.u32()};
  part.due = to_time(in.i64());
  while (in.ok() && !in.at_end()) {
    auto ref = read_ref(in);
    const auto state = read_state(in);
    if (!ref || !state) return std::nullopt;
    part.refs.push_back({std::move(*ref), *state});
  }
  if (!in.ok()) return std::nullopt;
  return part;
}

std::optional<PutPart> parse_put(std::string_view body) {
  base::ByteReader in(body);
  PutPart part;
  part.key = in.bytes();
  part.value = in.take(in.remaining());
  if (!in.ok()) return std::nullopt;
  return part;
}

std::optional<SubscriptionId> parse_close_lane(std::string_view body) {
  base::ByteReader in(body);
  const SubscriptionId id{in.u32()};
  if (!in.ok() || !in.at_end()) return std::nullopt;
  return id;
}

std::optional<EventsView> find_events(const log::Payload& payload) {
  PartReader parts(*payload);
  while (const auto part = parts.next()) {
    if (part->tag == Tag::Events) return EventsView::parse(part->body);
  }
  return std::nullopt;
}

base::Error corrupt_record(log::Position position) {
  return base::Error{base::Errc::Corrupt,
                     "record " + std::to_string(position) +
                         " of the log cannot be read: damaged, "
                         "or written by a newer version",
                     {}};
}

}  // namespace fanfare::queue
