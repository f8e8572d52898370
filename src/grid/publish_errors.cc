#include "grid/publish_errors.h"

#include "json/value.h"

namespace fanfare::grid {

PublishAnswer publish_answer(PublishFault fault) {
  switch (fault) {
    case PublishFault::InvalidBody:
      return {400, "BadRequest", "InputJsonInvalid"};
    case PublishFault::InvalidSas:
      return {400, "BadRequest", "InvalidSas"};
    case PublishFault::Unauthorized:
      return {401, "Unauthorized", "Unauthorized"};
    case PublishFault::Forbidden:
      return {403, "Forbidden", "Forbidden"};
    case PublishFault::UnknownTopic:
      return {404, "NotFound", "ResourceNotFound"};
    case PublishFault::MethodNotAllowed:
      return {405, "MethodNotAllowed", "MethodNotAllowed"};
    case PublishFault::TooLarge:
      return {413, "RequestEntityTooLarge", "PayloadTooLarge"};
    case PublishFault::WrongContentType:
      return {415, "UnsupportedMediaType", "InvalidContentType"};
    case PublishFault::Internal:
      return {500, "InternalServerError", "InternalServerError"};
    case PublishFault::Unavailable:
      return {503, "InternalServerError", "ServiceUnavailable"};
  }
  return {500, "InternalServerError", "InternalServerError"};
}

PublishFault publish_fault(base::Errc code) {
  switch (code) {
    case base::Errc::InvalidArgument:
      return PublishFault::InvalidBody;
    case base::Errc::TooLarge:
      return PublishFault::TooLarge;
    case base::Errc::Unsupported:
      return PublishFault::WrongContentType;
    case base::Errc::Unauthorized:
      return PublishFault::Unauthorized;
    case base::Errc::Forbidden:
      return PublishFault::Forbidden;
    case base::Errc::NotFound:
      return PublishFault::UnknownTopic;
    case base::Errc::TimedOut:
    case base::Errc::Cancelled:
    case base::Errc::Unavailable:
      return PublishFault::Unavailable;
    case base::Errc::Conflict:
    case base::Errc::Corrupt:
    case base::Errc::Internal:
      return PublishFault::Internal;
  }
  return PublishFault::Internal;
}

std::string publish_error_body(PublishFault fault, std::string_view message,
                               std::string_view target, std::string_view request_id,
                               std::string_view time) {
  const auto answer = publish_answer(fault);
  std::string text(message);
  text.append(" Request '").append(request_id).append("', ").append(time).append(".");
  auto detail = json::Value::object({{"code", answer.detail_code}, {"message", text}});
  if (!target.empty()) detail.set("target", target);
  auto error = json::Value::object({{"code", answer.code}, {"message", text}});
  error.set("details", json::Value::array({std::move(detail)}));
  return json::write(json::Value::object({{"error", std::move(error)}}));
}

}  // namespace fanfare::grid
