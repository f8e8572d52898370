#pragma once
/// The events of SMS, in every revision.
/// Source: the published event reference (samples of both types), the event data definitions.
#include "communication/raised_event.h"
#include "communication/resource.h"
#include "communication/sms/message.h"

namespace fanfare::communication::sms {

/// What the sources of today's report disagree on: the definitions name the sender's tag `tag`,
/// the description `Tag`; samples show the words of the status alone, the list of codes says that
/// they stand there too. The revisions of the seeds know neither tag nor code.
enum class TagName { LowerCase, UpperCase };
enum class StatusDetails { CodeAndWords, WordsOnly };
struct ReportForm {
  TagName tag = TagName::LowerCase;
  StatusDetails details = StatusDetails::CodeAndWords;
};

/// Of a message that has ended. `now` is the event's time.
RaisedEvent delivery_report_received(const Resource& resource, const Message& message,
                                     base::TimePoint now, ReportForm form);

/// Of a message that came in.
RaisedEvent sms_received(const Resource& resource, const Message& message, base::TimePoint now);

/// `2000: No error.`
std::string status_details(const Message& message);

}  // namespace fanfare::communication::sms
