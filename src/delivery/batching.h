#pragma once
/// How many tasks go into one request. Pure.
/// Source: Event Grid message delivery and retry, "Output batching".
#include <cstddef>
#include <span>

#include "grid/subscription.h"
#include "queue/task.h"

namespace fanfare::delivery {

/// Events per request where a preferred size is given and no count: the most that a count may be.
inline constexpr std::size_t kUncountedBatch = 5000;

struct BatchLimits {
  std::size_t events = 1;
  std::size_t bytes = 64 * 1024;  ///< a target: an event that is larger goes alone

  bool batched() const { return events > 1; }
};

BatchLimits batch_limits(const grid::Destination& destination);

/// What an event adds to a body, about.
std::size_t event_bytes(const event::Event& event);

/// Whether two tasks may share a request: the headers tell the number of attempts, and what follows
/// depends on when the first one was.
bool may_share(const queue::Task& a, const queue::Task& b);

/// Brings tasks that may share together, in the order of the log among themselves.
void group_for_batches(std::span<queue::Task> tasks);

/// How many of the first `tasks` make up the next request; at least 1 of a non-empty list.
std::size_t next_batch(std::span<const queue::Task> tasks, const BatchLimits& limits);

}  // namespace fanfare::delivery
