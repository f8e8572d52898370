#pragma once
/// Pages of any origin may use the communication services: whoever calls shows a token or a
/// signature, and nothing of a browser's own (cookies) counts. Source: Fetch, CORS protocol.
#include <vector>

#include "http/router.h"

namespace fanfare::app {

/// The routes with answers that a page may read, and one more for each pattern that answers the
/// browser's preflight.
std::vector<http::Route> open_to_pages(std::vector<http::Route> routes);

}  // namespace fanfare::app
