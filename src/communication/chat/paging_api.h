#pragma once
/// What all listings of the Chat API share: their query parameters, and the link to the next page.
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "http/message.h"
#include "json/value.h"

namespace fanfare::communication::chat {

/// `maxPageSize`: 100 without one, at most 200. Error: InvalidArgument.
base::Result<std::size_t> page_size_of(const http::Request& request);
/// `skip`, 0 without one. Error: InvalidArgument.
base::Result<std::size_t> skip_of(const http::Request& request);
/// `startTime`. Error: InvalidArgument.
base::Result<std::optional<base::TimePoint>> start_time_of(const http::Request& request);

/// `https://host:port` as the client addressed the server.
std::string base_url(const http::Request& request);

/// `{"value":[…],"nextLink"?}`. The link is the request again, its place replaced by `place`: a
/// parameter and its value.
http::Response page_response(const http::Request& request, json::Value items,
                             const std::optional<std::pair<std::string, std::string>>& place);

}  // namespace fanfare::communication::chat
