#pragma once
/// Topics with input schema CustomEventSchema: arbitrary objects whose envelope an input mapping
/// finds. Source: ARM specification 2022-06-15, inputSchemaMapping; the published event reference;
/// docs/parity.md.
#include <string>

#include "base/random.h"
#include "event/event.h"
#include "event/input_mapping.h"
#include "event/publish_body.h"

namespace fanfare::event {

/// Reads a publish body: an array of objects, all or none. Each event's data is the whole object;
/// its envelope comes from the mapped fields (strings; numbers and booleans count as their text;
/// null as absent, and so does an empty id), their defaults, `random` for unmapped ids and `now`
/// for unmapped times. Errors: InvalidArgument or TooLarge; target like `[3].field`.
base::Result<EventBatch> parse_custom(const BodyView& body, const InputMapping& mapping,
                                      const std::string& topic_arm_id, base::TimePoint now,
                                      base::Random& random, const Limits& limits = {});

/// Appends the object as it was published; what delivery schema CustomInputSchema sends.
void append_custom(std::string& out, const Event& event);

}  // namespace fanfare::event
