#pragma once
/// The one table from what goes wrong with a publish to what the client is told:
///   {"error":{"code","message","details":[{"code","message","target"}]}}
/// Source: the data plane's error list; codes of `details` from recorded answers and, where none is
/// public, from the names that its clients and test doubles use.
#include <string>
#include <string_view>

#include "base/result.h"

namespace fanfare::grid {

enum class PublishFault {
  InvalidBody,   ///< not JSON, not of the topic's schema, a member missing or unknown
  InvalidSas,    ///< a SAS token that is none
  Unauthorized,  ///< no credential, a wrong or an expired one
  Forbidden,     ///< network rules, local authentication disabled, no right to send
  UnknownTopic,
  MethodNotAllowed,
  TooLarge,  ///< the request or one of its events
  WrongContentType,
  Internal,
  Unavailable,  ///< the log cannot take it now: try again
};

struct PublishAnswer {
  int status;
  std::string_view code;         ///< error.code
  std::string_view detail_code;  ///< error.details[0].code
};

PublishAnswer publish_answer(PublishFault fault);

/// The fault that an error of parsing or committing stands for.
PublishFault publish_fault(base::Errc code);

/// `request_id` and `time` end the message, as a hold for whoever reads the server's log.
std::string publish_error_body(PublishFault fault, std::string_view message,
                               std::string_view target, std::string_view request_id,
                               std::string_view time);

}  // namespace fanfare::grid
