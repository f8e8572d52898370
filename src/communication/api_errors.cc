#include "communication/api_errors.h"

#include <algorithm>

#include "auth/percent.h"
#include "base/log.h"
#include "json/value.h"

namespace fanfare::communication {

namespace {

struct Answer {
  int status;
  std::string_view code;
};

Answer answer_of(base::Errc code) {
  switch (code) {
    case base::Errc::InvalidArgument:
      return {400, "BadRequest"};
    case base::Errc::NotFound:
      return {404, "NotFound"};
    case base::Errc::Conflict:
      return {409, "Conflict"};
    case base::Errc::Unauthorized:
      return {401, "Unauthorized"};
    case base::Errc::Forbidden:
      return {403, "Forbidden"};
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
      break;
  }
  return {500, "InternalServerError"};
}

}  // namespace

http::Response api_error(int status, std::string_view code, std::string_view message,
                         std::string_view target) {
  auto error = json::Value::object({{"code", code}, {"message", message}});
  if (!target.empty()) error.set("target", target);
  auto response =
      http::Response::json(status, json::write(json::Value::object({{"error", error}})));
  response.headers.set("x-ms-error-code", code);
  if (status == 503) response.headers.set("Retry-After", "1");
  return response;
}

http::Response api_error(const base::Error& error) {
  const auto [status, code] = answer_of(error.code);
  if (status != 500) return api_error(status, code, error.message, error.target);
  base::log(base::LogLevel::Error, "communication", "a request failed",
            {{"reason", error.message}});
  return api_error(status, code, "The request could not be carried out; the log has the reason.");
}

std::optional<std::string> query_value(const http::Request& request, std::string_view name) {
  std::string_view rest = request.query();
  while (!rest.empty()) {
    const auto end = rest.find('&');
    const auto item = rest.substr(0, end);
    rest = end == std::string_view::npos ? std::string_view() : rest.substr(end + 1);
    const auto equals = item.find('=');
    const auto key = auth::percent_decode(item.substr(0, equals), auth::PlusSign::Space);
    if (!key || *key != name) continue;
    if (equals == std::string_view::npos) return std::string();
    return auth::percent_decode(item.substr(equals + 1), auth::PlusSign::Space);
  }
  return std::nullopt;
}

std::optional<http::Response> refuse_api_version(const http::Request& request,
                                                 std::span<const std::string_view> known) {
  const auto version = query_value(request, "api-version");
  if (!version || version->empty()) {
    return api_error(400, "ApiVersionUnspecified",
                     "An API version is required, but was not specified.");
  }
  if (std::ranges::find(known, std::string_view(*version)) != known.end()) return std::nullopt;
  return api_error(400, "UnsupportedApiVersion",
                   "The HTTP resource that matches the request URI '" +
                       std::string(request.path()) + "' does not support the API version '" +
                       *version + "'.");
}

}  // namespace fanfare::communication
