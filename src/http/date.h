#pragma once
/// Dates in messages; how they are written is base/http_date.h's.
#include <string_view>

#include "base/http_date.h"

namespace fanfare::http {

using base::format_http_date;
using base::parse_http_date;

/// The current date for a response, formatted once a second per thread.
std::string_view current_http_date();

}  // namespace fanfare::http
