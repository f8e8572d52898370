#include "delivery/batching.h"

#include <algorithm>
#include <tuple>

namespace fanfare::delivery {

namespace {

/// Member names, quotes and commas of an envelope.
constexpr std::size_t kEnvelopeBytes = 160;

auto sharing_key(const queue::Task& task) {
  return std::tuple(task.state.attempts, task.state.first_attempt);
}

}  // namespace

BatchLimits batch_limits(const grid::Destination& destination) {
  const auto& webhook = std::get<grid::WebHookDestination>(destination);
  BatchLimits limits;
  if (const auto size = webhook.preferred_batch_size_in_kilobytes) {
    limits.bytes = static_cast<std::size_t>(std::max(1, *size)) * 1024;
    limits.events = kUncountedBatch;
  }
  if (const auto count = webhook.max_events_per_batch) {
    limits.events = static_cast<std::size_t>(std::max(1, *count));
  }
  return limits;
}

std::size_t event_bytes(const event::Event& event) { return event.bytes() + kEnvelopeBytes; }

bool may_share(const queue::Task& a, const queue::Task& b) {
  return sharing_key(a) == sharing_key(b);
}

void group_for_batches(std::span<queue::Task> tasks) {
  const auto apart = [](const queue::Task& a, const queue::Task& b) { return !may_share(a, b); };
  if (std::adjacent_find(tasks.begin(), tasks.end(), apart) == tasks.end()) return;
  std::sort(tasks.begin(), tasks.end(), [](const queue::Task& a, const queue::Task& b) {
    return std::tuple(sharing_key(a), a.key) < std::tuple(sharing_key(b), b.key);
  });
}

std::size_t next_batch(std::span<const queue::Task> tasks, const BatchLimits& limits) {
  if (tasks.empty()) return 0;
  std::size_t count = 1;
  auto bytes = event_bytes(tasks.front().event);
  while (count < tasks.size() && count < limits.events && may_share(tasks[count], tasks.front())) {
    bytes += event_bytes(tasks[count].event);
    if (bytes > limits.bytes) break;
    ++count;
  }
  return count;
}

}  // namespace fanfare::delivery
