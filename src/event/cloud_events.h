#pragma once
/// CloudEvents 1.0 in the JSON format: structured mode (one object) and batched mode (an array).
/// Source: CloudEvents 1.0 core and JSON format; the published event reference; docs/parity.md.
#include <string>
#include <string_view>

#include "event/event.h"
#include "event/publish_body.h"

namespace fanfare::event {

/// Reads `application/cloudevents+json` and `application/cloudevents-batch+json`, all or none.
/// Attributes that are null count as absent. Extension names are lower-case letters and digits,
/// their values strings, booleans or whole numbers of 32 bits, as the specification's types allow.
/// Errors: InvalidArgument or TooLarge; target like `[3].time`, without index for a single event.
base::Result<EventBatch> parse_cloud_event(const BodyView& body, const Limits& limits = {});
base::Result<EventBatch> parse_cloud_event_batch(const BodyView& body, const Limits& limits = {});

/// Appends the event as a CloudEvent, translated when it was published in another schema: topic
/// becomes source, dataVersion is dropped, an empty subject is left out. `extra_members`
/// (`,"name":value`) go in before the closing brace and replace extensions of the same name.
void append_cloud_event(std::string& out, const Event& event, std::string_view extra_members = {});

}  // namespace fanfare::event
