#include "log/open.h"

#include "log/group_log.h"
#include "log/memory/memory_store.h"

namespace fanfare::log {

base::Result<std::unique_ptr<Log>> open(const std::string& engine, const Options& options) {
  CommitLimits limits{.record_bytes_max = options.record_bytes_max,
                      .queue_bytes_max = options.queue_bytes_max,
                      .sync = options.durability == Durability::Fsync ? Sync::Yes : Sync::No};
  if (engine == "memory") {
    return std::make_unique<GroupLog>(std::make_unique<MemoryStore>(), limits);
  }
  return base::invalid("no log engine \"" + engine + "\"; there are: local, memory", "engine");
}

}  // namespace fanfare::log
