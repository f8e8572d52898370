#pragma once
/// State and the events that it raises, in one commit of the log: both are there or neither.
#include <vector>

#include "base/async.h"
#include "base/result.h"
#include "communication/raised_event.h"
#include "communication/resource.h"
#include "grid/publisher.h"
#include "grid/registry.h"
#include "view/records.h"

namespace fanfare::communication {

class Committer {
 public:
  /// Both outlive it. Thread-safe.
  Committer(const grid::Registry& registry, grid::Publisher& publisher)
      : registry_(registry), publisher_(publisher) {}

  /// Returns when it is durable and the view shows it. `state` and `events` may each be empty.
  /// Errors: as Log::append; nothing is kept then.
  base::Async<base::Result<queue::Receipt>> commit(ResourcePtr resource, view::Batch state,
                                                   std::vector<RaisedEvent> events);

 private:
  const grid::Registry& registry_;
  grid::Publisher& publisher_;
};

}  // namespace fanfare::communication
