#pragma once
/// Bodies of the SMS operations, in and out.
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "communication/sms/opt_outs.h"
#include "communication/sms/sending.h"
#include "json/value.h"

namespace fanfare::communication::sms {

/// Members that later versions know are passed over by the first one.
enum class SendForm { First, Later };

/// Errors: InvalidArgument; the target is the member, `smsRecipients[3].to`.
base::Result<SendRequest> parse_send(std::string_view body, SendForm form);
base::Result<OptOutRequest> parse_opt_out(std::string_view body);

/// What somebody who tests wants to have received.
struct ReceiveRequest {
  std::string from;
  std::string to;
  std::string message;
};
base::Result<ReceiveRequest> parse_receive(std::string_view body);

/// `{"value":[…]}`
json::Value send_results_json(const std::vector<SendResult>& results);
json::Value opt_out_results_json(const std::vector<OptOutResult>& results);

/// DeliveryReport, of a sent message that has ended. The newest attempt comes first, as the sample
/// has it.
json::Value delivery_report_json(const Message& message);

/// A message as people who test see it: everything that is known.
json::Value message_json(const Message& message);

}  // namespace fanfare::communication::sms
