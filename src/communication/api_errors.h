#pragma once
/// Error answers of the communication services:
///   {"error":{"code","message","target"?}}
/// with `x-ms-error-code` naming the code again, and the check of the api-version.
/// Source: published API descriptions (CommunicationErrorResponse).
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/result.h"
#include "http/message.h"

namespace fanfare::communication {

http::Response api_error(int status, std::string_view code, std::string_view message,
                         std::string_view target = {});

/// The one table from an error to status and code. Internal errors are told without detail.
http::Response api_error(const base::Error& error);

/// The value of `name` in the request's query, percent-decoded ('+' is a space).
std::optional<std::string> query_value(const http::Request& request, std::string_view name);

/// 400 when the request names no api-version (ApiVersionUnspecified) or one that is none of
/// `known` (UnsupportedApiVersion); nullopt when it is fine.
std::optional<http::Response> refuse_api_version(const http::Request& request,
                                                 std::span<const std::string_view> known);

}  // namespace fanfare::communication
