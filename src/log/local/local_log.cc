#include "log/local/local_log.h"

#include <algorithm>
#include <utility>

#include "log/group_log.h"

namespace fanfare::log {

base::Result<std::unique_ptr<Log>> open_local(Disk& disk, const LocalOptions& options) {
  auto store = LocalStore::open(disk, options);
  if (!store) return std::move(store.error());
  const auto& log = options.log;
  CommitLimits limits{
      .record_bytes_max = std::min(log.record_bytes_max, payload_bytes_max(log.segment_bytes)),
      .queue_bytes_max = log.queue_bytes_max,
      .sync = log.durability == Durability::Fsync ? Sync::Yes : Sync::No};
  return std::make_unique<GroupLog>(std::move(*store), limits);
}

}  // namespace fanfare::log
