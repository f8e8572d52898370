#include "queue/restore.h"

#include <memory>
#include <string>

#include "queue/pending_table.h"

namespace fanfare::queue {

namespace {

base::Result<void> restore_closed(const view::Records& records, Lanes& lanes) {
  bool damaged = false;
  const auto visit = [&](std::string_view key, std::string_view value) {
    const auto mark = parse_closed(key, value);
    damaged = damaged || !mark;
    if (mark) lanes.close(mark->first, mark->second);
    return !damaged;
  };
  if (auto scanned = records.scan(closed_prefix(), {}, visit); !scanned) return scanned;
  if (damaged) return corrupt_table();
  return {};
}

/// Takes rows in key order, so that a lane's come together.
class RowRestorer {
 public:
  RowRestorer(Lanes& lanes, log::Position applied) : lanes_(lanes), applied_(applied) {}

  /// False when the row cannot be read.
  bool take(std::string_view key, std::string_view value) {
    const auto parsed = parse_row_key(key);
    const auto row = parsed ? decode_row(value) : std::nullopt;
    if (!row) return false;
    if (parsed->entry.position > applied_) {
      ahead_.erase(std::string(key));
      return true;
    }
    if (!lane_ || lane_->id() != parsed->subscription) {
      lane_ = lanes_.find_or_make(parsed->subscription);
    }
    if (!lane_) return true;
    lane_->owe_row(parsed->entry.position, row->published, count_of(row->indices));
    lane_->row_put(parsed->entry);
    return true;
  }

  const view::Batch& ahead() const { return ahead_; }

 private:
  Lanes& lanes_;
  const log::Position applied_;
  std::shared_ptr<Lane> lane_;
  view::Batch ahead_;
};

}  // namespace

base::Result<void> restore_lanes(view::Records& records, Lanes& lanes, log::Position applied) {
  if (auto closed = restore_closed(records, lanes); !closed) return closed;
  RowRestorer rows(lanes, applied);
  bool damaged = false;
  const auto visit = [&](std::string_view key, std::string_view value) {
    damaged = !rows.take(key, value);
    return !damaged;
  };
  if (auto scanned = records.scan(rows_prefix(), {}, visit); !scanned) return scanned;
  if (damaged) return corrupt_table();
  if (rows.ahead().empty()) return {};
  return records.write(rows.ahead());
}

}  // namespace fanfare::queue
