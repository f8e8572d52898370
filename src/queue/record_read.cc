#include <string>
#include <utility>

#include "queue/record.h"

namespace fanfare::queue {

namespace {

constexpr std::uint8_t kSkippable = 0x80;
constexpr std::size_t kEventsHeadBytes = 16;

base::TimePoint to_time(std::int64_t raw) { return base::TimePoint(base::Duration(raw)); }

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

bool is_known(std::uint8_t tag) {
  return (tag >= static_cast<std::uint8_t>(Tag::Put) &&
          tag <= static_cast<std::uint8_t>(Tag::Deferred)) ||
         tag == static_cast<std::uint8_t>(Tag::Checkpoint);
}

}  // namespace

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
