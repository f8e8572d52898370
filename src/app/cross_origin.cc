#include "app/cross_origin.h"

#include <algorithm>
#include <map>
#include <string>

namespace fanfare::app {

namespace {

// A day; browsers take less of it.
constexpr std::string_view kPreflightSeconds = "86400";

constexpr std::string_view kExposed =
    "x-ms-error-code, x-ms-request-id, ms-cv, retry-after, location, operation-location, "
    "operation-id, search-id, purchase-id, release-id, capabilities-id, repeatability-result";

void open_answer(http::Response& response) {
  response.headers.set("Access-Control-Allow-Origin", "*");
  response.headers.set("Access-Control-Expose-Headers", kExposed);
}

base::Async<http::Response> answer_page(http::Handler handler, http::Request request) {
  const bool of_a_page = request.headers.contains("origin");
  auto response = co_await handler(std::move(request));
  if (of_a_page && !response.headers.contains("Access-Control-Allow-Origin")) {
    open_answer(response);
  }
  co_return response;
}

base::Async<http::Response> preflight(std::string methods, http::Request request) {
  auto response = http::Response::empty(204);
  response.headers.set("Allow", methods);
  if (request.headers.contains("origin")) {
    open_answer(response);
    response.headers.set("Access-Control-Allow-Methods", methods);
    const auto wanted = request.headers.get("access-control-request-headers");
    if (!wanted.empty()) response.headers.set("Access-Control-Allow-Headers", wanted);
    response.headers.set("Access-Control-Max-Age", kPreflightSeconds);
  }
  co_return response;
}

http::Route preflight_route(const std::string& pattern, const std::string& methods) {
  return {http::Method::Options, pattern, "communication",
          [methods](http::Request request) { return preflight(methods, std::move(request)); }};
}

}  // namespace

std::vector<http::Route> open_to_pages(std::vector<http::Route> routes) {
  std::map<std::string, std::string> methods;
  for (const auto& route : routes) {
    auto& list = methods[route.pattern];
    list.append(list.empty() ? "" : ", ").append(http::to_string(route.method));
  }
  for (auto& route : routes) {
    if (route.method == http::Method::Options) methods.erase(route.pattern);
    route.handler = [handler = std::move(route.handler)](http::Request request) {
      return answer_page(handler, std::move(request));
    };
  }
  for (const auto& [pattern, list] : methods) {
    routes.push_back(preflight_route(pattern, list + ", OPTIONS"));
  }
  return routes;
}

}  // namespace fanfare::app
