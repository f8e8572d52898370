#pragma once
/// One kind of destination.
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/async.h"
#include "delivery/outcome.h"
#include "grid/subscription.h"
#include "queue/task.h"

namespace fanfare::delivery {

/// One request to be sent: tasks of one subscription, in order. Alive until the outcome is there.
struct Shipment {
  const grid::EventSubscription* subscription = nullptr;
  std::span<const queue::Task> tasks;
};

/// Sends one shipment to its destination. Lifetime: outlives every delivery.
/// Threads: one sink per I/O thread. Errors: everything is an Outcome; nothing is thrown.
class Sink {
 public:
  virtual ~Sink() = default;
  virtual base::Async<Outcome> deliver(Shipment shipment) = 0;
};

}  // namespace fanfare::delivery
