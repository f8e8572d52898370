#pragma once
/// From a batch of events to one durable commit: match each, append once, answer with the receipt.
/// Who publishes over HTTP and who raises events from inside (system topics) come through here
/// alike.
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <utility>

#include "base/async.h"
#include "base/clock.h"
#include "base/result.h"
#include "grid/catalog.h"
#include "queue/queue.h"

namespace fanfare::grid {

/// What became of one batch, once it is durable; for metrics and logs.
struct Published {
  const TopicEntry& topic;
  std::size_t events = 0;
  std::size_t unmatched = 0;  ///< events that no subscription wanted
  std::span<const std::pair<queue::SubscriptionId, std::size_t>> matched;  ///< events of each
  base::Duration latency{};  ///< from the batch's arrival here to its being durable
};

class Publisher {
 public:
  using Listener = std::function<void(const Published&)>;

  /// All outlive it. Without a listener nothing is counted.
  Publisher(queue::Queue& queue, base::Clock& clock, Listener listener);

  /// All events or none. The bytes that the events point into belong to `batch`, with
  /// base::kReadPadding readable bytes behind them. Thread-safe. Errors: as Log::append.
  base::Async<base::Result<queue::Receipt>> publish(std::shared_ptr<const TopicEntry> topic,
                                                    event::EventBatch batch);

  /// State changes and the events that they raise, as one commit; either may be empty. The same
  /// rules for the events' bytes. Errors: as Log::append (Conflict: the guard's).
  base::Async<base::Result<queue::Receipt>> raise(std::shared_ptr<const TopicEntry> topic,
                                                  view::Batch state, event::EventBatch batch,
                                                  std::optional<log::Guard> guard = std::nullopt);

 private:
  queue::Queue& queue_;
  base::Clock& clock_;
  Listener listener_;
};

}  // namespace fanfare::grid
