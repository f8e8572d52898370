#include "management/arm_handler.h"

#include "management/arm.h"
#include "management/arm_errors.h"

namespace fanfare::management {

namespace {

base::Async<http::Response> answer(http::Response response) { co_return response; }

base::Async<std::optional<http::Response>> verdict(std::optional<http::Response> response) {
  co_return response;
}

}  // namespace

http::Handler arm_handler(ArmHandler handler) {
  return [handler = std::move(handler)](http::Request request) {
    auto segments = parse_segments(request.path());
    if (!segments) return answer(arm_error(segments.error()));
    auto version = api_version(request);
    if (!version) return answer(arm_error(400, version.error().target, version.error().message));
    return handler(ArmRequest{std::move(request), *std::move(segments), *std::move(version)});
  };
}

base::Result<json::Value> read_body(const http::Request& request) {
  if (request.body.empty()) return base::invalid("The request needs a JSON body.");
  auto value = json::parse(request.body.view());
  if (value) return value;
  return base::invalid("The request's body is not valid JSON: " + arm_message(value.error()));
}

http::Guard arm_guard(Authorize authorize) {
  return [authorize = std::move(authorize)](http::Request& request, const http::Route& route) {
    if (!route.permission.starts_with("management/")) return verdict(std::nullopt);
    const auto allowed = authorize(request, route.permission);
    return verdict(allowed ? std::nullopt : std::optional(arm_error(allowed.error())));
  };
}

}  // namespace fanfare::management
