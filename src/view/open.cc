#include "view/memory/memory_records.h"
#include "view/records.h"
#include "view/rocks/rocks_records.h"

namespace fanfare::view {

base::Result<std::unique_ptr<Records>> open(const std::string& engine,
                                            const std::filesystem::path& folder) {
  if (engine == "memory") return std::make_unique<MemoryRecords>();
  if (engine == "rocks") return RocksRecords::open(folder);
  return base::invalid("no view engine \"" + engine + "\"; there are: rocks, memory", "engine");
}

}  // namespace fanfare::view
