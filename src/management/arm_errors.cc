#include "management/arm_errors.h"

#include <string>

#include "base/log.h"
#include "base/random.h"

namespace fanfare::management {

namespace {

struct ArmCode {
  int status;
  std::string_view code;
};

ArmCode arm_code(base::Errc code) {
  switch (code) {
    case base::Errc::InvalidArgument:
      return {400, "InvalidRequest"};
    case base::Errc::NotFound:
      return {404, "ResourceNotFound"};
    case base::Errc::Conflict:
      return {409, "Conflict"};
    case base::Errc::Unauthorized:
      return {401, "AuthenticationFailed"};
    case base::Errc::Forbidden:
      return {403, "AuthorizationFailed"};
    case base::Errc::TooLarge:
      return {413, "RequestEntityTooLarge"};
    case base::Errc::Unsupported:
      return {415, "UnsupportedMediaType"};
    case base::Errc::TimedOut:
    case base::Errc::Cancelled:
    case base::Errc::Unavailable:
      return {503, "ServiceUnavailable"};
    case base::Errc::Corrupt:
    case base::Errc::Internal:
      return {500, "InternalServerError"};
  }
  return {500, "InternalServerError"};
}

// As recorded from the service.
void add_common_headers(http::Headers& headers) {
  headers.set("Cache-Control", "no-cache");
  headers.set("Pragma", "no-cache");
  headers.set("Expires", "-1");
  headers.set("X-Content-Type-Options", "nosniff");
  headers.set("x-ms-request-id", base::uuid4(base::system_random()));
}

}  // namespace

http::Response arm_answer(int status, const json::Value& body) {
  auto response = http::Response::json(status, json::write(body));
  add_common_headers(response.headers);
  return response;
}

http::Response arm_empty(int status) {
  auto response = http::Response::empty(status);
  add_common_headers(response.headers);
  return response;
}

http::Response arm_error(int status, std::string_view code, std::string_view message,
                         std::string_view target) {
  auto error = json::Value::object({{"code", code}, {"message", message}});
  if (!target.empty()) error.set("target", target);
  return arm_answer(status, json::Value::object({{"error", std::move(error)}}));
}

std::string arm_message(const base::Error& error) {
  if (error.target.empty()) return error.message;
  return error.target + ": " + error.message;
}

http::Response arm_error(const base::Error& error) {
  const auto [status, code] = arm_code(error.code);
  if (status == 500) {
    base::log(base::LogLevel::Error, "management", "a request failed",
              {{"reason", error.message}, {"target", error.target}});
    return arm_error(500, code, "The server could not do this; its log says why.");
  }
  auto response = arm_error(status, code, arm_message(error), error.target);
  if (status == 503) response.headers.set("Retry-After", "1");
  if (status == 401) response.headers.set("WWW-Authenticate", "Bearer");
  return response;
}

}  // namespace fanfare::management
