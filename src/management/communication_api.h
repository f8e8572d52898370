#pragma once
/// The routes of communication resources:
///   GET PUT PATCH {group}/providers/Microsoft.Communication/communicationServices/{name}
///   POST          …/{name}/listKeys, …/regenerateKey
///   GET           {group or subscription}/providers/Microsoft.Communication/communicationServices
#include <functional>
#include <string>
#include <vector>

#include "communication/resources.h"
#include "http/router.h"
#include "management/operations.h"

namespace fanfare::management {

/// Where a resource is reached: `https://HOST:PORT/`.
using ResourceEndpoint = std::function<std::string(const communication::Resource& resource)>;

/// All outlive the routes.
std::vector<http::Route> communication_routes(communication::Resources& resources,
                                              Operations& operations, ResourceEndpoint endpoint);

}  // namespace fanfare::management
