#pragma once
/// What is owed to each event subscription, and the one way to change the durable state.
///
/// A commit is one log record: changes of keyed state, and events with the subscriptions that they
/// matched. When it is durable it is applied, in log order, on the log's thread: state goes to the
/// view and to the listeners, tasks go to their subscription's lane. A lane keeps a bounded window
/// of tasks in memory; what does not fit, and what waits for a retry, stands in the view's pending
/// table and is read back from the log when its time has come.
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/async.h"
#include "base/clock.h"
#include "base/result.h"
#include "event/event.h"
#include "log/log.h"
#include "queue/ids.h"
#include "queue/task.h"
#include "view/records.h"

namespace fanfare::queue {

/// An event of a commit and whom it is for. `subscriptions` may be empty: nothing is owed then, and
/// the event is kept only as history.
struct MatchedEvent {
  event::Event event;
  std::vector<SubscriptionId> subscriptions;
};

/// One commit. State keys and values are the caller's; they are applied to the view as they are.
/// Keys that begin with 0x00 or 0xff are not the caller's (see view/records.h).
struct Commit {
  std::optional<log::Guard> guard;
  view::Batch state;
  std::vector<SubscriptionId>
      closed_lanes;             ///< deleted subscriptions: what they are owed is dropped
  TopicId topic;                ///< of the events
  base::TimePoint published{};  ///< of the events
  std::vector<MatchedEvent> events;
};

/// Proof that a commit is durable and applied; only the queue makes it.
class Receipt {
 public:
  log::Position position() const { return position_; }

 private:
  friend class Queue;
  explicit Receipt(log::Position position) : position_(position) {}
  log::Position position_;
};

struct LaneStats {
  std::uint64_t pending = 0;  ///< tasks owed, leased ones included
  std::uint64_t leased = 0;
  base::TimePoint oldest_published{};  ///< lower bound; epoch when nothing is owed
  base::TimePoint next_due{};          ///< of the tasks that wait; TimePoint::max() when none
};

struct QueueOptions {
  std::size_t window_tasks = 4096;                         ///< in memory, per lane
  std::size_t window_bytes = 8u << 20;                     ///< of payload, per lane
  std::size_t memory_bytes_max = 96u << 20;                ///< of payload, over all lanes
  std::uint64_t checkpoint_bytes = 64ull << 20;            ///< log bytes between two checkpoints
  base::Duration checkpoint_interval = base::seconds(10);  ///< longest time a change waits for one
  std::uint64_t history_bytes = 64ull << 20;  ///< settled log that is kept for the event history
  std::size_t view_waiting_bytes_max = 8u << 20;  ///< of changes that a failing view refuses
};

/// Whether the view keeps up. The queue stays right from the log when it does not; the log is not
/// trimmed meanwhile.
struct Health {
  bool ok = true;
  std::string reason;  ///< for people, when not ok
};

/// A record as history sees it.
struct HistoryEvent {
  log::Position position = 0;
  std::uint32_t index = 0;
  TopicId topic;
  base::TimePoint published{};
  event::Event event;
  std::vector<SubscriptionId> subscriptions;
};
struct HistorySettlement {
  log::Position position = 0;
  base::TimePoint at{};
  Settlement settlement;
};

/// Called on the log's thread, in log order, also while opening, after the view has the state:
/// quick, no blocking. Must not commit, settle or set a tap from inside.
using StateListener = std::function<void(const view::Batch& state, log::Position position)>;

class Queue {
 public:
  /// Log, records and clock outlive the queue. The log may call it until it is destroyed.
  Queue(log::Log& log, view::Records& records, base::Clock& clock, QueueOptions options);
  ~Queue();  ///< without a checkpoint when close() was not called, as a crash would
  Queue(const Queue&) = delete;
  Queue& operator=(const Queue&) = delete;

  /// Applies the log's tail and rebuilds the lanes' counts. Not from an I/O thread. Listeners are
  /// told of the tail's changes; what was flushed before they read from the view themselves.
  /// Errors: Corrupt (a damaged view or record, or a view that does not fit the log), Unavailable.
  base::Result<void> start(StateListener listener);

  /// Makes a commit durable and applied. Errors: as Log::append; Unavailable also while the view
  /// refuses more changes than may wait in memory.
  base::Async<base::Result<Receipt>> commit(Commit commit);

  /// Registers the reader of a lane. `ready` is called on `executor`, never twice before the next
  /// lease(), when there is something to lease. One reader a lane. A lease that returned all the
  /// `max_tasks` it asked for may have left more behind, for which `ready` is not called again.
  /// The executor outlives the attachment.
  void attach(SubscriptionId subscription, base::Executor executor, std::function<void()> ready);

  /// The lane's leased tasks become ready again. Called on the lane's executor, after it `ready` is
  /// not.
  void detach(SubscriptionId subscription);

  /// Takes up to `max_tasks` tasks whose time has come (and at most about `max_bytes` of events; at
  /// least one). Never blocks; empty when nothing is ready. On the lane's executor.
  std::vector<Task> lease(SubscriptionId subscription, std::size_t max_tasks,
                          std::size_t max_bytes);

  /// Gives leased tasks back untried (shutting down, endpoint on probation until `due`). A due time
  /// that has not come yet is logged as settle() does.
  void give_back(std::vector<Task> tasks, base::TimePoint due);

  /// Ends an attempt. Logged without a sync; the tasks leave the lane or wait for their due time,
  /// which is later than their last one by a nanosecond at least. Tasks that are not leased are
  /// passed over.
  void settle(Settlement settlement);

  LaneStats stats(SubscriptionId subscription) const;
  std::vector<std::pair<SubscriptionId, LaneStats>> all_stats() const;

  /// True when nothing is being committed and, in the lanes that have a reader, no task is ready,
  /// leased or being loaded: only future due times remain.
  bool quiet() const;

  /// The earliest due time over the lanes that have a reader, or TimePoint::max(). Exact when
  /// quiet().
  base::TimePoint next_due() const;

  /// Reads the kept history from `from` on, oldest first, until a visitor returns false.
  /// Blocks: not from an I/O thread.
  base::Result<void> history(log::Position from,
                             const std::function<bool(const HistoryEvent&)>& on_event,
                             const std::function<bool(const HistorySettlement&)>& on_settlement);
  log::Position first_kept() const;
  log::Position next_position() const;

  Health health() const;

  /// Tasks that were dropped because their lane was closed, since the start.
  std::uint64_t dropped_by_close() const;

  /// Live view of what is committed and settled; called on the log's thread. For tails.
  using Tap = std::function<void(log::Position, const log::Payload&)>;
  void set_tap(Tap tap);

  /// Makes the view durable now and trims the log. Blocks: not from an I/O thread. Errors: the
  /// log's or the view's; it is tried again by itself.
  base::Result<void> checkpoint();

  /// Stops the loader and the checkpoints after a last one. Not from an I/O thread.
  void close();

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

/// Reads a record's payload as history does; for taps. Unknown parts are skipped.
base::Result<void> decode_record(
    log::Position position, const log::Payload& payload,
    const std::function<bool(const HistoryEvent&)>& on_event,
    const std::function<bool(const HistorySettlement&)>& on_settlement);

}  // namespace fanfare::queue
