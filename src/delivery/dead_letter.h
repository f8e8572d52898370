#pragma once
/// Where given-up events are written. Content and path: Event Grid, "Set dead-letter location".
#include <filesystem>
#include <memory>
#include <string>

#include "base/async.h"
#include "base/result.h"
#include "grid/subscription.h"
#include "queue/task.h"

namespace fanfare::delivery {

/// A given-up event as it is kept: the blob's name and its content, a JSON array of one event.
struct DeadLetter {
  std::string container;
  std::string name;  ///< `SUBSCRIPTION/2026/1/31/7/<guid>.json`, UTC, numbers not padded
  std::string content;
};

/// Renders the event in the subscription's schema with the documented members added:
/// deadLetterReason, deliveryAttempts, lastDeliveryOutcome, publishTime, lastDeliveryAttemptTime.
/// The guid is the task's output event id, so that writing it twice leaves one.
DeadLetter render_dead_letter(const grid::EventSubscription& subscription, const queue::Task& task,
                              queue::DeadLetterReason reason, base::TimePoint now,
                              std::string_view store_id);

class DeadLetterStore {
 public:
  virtual ~DeadLetterStore() = default;
  /// Durable when it returns. Writing the same name again replaces it. Errors: Unavailable.
  virtual base::Async<base::Result<void>> write(DeadLetter letter) = 0;
};

/// Files below `folder`/container/name; written on `worker`, fsynced, renamed into place.
std::unique_ptr<DeadLetterStore> open_folder_store(std::filesystem::path folder, base::Executor worker);

}  // namespace fanfare::delivery
