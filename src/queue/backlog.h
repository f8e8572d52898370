#pragma once
/// What of a lane stands in the pending table and is not in its window, and how far the table has
/// been read. Rows are read by one reader at a time while the log's thread goes on to write. Not
/// thread-safe.
#include <cstdint>
#include <optional>
#include <vector>

#include "queue/record.h"

namespace fanfare::queue {

class Backlog {
 public:
  /// A row was written, or found at the start.
  void row_put(const EntryKey& key);
  /// The row of an entry that was in the window is about to be erased, and has been erased.
  void row_leaving(const EntryKey& key) { leaving_.push_back(key); }
  void row_erased(const EntryKey& key);

  /// Never-tried rows that wait only for room in the window.
  bool has_untried() const { return untried_ > 0; }
  /// Lower bound of the due times of the rows that wait for them; TimePoint::max() when there is
  /// none.
  base::TimePoint next_due() const { return next_due_; }
  bool has_loadable(base::TimePoint now) const { return has_untried() || next_due_ <= now; }

  /// Where to read on: never-tried rows and due ones take turns. Only when has_loadable().
  struct Scan {
    bool untried = false;
    EntryKey from;
  };
  Scan begin_scan(base::TimePoint now);
  bool scanning() const { return scanning_; }

  /// True when `key`, which the scan has seen, is being erased or was since the scan began.
  bool is_stale(const EntryKey& key) const;

  /// `last_seen` is the last row that was looked at, `unseen` the first that was not (of the due
  /// range: also one that is not due yet). `loaded` rows went into the window.
  struct Seen {
    std::optional<EntryKey> last_seen;
    std::optional<EntryKey> unseen;
    std::size_t loaded = 0;
  };
  void end_scan(const Scan& scan, const Seen& seen);
  /// Nothing was read; the next scan begins where this one did.
  void abort_scan() { scanning_ = false; }

 private:
  std::int64_t untried_ = 0;  ///< below zero for the moment between a row's write and its row_put
  EntryKey untried_from_;
  EntryKey due_from_;
  base::TimePoint next_due_ = base::TimePoint::max();
  bool turn_untried_ = true;
  bool scanning_ = false;
  std::optional<EntryKey> put_during_scan_;  ///< the lowest of the due range
  std::int64_t untried_put_during_scan_ = 0;
  std::vector<EntryKey> leaving_;
  std::vector<EntryKey> erased_during_scan_;
};

/// The key order of the table: by due time first.
bool row_before(const EntryKey& a, const EntryKey& b);
bool is_untried(const EntryKey& key);

}  // namespace fanfare::queue
