#pragma once
/// An event that an action raises, and its form as a published one.
#include <string>
#include <string_view>
#include <vector>

#include "base/time.h"
#include "communication/resource.h"
#include "event/event.h"

namespace fanfare::communication {

/// How the resource is named in `topic`/`source`: per-thread chat events and the current SMS events
/// have it in lower case.
enum class SourceCase { AsGiven, Lower };

struct RaisedEvent {
  std::string type;     ///< with its namespace: `Microsoft.Communication.SMSReceived`
  std::string id;       ///< a GUID, or the message id for SMS
  std::string subject;  ///< plain text
  base::TimePoint time{};
  std::string data;  ///< a JSON object
  SourceCase source_case = SourceCase::AsGiven;
  /// `Z` with seven digits when empty; else the timestamp as it goes out, for types whose samples
  /// show another form.
  std::string time_text;
};

/// Event Grid form with dataVersion 1.0; CloudEvents are made from it at delivery.
event::EventBatch to_batch(const Resource& resource, std::vector<RaisedEvent> events);

}  // namespace fanfare::communication
