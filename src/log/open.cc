#include "log/open.h"

#include <algorithm>

#include "log/group_log.h"
#include "log/local/local_store.h"
#include "log/memory/memory_store.h"

namespace fanfare::log {
namespace {

CommitLimits limits_of(const Options& options) {
  return {.record_bytes_max = options.record_bytes_max,
          .queue_bytes_max = options.queue_bytes_max,
          .sync = options.durability == Durability::Fsync ? Sync::Yes : Sync::No};
}

base::Result<std::unique_ptr<Log>> open_memory(const Options& options) {
  return std::make_unique<GroupLog>(std::make_unique<MemoryStore>(), limits_of(options));
}

base::Result<std::unique_ptr<Log>> open_local(const Options& options) {
  if (options.durability == Durability::Memory) return open_memory(options);
  auto store = LocalStore::open(system_disk(), LocalOptions{.log = options});
  if (!store) return std::move(store.error());
  auto limits = limits_of(options);
  limits.record_bytes_max =
      std::min(limits.record_bytes_max, LocalStore::payload_bytes_max(options.segment_bytes));
  return std::make_unique<GroupLog>(std::move(*store), limits);
}

struct Engine {
  const char* name;
  base::Result<std::unique_ptr<Log>> (*open)(const Options&);
};

constexpr Engine kEngines[] = {{"local", open_local}, {"memory", open_memory}};

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
