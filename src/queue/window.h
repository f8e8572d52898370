#pragma once
/// A lane's tasks that are in memory: ready, leased, or settled and waiting for their mark to be
/// applied. Entries come from a commit just applied (fresh) or from the pending table (loaded);
/// leases are shared evenly between the two, so that neither waits for the other. Not thread-safe.
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <span>
#include <vector>

#include "queue/pending_table.h"
#include "queue/record.h"
#include "queue/task.h"

namespace fanfare::queue {

enum class Origin : std::uint8_t { Fresh = 0, Loaded = 1 };

struct NewEntry {
  EntryKey key;
  log::Payload payload;
  EventsView events;  ///< of `payload`
  AttemptState state;
  IndexRuns indices;
};

/// Leased tasks, their events not yet read, and where to read them: groups[i].tasks tasks each.
struct LeasedTasks {
  struct Group {
    EventsView events;
    std::size_t tasks = 0;
  };
  std::vector<Task> tasks;
  std::vector<Group> groups;
};

class Window {
 public:
  struct Share {
    std::size_t tasks = 0;
    std::size_t bytes = 0;
  };

  bool contains(const EntryKey& key) const { return entries_.contains(key); }

  /// `key` must not be in the window. Loaded entries keep their row in the table until they are
  /// settled.
  void add(NewEntry entry, Origin origin);

  LeasedTasks lease(SubscriptionId subscription, std::size_t max_tasks, std::size_t max_bytes);

  /// Of the named tasks, those that are leased become settling; they are what is returned.
  /// `keys` in ascending order.
  std::vector<EntryRef> begin_settling(std::span<const TaskKey> keys);

  /// Of the named tasks, those that are leased become ready again, first in line.
  void release(std::span<const TaskKey> keys);
  void release_all();

  /// Removes settled tasks.
  struct Taken {
    IndexRuns indices;   ///< what was there
    AttemptState state;  ///< of the entry
    base::TimePoint published{};
    bool finished = false;  ///< nothing of the entry is left
    bool had_row = false;
  };
  /// nullopt when the entry is not in the window.
  std::optional<Taken> take(const EntryRef& ref);

  AttemptState state_of(const EntryKey& key) const;

  /// The row of an entry as it stands; counts as saved from now on. The entry must be in the
  /// window.
  Row save_entry(const EntryKey& key);

  struct Unsaved {
    EntryKey key;
    Row row;
  };
  /// Entries up to `position` and behind `after` whose row is missing or outdated, at most `max`;
  /// they count as saved from now on.
  std::vector<Unsaved> save(log::Position position, const std::optional<EntryKey>& after,
                            std::size_t max);

  void clear();

  const Share& share(Origin origin) const { return shares_[static_cast<std::size_t>(origin)]; }
  std::size_t tasks() const { return shares_[0].tasks + shares_[1].tasks; }
  std::size_t bytes() const { return shares_[0].bytes + shares_[1].bytes; }
  std::size_t ready() const { return ready_; }
  std::size_t leased() const { return leased_; }
  std::size_t settling() const { return settling_; }
  std::size_t unsaved() const { return unsaved_; }

 private:
  enum class SlotState : std::uint8_t { Ready, Leased, Settling, Gone };
  struct Slot {
    std::uint32_t index = 0;
    SlotState state = SlotState::Ready;
  };
  struct Entry {
    log::Payload payload;
    EventsView events;
    AttemptState state;
    std::vector<Slot> slots;
    std::size_t bytes = 0;
    std::uint32_t left = 0;  ///< slots that are not gone
    std::uint32_t ready = 0;
    std::uint32_t scan = 0;  ///< no slot before it is ready
    Origin origin = Origin::Fresh;
    bool has_row = false;
    bool row_current = false;
    bool queued = false;  ///< stands in a line of ready entries
  };
  using Entries = std::map<EntryKey, Entry>;
  using Line = std::deque<Entries::iterator>;

  Line& line(Origin origin) { return lines_[static_cast<std::size_t>(origin)]; }
  Line& next_line();
  void note_leased(Origin origin, std::size_t tasks);
  std::size_t lease_from(Entries::iterator at, SubscriptionId subscription, std::size_t max_tasks,
                         std::size_t& bytes_left, std::vector<Task>& out);
  Slot* find_slot(Entry& entry, std::uint32_t index);
  std::pair<Entries::iterator, Slot*> find_leased(const TaskKey& key, Entries::iterator hint);
  void make_ready(Entries::iterator at, Slot& slot);
  void remove_slot(Entry& entry, Slot& slot);
  void leave_line(Entries::iterator at);
  void mark_outdated(Entry& entry);
  Row save(Entry& entry);
  void drop(Entries::iterator at);

  Entries entries_;
  Line lines_[2];
  Share shares_[2];
  std::int64_t balance_ = 0;  ///< fresh tasks leased beyond the loaded ones while both waited
  std::size_t ready_ = 0;
  std::size_t leased_ = 0;
  std::size_t settling_ = 0;
  std::size_t unsaved_ = 0;
};

}  // namespace fanfare::queue
