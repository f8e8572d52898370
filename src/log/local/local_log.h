#pragma once
/// The local engine as a Log, on any disk.
#include <memory>

#include "base/result.h"
#include "log/local/disk.h"
#include "log/local/local_store.h"
#include "log/log.h"

namespace fanfare::log {

/// Errors: see LocalStore::open.
base::Result<std::unique_ptr<Log>> open_local(Disk& disk, const LocalOptions& options);

}  // namespace fanfare::log
