#pragma once
/// One event subscription's part of the queue: its window, what waits in the table, its reader.
/// Threads: the log's thread owes and takes, the reader leases and settles, the loader fills up;
/// all meet at one short mutex, under which nothing waits and nothing touches the disk.
#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <vector>

#include "base/async.h"
#include "queue/backlog.h"
#include "queue/ledger.h"
#include "queue/payload_memory.h"
#include "queue/queue.h"
#include "queue/window.h"

namespace fanfare::queue {

/// A record that is being applied. Its payload is pinned when the first lane keeps it.
class FreshRecord {
 public:
  FreshRecord(log::Position position, const log::Payload& payload, const EventsView& events,
              const PayloadMemory& memory)
      : position_(position), payload_(payload), events_(events), memory_(memory) {}
  log::Position position() const { return position_; }
  const EventsView& events() const { return events_; }
  std::size_t bytes() const { return payload_->size(); }
  const log::Payload& pinned();

 private:
  log::Position position_;
  const log::Payload& payload_;
  const EventsView& events_;
  const PayloadMemory& memory_;
  log::Payload pinned_;
};

class Lane : public std::enable_shared_from_this<Lane> {
 public:
  /// Asks for a visit of the loader; called under the lane's mutex.
  using WakeLoader = std::function<void(std::shared_ptr<Lane>)>;

  Lane(SubscriptionId id, const QueueOptions& options, const PayloadMemory& memory,
       WakeLoader wake_loader);

  SubscriptionId id() const { return id_; }
  LaneStats stats() const;
  log::Position oldest_position() const;
  bool quiet(base::TimePoint now) const;
  base::TimePoint next_due() const;
  /// As next_due(), for a lane with a reader; TimePoint::max() without one.
  base::TimePoint next_move() const;

  // The reader's side.
  void attach(base::Executor executor, std::function<void()> ready);
  void detach();
  struct Leased {
    std::vector<Task> tasks;
    std::vector<TaskKey> damaged;  ///< of those, the ones whose event cannot be read
  };
  Leased lease(std::size_t max_tasks, std::size_t max_bytes);
  void release(std::span<const TaskKey> keys);
  std::vector<EntryRef> begin_settling(std::span<const TaskKey> keys);
  std::vector<DeferredRef> begin_deferring(std::span<const TaskKey> keys);

  // The log thread's side.
  /// Owes fresh tasks. False: the window has no room, the caller writes the row `untried_key`.
  bool owe(FreshRecord& record, const IndexRuns& indices);
  /// Owes what a row holds that was found at the start, or that the caller has just written.
  void owe_row(log::Position position, base::TimePoint published, std::uint64_t tasks);
  void forget(log::Position position, std::uint64_t tasks);
  std::optional<Window::Taken> take(const EntryRef& ref);
  /// The row of what take() left of an entry.
  Row save_rest(const EntryKey& key);
  void row_put(const EntryKey& key);
  void row_erased(const EntryKey& key);
  /// Forgets everything; returns how many tasks were owed.
  std::uint64_t close();

  // The checkpoint's side.
  std::vector<Window::Unsaved> save(log::Position position, const std::optional<EntryKey>& after,
                                    std::size_t max);

  // The loader's side.
  /// Opens a visit that the loader makes by itself; false when one is open.
  bool open_visit();
  struct LoadPlan {
    Backlog::Scan scan;
    std::size_t max_tasks = 0;
    std::size_t max_bytes = 0;
  };
  /// nullopt ends the visit: nothing to load, no room, or no reader. One entry always has room.
  std::optional<LoadPlan> begin_load(base::TimePoint now);
  /// Puts what is still owed into the window. True: come again at once; false ends the visit.
  /// `seen.loaded` comes with the rows that were seen and could not be read.
  bool finish_load(const LoadPlan& plan, Backlog::Seen seen, std::vector<NewEntry> entries,
                   base::TimePoint now);
  void abort_load();

 private:
  struct Reader {
    base::Executor executor;
    std::function<void()> ready;
    std::atomic<bool> attached{true};
  };

  std::size_t bytes_max() const;
  bool fresh_fits() const;
  bool may_load() const;
  void notify_reader();
  void ask_loader();
  void end_visit(base::TimePoint now);

  const SubscriptionId id_;
  const std::size_t window_tasks_;
  const std::size_t window_bytes_;
  const PayloadMemory& memory_;
  const WakeLoader wake_loader_;

  mutable std::mutex mutex_;
  bool closed_ = false;
  std::shared_ptr<Reader> reader_;
  bool armed_ = false;  ///< the reader may be told
  Window window_;
  Backlog backlog_;
  Ledger ledger_;
  bool visited_ = false;                                ///< the loader is on its way or at work
  bool starved_ = false;                                ///< it left rows for want of room
  base::TimePoint visit_due_ = base::TimePoint::max();  ///< when it comes by itself
};

/// The key under which tasks wait that were never tried.
EntryKey untried_key(log::Position position, const IndexRuns& indices);

}  // namespace fanfare::queue
