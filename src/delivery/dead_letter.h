#pragma once
/// Where given-up events are written. Content and path: Event Grid, "Set dead-letter location".
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/async.h"
#include "base/result.h"
#include "base/time.h"
#include "grid/subscription.h"
#include "queue/task.h"

namespace fanfare::delivery {

/// A given-up event as it is kept: a JSON array of one event, and what its blob's name is made of.
struct DeadLetter {
  std::string container;
  std::string subscription;  ///< name, upper case
  base::TimePoint at{};      ///< when it was given up
  base::TimePoint published{};
  std::string id;  ///< the output event id, so that writing it twice leaves one
  std::string content;

  /// `SUBSCRIPTION/2026/1/31/7/<id>.json`, UTC, numbers not padded. Parts that could lead out of
  /// the container are made harmless.
  std::string name() const { return name_at(at); }
  std::string name_at(base::TimePoint hour) const;
};

/// Renders the event in the subscription's schema with the documented members added:
/// deadLetterReason, deliveryAttempts, lastDeliveryOutcome, publishTime, lastDeliveryAttemptTime
/// (the last one when it was tried at all; CloudEvents: the first four in lower case). Custom
/// events come in Event Grid form.
DeadLetter render_dead_letter(const grid::EventSubscription& subscription, const queue::Task& task,
                              queue::DeadLetterReason reason, base::TimePoint now,
                              std::string_view store_id);

class DeadLetterStore {
 public:
  virtual ~DeadLetterStore() = default;
  /// All of them durable when it returns. A letter that was written before, even in an earlier
  /// hour, is not written twice. Errors: Unavailable; then some may be there, and all are to be
  /// written again.
  virtual base::Async<base::Result<void>> write(std::vector<DeadLetter> letters) = 0;
};

/// Files below `folder`/container/name, their time that of giving up; written on `worker`, one
/// thread, those of concurrent calls as one group with few syncs.
std::unique_ptr<DeadLetterStore> open_folder_store(std::filesystem::path folder,
                                                   base::Executor worker);

/// A kept dead letter, as listed.
struct DeadLetterEntry {
  std::string container;
  std::string subscription;
  std::string name;           ///< `container/SUBSCRIPTION/2026/1/31/7/<id>.json`
  base::TimePoint written{};  ///< when it was given up, on the schedule's time line
  std::uint64_t bytes = 0;
};

struct DeadLetterQuery {
  std::string container;     ///< all when empty
  std::string subscription;  ///< all when empty; ignoring case
  std::string after;         ///< name of the last entry seen; from the newest when empty
  std::size_t limit = 100;   ///< 1 to 1000
};

/// Newest first. Blocks: not from an I/O thread. Errors: InvalidArgument (`after` is not there).
base::Result<std::vector<DeadLetterEntry>> list_dead_letters(const std::filesystem::path& folder,
                                                             const DeadLetterQuery& query);

/// Content of the one with that name. Blocks. Errors: NotFound, InvalidArgument (no dead letter's
/// name).
base::Result<std::string> read_dead_letter(const std::filesystem::path& folder,
                                           std::string_view name);

}  // namespace fanfare::delivery
