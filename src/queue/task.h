#pragma once
/// A task is a delivery owed: one event to one event subscription. An attempt is one try of it.
#include <cstdint>
#include <string>
#include <vector>

#include "base/time.h"
#include "event/event.h"
#include "log/log.h"
#include "queue/ids.h"

namespace fanfare::queue {

/// How an attempt ended, in the words of Event Grid's lastDeliveryOutcome. Stored: never renumber.
enum class OutcomeKind : std::uint8_t {
  None = 0,  ///< not tried yet
  Delivered = 1,
  NotFound = 2,
  Disabled = 3,
  Full = 4,
  Unauthorized = 5,
  BadRequest = 6,
  TimedOut = 7,
  Busy = 8,
  PayloadTooLarge = 9,
  Probation = 10,
  Canceled = 11,
  Aborted = 12,
  SocketError = 13,
  ResolutionError = 14,
  Forbidden = 15,
  GenericError = 16,
};
std::string_view to_string(OutcomeKind kind);

/// What follows an attempt. Stored: never renumber.
enum class Verdict : std::uint8_t {
  Done = 1,             ///< delivered
  Retry = 2,            ///< again at `due`
  DeadLettered = 3,     ///< written to the dead-letter destination
  Dropped = 4,          ///< given up without a dead-letter destination
  DeadLetterLater = 5,  ///< given up, the dead letter is written at `due`
};

/// Why a task was given up. Stored: never renumber.
enum class DeadLetterReason : std::uint8_t {
  None = 0,
  MaxDeliveryAttemptsExceeded = 1,
  TimeToLiveExceeded = 2,
  UndeliverableDueToHttpStatus = 3,  ///< an answer that is never retried
  SubscriptionDeleted = 4,
  DeadLetterDestinationUnavailable = 5,
};
std::string_view to_string(DeadLetterReason reason);

/// What is remembered of a task's earlier attempts.
struct AttemptState {
  std::uint32_t attempts = 0;       ///< attempts made
  base::TimePoint first_attempt{};  ///< start of the first attempt; schedules count from it
  base::TimePoint last_attempt{};   ///< start of the last attempt
  OutcomeKind last_outcome = OutcomeKind::None;
  std::uint16_t last_status = 0;  ///< HTTP status of the last answer, 0 when there was none
  DeadLetterReason giving_up =
      DeadLetterReason::None;  ///< set while a dead letter is still to be written
};

/// Names one task.
struct TaskKey {
  SubscriptionId subscription;
  log::Position position = 0;  ///< of the record that holds the event
  std::uint32_t index = 0;     ///< of the event in that record
  auto operator<=>(const TaskKey&) const = default;
};

/// A leased task. `event` points into `payload`.
struct Task {
  TaskKey key;
  log::Payload payload;
  event::Event event;
  TopicId topic;
  base::TimePoint published{};
  AttemptState state;
};

/// The end of one attempt at a set of tasks (all those of one request share it).
struct Settlement {
  SubscriptionId subscription;
  Verdict verdict = Verdict::Done;
  base::TimePoint due{};     ///< for Retry and DeadLetterLater
  AttemptState state;        ///< after the attempt
  base::Duration latency{};  ///< of the request
  std::vector<TaskKey> tasks;
};

/// The event's id inside Fanfare, the same for every attempt and after a restart: a UUID made from
/// the store's id, the record's position and the event's index.
std::string output_event_id(std::string_view store_id, log::Position position, std::uint32_t index);

}  // namespace fanfare::queue
