#include "communication/chat/paging_api.h"

#include <algorithm>
#include <charconv>

#include "auth/percent.h"
#include "communication/api_errors.h"
#include "communication/chat/options.h"

namespace fanfare::communication::chat {

namespace {

base::Result<std::optional<std::size_t>> number_of(const http::Request& request,
                                                   std::string_view name, std::size_t least) {
  const auto text = query_value(request, name);
  if (!text) return std::optional<std::size_t>();
  std::size_t number = 0;
  const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), number);
  if (error == std::errc() && end == text->data() + text->size() && number >= least) {
    return std::optional(number);
  }
  return base::invalid(
      "'" + std::string(name) + "' must be a number of at least " + std::to_string(least) + ".",
      std::string(name));
}

}  // namespace

base::Result<std::size_t> page_size_of(const http::Request& request) {
  auto size = number_of(request, "maxPageSize", 1);
  if (!size) return size.error();
  return std::min(size->value_or(kPageSizeDefault), kPageSizeMax);
}

base::Result<std::size_t> skip_of(const http::Request& request) {
  auto skip = number_of(request, "skip", 0);
  if (!skip) return skip.error();
  return skip->value_or(0);
}

base::Result<std::optional<base::TimePoint>> start_time_of(const http::Request& request) {
  const auto text = query_value(request, "startTime");
  if (!text) return std::optional<base::TimePoint>();
  const auto time = base::parse_rfc3339(*text);
  if (!time) return base::invalid("'startTime' must be an RFC 3339 time.", "startTime");
  return std::optional(*time);
}

std::string base_url(const http::Request& request) {
  std::string out = request.tls ? "https://" : "http://";
  return out.append(request.headers.get("Host"));
}

http::Response page_response(const http::Request& request, json::Value items,
                             const std::optional<std::pair<std::string, std::string>>& place) {
  auto body = json::Value::object({{"value", std::move(items)}});
  if (place) {
    std::string link = base_url(request).append(request.path()).append("?");
    link.append(place->first).append("=").append(auth::percent_encode(place->second));
    for (const std::string_view name : {"startTime", "maxPageSize", "api-version"}) {
      const auto value = query_value(request, name);
      if (value) link.append("&").append(name).append("=").append(auth::percent_encode(*value));
    }
    body.set("nextLink", std::move(link));
  }
  return http::Response::json(200, json::write(body));
}

}  // namespace fanfare::communication::chat
