#pragma once
/// The Event Grid event schema: what publishers send to topics with input schema EventGridSchema
/// and what subscriptions with delivery schema EventGridSchema get. Source: the published event
/// reference, Event Grid event schema; choices in docs/parity.md.
#include <string>
#include <string_view>

#include "event/event.h"
#include "event/publish_body.h"

namespace fanfare::event {

/// Reads a publish body: an array of events, all or none. The schema is closed; `topic`, when sent,
/// must be `topic_arm_id`. Absent `topic` and `dataVersion` are stamped (the ARM id, "").
/// An empty array is a batch of no events.
/// Errors: InvalidArgument or TooLarge; target like `[3].eventTime`.
base::Result<EventBatch> parse_event_grid(const BodyView& body, const std::string& topic_arm_id,
                                          const Limits& limits = {});

/// Appends the event as an Event Grid object: published so, or mapped from the custom schema.
/// Members without a value and null data are left out. `extra_members` (`,"name":value`, as often
/// as needed) go in before the closing brace.
void append_event_grid(std::string& out, const Event& event, std::string_view extra_members = {});

}  // namespace fanfare::event
