#pragma once
/// The payload of a log record: what a commit, a settlement or a checkpoint looks like in the log.
/// Persisted: never renumber, never reorder; docs/formats/queue.md is the grammar in prose.
///
///     record     := version:u8 (1)  part*
///     part       := tag:u8  length:u32  body        an unknown tag with bit 0x80 is skipped,
///                                                   any other unknown tag is Corrupt
///     Put        0x01 := key_length:varint  key  value
///     Erase      0x02 := key
///     CloseLane  0x03 := subscription:u32
///     Events     0x04 := topic:u32  published:i64  n:u32  n × offset:u32  matches  n × event
///                        offsets count from the start of the body; event is event::encode's form;
///                        at most one such part in a record
///     matches         := m:varint  m × (subscription:u32  runs)
///     Settled    0x05 := at:i64  subscription:u32  verdict:u8  due:i64  state  latency:i64  ref*
///     Deferred   0x06 := at:i64  subscription:u32  due:i64  (ref state)*
///     Checkpoint 0x81 := at:i64
///     ref             := position:varint  due:varint  label:varint  runs
///     state           := attempts:varint  first:i64  last:i64  outcome:u8  status:varint
///     giving_up:u8 runs            := n:varint  n × (gap:varint  count:varint)
///
/// Numbers are little endian, times nanoseconds since 1970.
#include <compare>
#include <cstdint>
#include <functional>
#include <optional>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "log/log.h"
#include "queue/index_runs.h"
#include "queue/queue.h"

namespace fanfare::queue {

inline constexpr std::uint8_t kRecordVersion = 1;

enum class Tag : std::uint8_t {
  Put = 0x01,
  Erase = 0x02,
  CloseLane = 0x03,
  Events = 0x04,
  Settled = 0x05,
  Deferred = 0x06,
  Checkpoint = 0x81,
};

/// Names an entry: tasks of one record and lane that share due time and attempts. `due` is zero for
/// tasks that were never tried; `label` is the first index that the entry had when it was made.
struct EntryKey {
  log::Position position = 0;
  base::TimePoint due{};
  std::uint32_t label = 0;
  auto operator<=>(const EntryKey&) const = default;
};

/// Some tasks of an entry.
struct EntryRef {
  EntryKey key;
  IndexRuns indices;
};

struct DeferredRef {
  EntryRef ref;
  AttemptState state;
};

/// Errors: TooLarge (more than kIndicesMax events).
base::Result<log::Payload> encode_commit(const Commit& commit);
log::Payload encode_settled(const Settlement& settlement, base::TimePoint at,
                            const std::vector<EntryRef>& refs);
log::Payload encode_deferred(SubscriptionId subscription, base::TimePoint due, base::TimePoint at,
                             const std::vector<DeferredRef>& refs);
log::Payload encode_checkpoint(base::TimePoint at);

void write_state(base::ByteWriter& out, const AttemptState& state);
std::optional<AttemptState> read_state(base::ByteReader& in);

/// Walks the parts of a payload without copying.
class PartReader {
 public:
  struct Part {
    Tag tag;
    std::string_view body;
  };
  explicit PartReader(std::string_view payload);

  /// The next known part; nullopt at the end or when the record is damaged, see ok().
  std::optional<Part> next();
  bool ok() const { return ok_; }

 private:
  base::ByteReader in_;
  bool ok_;
  bool had_events_ = false;  // at most one such part
};

/// The Events part of a record, read where it lies. Finding event i costs the same for every i.
class EventsView {
 public:
  EventsView() = default;
  /// nullopt when counts or offsets do not fit the body.
  static std::optional<EventsView> parse(std::string_view body);

  TopicId topic() const { return topic_; }
  base::TimePoint published() const { return published_; }
  std::uint32_t size() const { return size_; }
  std::size_t bytes_of(std::uint32_t index) const;
  /// nullopt when the event's bytes are damaged. `index` below size().
  std::optional<event::Event> event(std::uint32_t index) const;

  struct Match {
    SubscriptionId subscription;
    IndexRuns indices;
  };
  /// nullopt when the bytes are damaged.
  std::optional<std::vector<Match>> matches() const;

 private:
  std::uint32_t offset(std::uint32_t index) const;
  std::string_view body_;
  TopicId topic_;
  base::TimePoint published_{};
  std::uint32_t size_ = 0;
};

struct SettledPart {
  base::TimePoint at{};
  Settlement settlement;  ///< without tasks
  std::vector<EntryRef> refs;
};
std::optional<SettledPart> parse_settled(std::string_view body);

struct DeferredPart {
  SubscriptionId subscription;
  base::TimePoint due{};
  std::vector<DeferredRef> refs;
};
std::optional<DeferredPart> parse_deferred(std::string_view body);

struct PutPart {
  std::string_view key;
  std::string_view value;
};
std::optional<PutPart> parse_put(std::string_view body);
std::optional<SubscriptionId> parse_close_lane(std::string_view body);

/// The Events part of a payload, or nullopt when there is none or it is damaged.
std::optional<EventsView> find_events(const log::Payload& payload);

base::Error corrupt_record(log::Position position);

}  // namespace fanfare::queue
