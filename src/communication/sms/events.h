#pragma once
/// The events of SMS, in every revision.
/// Source: the published event reference (samples of both types), the event data definitions.
#include "communication/raised_event.h"
#include "communication/resource.h"
#include "communication/sms/message.h"

namespace fanfare::communication::sms {

/// How today's report calls the sender's tag: its definition and its description disagree.
enum class TagName { LowerCase, UpperCase };

/// Of a message that has ended. `now` is the event's time.
RaisedEvent delivery_report_received(const Resource& resource, const Message& message,
                                     base::TimePoint now, TagName tag_name);

/// Of a message that came in.
RaisedEvent sms_received(const Resource& resource, const Message& message, base::TimePoint now);

/// `2000: No error.`, or only the words in the revisions of the seeds.
std::string status_details(const Message& message, EventsRevision revision);

}  // namespace fanfare::communication::sms
