#pragma once
/// How a carrier's reports change a message. Pure.
#include "carrier/carrier.h"
#include "communication/sms/message.h"

namespace fanfare::communication::sms {

/// Adds one report. Reports about single segments make one attempt together, until every segment
/// has been tried; the message ends with the verdict on its last segment and is delivered only if
/// all are. `now` is when the report came. A message that has ended stays as it is.
void apply_report(Message& message, const carrier::Report& report, base::TimePoint now);

/// Ends it without the carrier: blocked, refused, or no report in time. One attempt that failed is
/// noted when there was none.
void fail(Message& message, int code, std::string detail, base::TimePoint now);

}  // namespace fanfare::communication::sms
