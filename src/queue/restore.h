#pragma once
/// What the lanes are owed, from the view's pending table: the first step of a start.
#include "queue/lanes.h"
#include "view/records.h"

namespace fanfare::queue {

/// Counts what the table holds as of the log's record `applied`, and remembers which lanes were
/// closed. Rows of later records go: their replay makes them anew. Errors: Corrupt, and the view's.
base::Result<void> restore_lanes(view::Records& records, Lanes& lanes, log::Position applied);

}  // namespace fanfare::queue
