#include "communication/identity/access.h"

#include <algorithm>
#include <array>
#include <utility>

#include "base/bytes.h"
#include "communication/api_errors.h"
#include "communication/identity/identities.h"

namespace fanfare::communication::identity {

namespace {

constexpr std::string_view kBearer = "Bearer ";

/// Roles whose holders may use the data plane of a communication resource.
constexpr std::array<std::string_view, 3> kRoles = {"Owner", "Contributor",
                                                    "Communication and Email Service Owner"};

std::unexpected<http::Response> refuse(int status, std::string_view code, std::string_view message,
                                       std::string_view challenge) {
  auto response = api_error(status, code, message);
  if (status == 401) response.headers.set("WWW-Authenticate", challenge);
  return std::unexpected(std::move(response));
}

std::optional<std::string_view> bearer_token(const http::Request& request) {
  const auto value = request.headers.get("authorization");
  if (value.size() <= kBearer.size() ||
      !base::ascii_iequals(value.substr(0, kBearer.size()), kBearer))
    return std::nullopt;
  return value.substr(kBearer.size());
}

bool has_role(const auth::Principal& principal) {
  return std::ranges::any_of(principal.roles, [](const std::string& role) {
    return std::ranges::find(kRoles, role) != kRoles.end();
  });
}

std::unexpected<http::Response> refuse_resource(std::string_view message) {
  return refuse(401, "Denied", message, "HMAC-SHA256, Bearer");
}

std::unexpected<http::Response> refuse_user(std::string_view message) {
  return refuse(401, "Unauthorized", message, "Bearer");
}

}  // namespace

ResourceAccess::ResourceAccess(ResourceResolver resolver, const auth::BearerVerifier& bearers,
                               base::Clock& clock, base::Duration clock_skew)
    : resolver_(std::move(resolver)), bearers_(bearers), clock_(clock), clock_skew_(clock_skew) {}

std::expected<ResourcePtr, http::Response> ResourceAccess::check(
    const http::Request& request) const {
  auto caller = check_caller(request);
  if (!caller) return std::unexpected(std::move(caller.error()));
  return std::move(caller->resource);
}

std::expected<ResourceCaller, http::Response> ResourceAccess::check_caller(
    const http::Request& request) const {
  auto resource = resolver_(request);
  if (!resource) return refuse_resource("Denied by the resource provider.");
  if (request.headers.count("authorization") > 1)
    return refuse_resource("The Authorization header was sent more than once.");
  if (const auto token = bearer_token(request)) return check_bearer(std::move(resource), *token);
  const auto key =
      auth::verify_signed_request(request, resource->keys(), clock_.wall(), clock_skew_);
  if (!key) return refuse_resource(key.error().message);
  return ResourceCaller{std::move(resource), *key};
}

std::expected<ResourceCaller, http::Response> ResourceAccess::check_bearer(
    ResourcePtr resource, std::string_view token) const {
  const auto principal = bearers_.verify(token, kCommunicationAudience);
  if (!principal) return refuse_resource(principal.error().message);
  if (!has_role(*principal)) {
    return refuse(403, "Forbidden",
                  "The token's holder has no role on the resource that allows it.", {});
  }
  return ResourceCaller{std::move(resource), std::nullopt};
}

UserAccess::UserAccess(ResourceResolver resolver, const Identities& identities)
    : resolver_(std::move(resolver)), identities_(identities) {}

std::expected<Caller, http::Response> UserAccess::check(const http::Request& request) const {
  const auto token = bearer_token(request);
  if (!token || request.headers.count("authorization") > 1)
    return refuse_user("A user access token is required: Authorization: Bearer <token>.");
  return check_token(request, *token);
}

std::expected<Caller, http::Response> UserAccess::check_token(const http::Request& request,
                                                              std::string_view token) const {
  auto resource = resolver_(request);
  if (!resource) return refuse_user("There is no communication resource here.");
  auto holder = identities_.verify(resource, token);
  if (!holder) return refuse_user(holder.error().message);
  return Caller{std::move(resource), std::move(holder->user), holder->scopes};
}

}  // namespace fanfare::communication::identity
