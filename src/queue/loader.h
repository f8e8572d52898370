#pragma once
/// Reads due rows of the pending table, and the records they point to, back into the lanes'
/// windows. Visits lanes in turn, a bounded step each, so that a lane with a million rows holds up
/// no other.
#include <atomic>
#include <memory>
#include <set>
#include <unordered_map>
#include <vector>

#include "base/async.h"
#include "base/clock.h"
#include "queue/health_board.h"
#include "queue/lane.h"
#include "queue/mark_writer.h"
#include "queue/view_writer.h"
#include "view/records.h"

namespace fanfare::queue {

class Loader {
 public:
  /// Works on `executor`'s thread, which may block. Pauses while `writer` is overloaded: what is
  /// loaded and settled makes changes of the view.
  Loader(log::Log& log, view::Records& records, base::Clock& clock, const PayloadMemory& memory,
         const ViewWriter& writer, MarkWriter& marks, HealthBoard& health, base::Executor executor);

  /// Asks for a visit. Any thread, never blocks. Before start() it is only remembered.
  void wake(std::shared_ptr<Lane> lane);
  void start();

  /// No visit begins after this. Not from the executor's thread.
  void stop();

 private:
  struct FoundRow {
    EntryKey key;
    Row row;
  };
  struct Found {
    std::vector<FoundRow> rows;
    std::optional<EntryKey> unseen;
    bool damaged = false;
  };
  struct Read {
    std::vector<NewEntry> entries;
    Backlog::Seen seen;
  };

  void visit(const std::shared_ptr<Lane>& lane);
  base::Result<Found> find_rows(SubscriptionId id, const Lane::LoadPlan& plan,
                                base::TimePoint now) const;
  Read read_entries(SubscriptionId id, const Lane::LoadPlan& plan, Found found);
  base::Result<log::Payload> read_record(log::Position position);
  void give_up(SubscriptionId id, const FoundRow& row, const base::Error& error);
  void forget_gone_records();

  void appoint_next(const std::shared_ptr<Lane>& lane, base::TimePoint now);
  void appoint(const std::shared_ptr<Lane>& lane, base::TimePoint when);
  void set_alarm();
  void visit_due();

  log::Log& log_;
  view::Records& records_;
  base::Clock& clock_;
  const PayloadMemory& memory_;
  const ViewWriter& writer_;
  MarkWriter& marks_;
  HealthBoard& health_;
  base::Executor executor_;
  std::atomic<bool> stopped_{false};

  // On the executor's thread only.
  bool started_ = false;
  std::vector<std::shared_ptr<Lane>> early_;
  struct Appointment {
    base::TimePoint when;
    std::weak_ptr<Lane> lane;
  };
  std::unordered_map<SubscriptionId, Appointment> appointments_;
  std::set<std::pair<base::TimePoint, SubscriptionId>> calendar_;
  std::unique_ptr<base::Alarm> alarm_;
  base::TimePoint alarm_at_ = base::TimePoint::max();
  std::unordered_map<log::Position, std::weak_ptr<const std::string>> pinned_;
};

}  // namespace fanfare::queue
