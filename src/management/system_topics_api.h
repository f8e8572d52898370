#pragma once
/// The routes of system topics, which come and go with their sources:
///   GET {group}/providers/Microsoft.EventGrid/systemTopics/{name}
///   PUT …/{name}: for one that is there, or to learn that its source has another; changes its tags
///   PATCH …/{name}: tags
///   GET {group or subscription}/providers/Microsoft.EventGrid/systemTopics
#include <vector>

#include "grid/registry.h"
#include "http/router.h"
#include "management/operations.h"

namespace fanfare::management {

/// Both outlive the routes.
std::vector<http::Route> system_topics_routes(grid::Registry& registry, Operations& operations);

}  // namespace fanfare::management
