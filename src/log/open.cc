#include "log/open.h"

#include "log/group_log.h"
#include "log/local/local_log.h"
#include "log/memory/memory_store.h"

namespace fanfare::log {
namespace {

base::Result<std::unique_ptr<Log>> open_memory(const Options& options) {
  CommitLimits limits{.record_bytes_max = options.record_bytes_max,
                      .queue_bytes_max = options.queue_bytes_max,
                      .sync = Sync::No};
  return std::make_unique<GroupLog>(std::make_unique<MemoryStore>(), limits);
}

base::Result<std::unique_ptr<Log>> open_on_disk(const Options& options) {
  if (options.durability == Durability::Memory) return open_memory(options);
  return open_local(system_disk(), LocalOptions{.log = options});
}

struct Engine {
  const char* name;
  base::Result<std::unique_ptr<Log>> (*open)(const Options&);
};

constexpr Engine kEngines[] = {{"local", open_on_disk}, {"memory", open_memory}};

}  // namespace

base::Result<std::unique_ptr<Log>> open(const std::string& engine, const Options& options) {
  std::string names;
  for (const auto& known : kEngines) {
    if (engine == known.name) return known.open(options);
    names += std::string(names.empty() ? "" : ", ") + known.name;
  }
  return base::invalid("no log engine \"" + engine + "\"; there are: " + names, "engine");
}

}  // namespace fanfare::log
