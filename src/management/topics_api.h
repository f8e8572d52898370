#pragma once
/// The routes of topics:
///   GET PUT PATCH DELETE {group}/providers/Microsoft.EventGrid/topics/{name}
///   POST                 …/topics/{name}/listKeys, …/regenerateKey
///   GET                  {group or subscription}/providers/Microsoft.EventGrid/topics
#include <functional>
#include <string>
#include <vector>

#include "http/router.h"
#include "management/operations.h"
#include "management/topics.h"

namespace fanfare::management {

/// Both outlive the routes.
std::vector<http::Route> topics_routes(Topics& topics, Operations& operations);

}  // namespace fanfare::management
