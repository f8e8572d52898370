#pragma once
/// docs/operations-api.md: health, metrics, history, dead letters, virtual time.
#include <functional>
#include <memory>
#include <string>

#include "app/config.h"
#include "app/metrics.h"
#include "app/store.h"
#include "app/tail.h"
#include "app/virtual_time.h"
#include "delivery/dead_letter.h"
#include "grid/registry.h"
#include "http/router.h"

namespace fanfare::app {

/// What the routes work on; all of it outlives them.
struct Operations {
  const Config& config;
  Store& store;
  grid::Registry& registry;
  Metrics& metrics;
  Tail& tail;
  base::Clock& clock;
  VirtualTime* virtual_time;  ///< null without --virtual-clock
  std::filesystem::path dead_letter_folder;
  base::Executor worker;  ///< for what blocks
  base::TimePoint started;
  std::function<bool()> stopping;
};

void add_operations_routes(http::Router& router, Operations& operations);

}  // namespace fanfare::app
