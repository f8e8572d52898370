#pragma once
/// Takes due tasks from the queue and sees each to its end: attempt, outcome, next step, settle.
/// Each event subscription has its own window, concurrency, backoff and connections, so that a slow
/// or dead endpoint costs the others nothing.
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/async.h"
#include "base/clock.h"
#include "base/random.h"
#include "delivery/dead_letter.h"
#include "delivery/retry.h"
#include "delivery/sink.h"
#include "grid/registry.h"
#include "queue/queue.h"

namespace fanfare::delivery {

struct DispatcherOptions {
  RetryRules rules = default_retry_rules();
  std::size_t concurrency_start = 4;  ///< requests in flight per subscription, adapting from here
  std::size_t concurrency_max = 64;
  std::size_t concurrency_failing = 4;  ///< at most, while the endpoint fails
  int probation_after_failures = 10;    ///< in a row, before deliveries are held back; 0 = never
  /// An unavailable dead-letter destination is asked so often, and so long, before events are
  /// dropped.
  base::Duration dead_letter_retry = base::minutes(1);
  base::Duration dead_letter_patience = base::hours(4);
};

/// What is told of every attempt and of everything that is given up, for metrics and logs. On the
/// subscription's I/O thread. `outcome.kind` is None where no attempt was made (time to live
/// passed, a dead letter was written later).
struct AttemptReport {
  const grid::EventSubscription& subscription;
  const Outcome& outcome;
  queue::Verdict verdict;
  queue::DeadLetterReason reason;
  std::size_t events;
  base::Duration publish_to_settled;  ///< of the oldest event, on the schedule's time line
};
using AttemptListener = std::function<void(const AttemptReport&)>;

class Dispatcher {
 public:
  /// `sinks[i]` serves I/O thread i. `random` spreads the retries; with several threads it must be
  /// thread-safe. `store_id` goes into the ids of dead letters.
  Dispatcher(queue::Queue& queue, const base::IoThreads& threads, base::Clock& clock,
             base::Random& random, std::vector<std::unique_ptr<Sink>> sinks,
             DeadLetterStore& dead_letters, std::string store_id, DispatcherOptions options,
             AttemptListener listener);
  /// stop() with no patience, if it was not called. The I/O threads must still run.
  ~Dispatcher();

  /// Starts, changes or stops the lanes so that they fit the catalog; `before` may be null. Any
  /// thread, in the order of the catalogs' revisions.
  void follow(const grid::CatalogPtr& before, const grid::CatalogPtr& after);

  /// Takes nothing new, waits for what is in flight until `limit` (of real time) has passed, gives
  /// the rest back. Not from an I/O thread. Idempotent. Close the sinks' clients afterwards.
  void stop(base::Duration limit);

  /// Nothing in flight. With Queue::quiet() it tells a virtual clock that it may move on.
  bool idle() const;

  class Impl;

 private:
  std::unique_ptr<Impl> impl_;
};

}  // namespace fanfare::delivery
