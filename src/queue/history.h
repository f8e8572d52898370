#pragma once
/// Walks the kept log as `Queue::history` promises.
#include "queue/queue.h"

namespace fanfare::queue {

/// Errors: Corrupt, and what the log's reads say. A visitor that is empty is not called.
base::Result<void> walk_history(log::Log& log, log::Position from,
                                const std::function<bool(const HistoryEvent&)>& on_event,
                                const std::function<bool(const HistorySettlement&)>& on_settlement);

}  // namespace fanfare::queue
