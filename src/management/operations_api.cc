#include "management/operations_api.h"

#include <optional>

#include "base/bytes.h"
#include "http/url.h"
#include "management/arm.h"
#include "management/arm_errors.h"
#include "management/webhook_validation.h"

namespace fanfare::management {

namespace {

// While an operation goes on, a client asks again so many seconds later; without a figure some
// wait 30.
constexpr std::string_view kPollSeconds = "1";

OperationStatus status_of(grid::ProvisioningState state) {
  switch (state) {
    case grid::ProvisioningState::Creating:
    case grid::ProvisioningState::Updating:
    case grid::ProvisioningState::Deleting:
    case grid::ProvisioningState::AwaitingManualAction:
      return OperationStatus::InProgress;
    case grid::ProvisioningState::Succeeded:
      return OperationStatus::Succeeded;
    case grid::ProvisioningState::Canceled:
      return OperationStatus::Canceled;
    case grid::ProvisioningState::Failed:
      return OperationStatus::Failed;
  }
  return OperationStatus::Failed;
}

/// An operation of before a restart, as the subscription that it changed last remembers it.
std::optional<Operation> remembered(const grid::Registry& registry, const std::string& id) {
  const auto catalog = registry.catalog();
  for (const auto& entry : catalog->topics()) {
    for (const auto& subscription : entry->subscriptions) {
      const auto& version = subscription->pending ? *subscription->pending : *subscription;
      if (version.operation != id) continue;
      Operation out{id, status_of(version.state), {}, {}};
      if (out.status == OperationStatus::Failed) {
        out.error_code = "Url validation";
        out.error_message = refusal_message(version, delivery::Refused{version.state_reason, 0});
      }
      return out;
    }
  }
  return std::nullopt;
}

std::optional<Operation> find_operation(const Operations& operations,
                                        const grid::Registry& registry, std::string_view id) {
  if (auto found = operations.find(id)) return found;
  return id.empty() ? std::nullopt : remembered(registry, base::ascii_lower(id));
}

http::Response unknown_operation() {
  return arm_error(404, "OperationNotFound", "There is no operation of that id (any more).");
}

http::Response show_status(const ArmRequest& request, const std::optional<Operation>& operation) {
  if (!operation) return unknown_operation();
  auto body = json::Value::object({
      {"id", origin_of(request.http) + request.http.target},
      {"name", operation->id},
      {"status", to_string(operation->status)},
  });
  if (!operation->error_code.empty()) {
    body.set("error", json::Value::object({{"code", operation->error_code},
                                           {"message", operation->error_message}}));
  }
  auto response = arm_answer(200, body);
  if (operation->status == OperationStatus::InProgress) {
    response.headers.set("Retry-After", kPollSeconds);
  }
  return response;
}

http::Response show_result(const ArmRequest& request, const std::optional<Operation>& operation) {
  if (!operation) return unknown_operation();
  if (operation->status == OperationStatus::InProgress) {
    auto response = arm_empty(202);
    response.headers.set("Location", origin_of(request.http) + request.http.target);
    response.headers.set("Retry-After", kPollSeconds);
    return response;
  }
  if (operation->status == OperationStatus::Succeeded) return arm_empty(204);
  return arm_error(409, operation->error_code, operation->error_message);
}

using Show = http::Response (*)(const ArmRequest&, const std::optional<Operation>&);

struct Poll {
  const Operations& operations;
  const grid::Registry& registry;
  Show show;

  base::Async<http::Response> operator()(ArmRequest request) const {
    return poll(operations, registry, show, std::move(request));
  }

  static base::Async<http::Response> poll(const Operations& operations,
                                          const grid::Registry& registry, Show show,
                                          ArmRequest request) {
    const auto id = request.http.parameter("operation");
    co_return show(request, find_operation(operations, registry, id));
  }
};

}  // namespace

OperationLinks operation_links(const ArmRequest& request, std::string_view subscription,
                               std::string_view location, std::string_view operation) {
  auto base = origin_of(request.http);
  base.append("/subscriptions/").append(subscription);
  base.append("/providers/Microsoft.EventGrid/locations/").append(http::percent_encode(location));
  auto tail = std::string(operation) + "?api-version=" + request.api_version;
  return {base + "/operationsStatus/" + tail, base + "/operationResults/" + tail};
}

http::Response accepted_change(const ArmRequest& request, std::string_view subscription,
                               std::string_view location, std::string_view operation,
                               const json::Value& body) {
  auto response = arm_answer(201, body);
  const auto links = operation_links(request, subscription, location, operation);
  response.headers.set("Azure-AsyncOperation", links.status);
  response.headers.set("Retry-After", "0");
  return response;
}

http::Response accepted_delete(const ArmRequest& request, std::string_view subscription,
                               std::string_view location, std::string_view operation) {
  auto response = arm_empty(202);
  const auto links = operation_links(request, subscription, location, operation);
  response.headers.set("Azure-AsyncOperation", links.status);
  response.headers.set("Location", links.result);
  response.headers.set("Retry-After", "0");
  return response;
}

std::vector<http::Route> operations_routes(const Operations& operations,
                                           const grid::Registry& registry) {
  const std::string base = "/subscriptions/{s}/providers/Microsoft.EventGrid/locations/{location}/";
  const std::string permission(kRead);
  return {
      {http::Method::Get, base + "operationsStatus/{operation}", permission,
       arm_handler(Poll{operations, registry, show_status})},
      {http::Method::Get, base + "operationResults/{operation}", permission,
       arm_handler(Poll{operations, registry, show_result})},
  };
}

}  // namespace fanfare::management
