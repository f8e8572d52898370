#pragma once
/// What every route of the management surface does before its own work: reads the path and the
/// api-version, and the body where there is one.
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/async.h"
#include "base/result.h"
#include "http/message.h"
#include "http/router.h"
#include "json/value.h"

namespace fanfare::management {

/// What a caller must be allowed to do, as the routes are tagged.
inline constexpr std::string_view kRead = "management/read";
inline constexpr std::string_view kWrite = "management/write";
inline constexpr std::string_view kSecrets = "management/secrets";

struct ArmRequest {
  http::Request http;
  std::vector<std::string> segments;  ///< of the path, decoded
  std::string api_version;
};
using ArmHandler = std::function<base::Async<http::Response>(ArmRequest)>;

/// Refuses malformed paths and missing api-versions with the ARM error; asks `handler` otherwise.
http::Handler arm_handler(ArmHandler handler);

/// Errors: InvalidArgument.
base::Result<json::Value> read_body(const http::Request& request);

/// Decides whether a request may do what the tag says.
using Authorize =
    std::function<base::Result<void>(const http::Request& request, std::string_view permission)>;

/// A router's guard that asks for each route tagged `management/…` and answers with ARM errors.
http::Guard arm_guard(Authorize authorize);

}  // namespace fanfare::management
