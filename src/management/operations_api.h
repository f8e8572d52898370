#pragma once
/// Polling of long-running operations, and the headers that lead there.
#include <string_view>
#include <vector>

#include "grid/registry.h"
#include "http/router.h"
#include "management/arm_handler.h"
#include "management/operations.h"

namespace fanfare::management {

/// Where an operation is polled: below the request's own address, so that the client finds it.
struct OperationLinks {
  std::string status;  ///< Azure-AsyncOperation
  std::string result;  ///< Location
};
OperationLinks operation_links(const ArmRequest& request, std::string_view subscription,
                               std::string_view location, std::string_view operation);

/// 201 with `body` and the way to the operation; `Retry-After: 0`, since it has mostly ended by
/// then.
http::Response accepted_change(const ArmRequest& request, std::string_view subscription,
                               std::string_view location, std::string_view operation,
                               const json::Value& body);
/// 202 without a body, for a DELETE.
http::Response accepted_delete(const ArmRequest& request, std::string_view subscription,
                               std::string_view location, std::string_view operation);

/// Both outlive the routes.
std::vector<http::Route> operations_routes(const Operations& operations,
                                           const grid::Registry& registry);

}  // namespace fanfare::management
