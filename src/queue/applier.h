#pragma once
/// Turns durable records into state, lanes and rows, in log order, on the log's thread.
/// Applying a record again is harmless: while the log's tail is replayed the table may already hold
/// what later records did, so what a record says is put there whatever stands there now.
#include <atomic>
#include <optional>

#include "queue/lanes.h"
#include "queue/view_writer.h"

namespace fanfare::queue {

class Applier {
 public:
  Applier(Lanes& lanes, ViewWriter& writer, view::Records& records, const PayloadMemory& memory)
      : lanes_(lanes), writer_(writer), records_(records), memory_(memory) {}

  void on_state(StateListener listener) { listener_ = std::move(listener); }

  enum class Mode { Replay, Live };
  void set_mode(Mode mode) { mode_ = mode; }

  enum class Kind { Commit, Mark, Checkpoint };
  /// What the record was; errors: Corrupt (nothing of it is applied from the damaged part on).
  base::Result<Kind> apply(log::Position position, const log::Payload& payload);

  std::uint64_t dropped_by_close() const { return dropped_; }

 private:
  struct Step {
    log::Position position = 0;
    ViewWrite write;
    view::Batch state;
    Kind kind = Kind::Checkpoint;
  };
  base::Result<void> part(const PartReader::Part& part, const log::Payload& payload, Step& step);
  base::Result<void> events(std::string_view body, const log::Payload& payload, Step& step);
  base::Result<void> settled(const SettledPart& part, Step& step);
  base::Result<void> deferred(const DeferredPart& part, Step& step);
  void close_lane(SubscriptionId id, Step& step);

  enum class Then { Gone, Waits };
  base::Result<Window::Taken> take(const std::shared_ptr<Lane>& lane, const EntryRef& ref,
                                   Then then, Step& step);
  base::Result<Window::Taken> take_row(const std::shared_ptr<Lane>& lane, const EntryRef& ref,
                                       Step& step);
  base::Result<void> wait(const std::shared_ptr<Lane>& lane, const EntryKey& key, Row row,
                          Step& step);
  base::Result<std::optional<Row>> read_row(SubscriptionId id, const EntryKey& key) const;

  Lanes& lanes_;
  ViewWriter& writer_;
  view::Records& records_;
  const PayloadMemory& memory_;
  StateListener listener_;
  Mode mode_ = Mode::Replay;
  std::atomic<std::uint64_t> dropped_{0};
};

}  // namespace fanfare::queue
