#pragma once
/// The events that chat raises, in every revision of their vocabulary. Pure but for the ids.
///
/// What happened is told in per-user events, one to every participant but the one who did it, and
/// in the later revisions in one event for the thread as well. The table of types in events.cc says
/// which type tells what in which revision, and in which words.
/// Source: published event reference of 2020 and 2021, today's event definitions and examples.
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/random.h"
#include "base/time.h"
#include "communication/chat/options.h"
#include "communication/chat/thread.h"
#include "communication/raised_event.h"
#include "communication/resource.h"

namespace fanfare::communication::chat {

enum class Happening : std::uint8_t {
  MessageReceived,
  MessageEdited,
  MessageDeleted,
  ThreadCreated,
  ThreadDeleted,
  ThreadUpdated,
  ParticipantAdded,
  ParticipantRemoved,
};

/// What happened. Whatever it points to outlives the call that is given it.
struct Occurrence {
  Happening happening = Happening::MessageReceived;
  /// After it happened; a deleted thread as it last was.
  const Thread& thread;
  /// Whom per-user events go to, unless they are `by`.
  const Roster& audience;
  std::string_view by;
  base::TimePoint at;                        ///< the wall clock's
  const Message* message = nullptr;          ///< of message events; system messages raise none
  const Participant* participant = nullptr;  ///< who was added or removed
  /// Nobody caused it: `by` stands in the event, but is told as well.
  bool by_itself = false;
};

/// Every event of it. `random` is thread-safe.
std::vector<RaisedEvent> events_of(const Occurrence& occurrence, EventsRevision revision,
                                   const ChatOptions& options, base::Random& random);

/// Whether the event about `participant` goes to that participant, by the options.
bool told_themselves(Happening happening, const ChatOptions& options);

/// With namespace, for those who list what a resource can raise.
std::vector<std::string> event_types(EventsRevision revision);

}  // namespace fanfare::communication::chat
