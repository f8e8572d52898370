#pragma once
/// Reads a whole data folder that no server has open, and says what is in it and what is damaged.
/// Changes nothing.
#include <filesystem>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "json/value.h"
#include "log/verify.h"
#include "view/verify.h"

namespace fanfare::app {

struct StoreReport {
  std::string id;
  log::Report log;
  view::Report view;
  std::uint64_t owed = 0;           ///< deliveries in the pending table, as of the last checkpoint
  std::uint64_t owed_to = 0;        ///< event subscriptions
  std::vector<std::string> damage;  ///< empty: a server would open it and find everything
  base::Duration took{};

  std::uint64_t bytes() const { return log.bytes + view.bytes; }
};

/// The folder of `fanfare serve --data`, or its `log`. Errors: NotFound (no store there),
/// Unavailable (in use, or the disk), InvalidArgument (written by a newer program).
base::Result<StoreReport> check_store(std::filesystem::path folder);

json::Value to_json(const StoreReport& report);

}  // namespace fanfare::app
