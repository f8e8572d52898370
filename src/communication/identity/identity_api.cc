#include "communication/identity/identity_api.h"

#include <algorithm>
#include <array>
#include <optional>
#include <span>
#include <utility>

#include "communication/api_errors.h"
#include "communication/identity/identity_body.h"

namespace fanfare::communication::identity {

namespace {

constexpr std::string_view kPreview = "2025-03-02-preview";
constexpr std::array<std::string_view, 8> kVersions = {
    "2021-03-07", "2021-10-31-preview", "2022-06-01", "2022-10-01",
    "2023-08-01", "2023-10-01",         kPreview,     "2025-06-30"};
constexpr std::array<std::string_view, 1> kPreviewOnly = {kPreview};
constexpr std::array<std::string_view, 2> kWithAccess = {kPreview, "2025-06-30"};

/// What the handlers share; a copy of it goes with each.
struct Context {
  const ResourceAccess& access;
  Identities& identities;
  OperationLimits& limits;
};

using Action = base::Async<http::Response> (*)(Context, ResourceCaller, http::Request);

struct Row {
  http::Method method;
  const char* pattern;
  const char* permission;
  std::span<const std::string_view> versions;
  Action action;
};

/// Errors of the domain, in this service's words.
http::Response error_answer(const base::Error& error) {
  switch (error.code) {
    case base::Errc::InvalidArgument:
      return api_error(400, "ValidationError", error.message, error.target);
    case base::Errc::NotFound:
      return api_error(404, "IdentityNotFound", error.message);
    case base::Errc::Unauthorized:
      return api_error(401, "IdentityNotOwned", error.message);
    default:
      return api_error(error);
  }
}

std::optional<http::Response> limited(Context context, const ResourceCaller& caller,
                                      Operation operation) {
  const auto wait = context.limits.take(caller.resource->id, operation);
  if (!wait) return std::nullopt;
  auto response = api_error(
      429, "TooManyRequests",
      "Too many requests of this kind; try again after " + std::to_string(wait->count()) + " s.");
  response.headers.set("Retry-After", std::to_string(wait->count()));
  return response;
}

base::Async<http::Response> create(Context context, ResourceCaller caller, http::Request request) {
  const auto custom_ids =
      query_value(request, "api-version") == kPreview ? CustomIds::Taken : CustomIds::Ignored;
  auto wish = parse_create(request.body.view(), custom_ids);
  if (!wish) co_return error_answer(wish.error());
  const auto kind = wish->token ? Operation::CreateWithToken : Operation::Create;
  if (auto refusal = limited(context, caller, kind)) co_return *std::move(refusal);
  if (wish->token) wish->token->made_under = caller.key;
  auto wanted = *std::move(wish);
  const auto created =
      co_await context.identities.create(std::move(caller.resource), std::move(wanted));
  if (!created) co_return error_answer(created.error());
  co_return http::Response::json(201, write_created(*created));
}

base::Async<http::Response> issue(Context context, ResourceCaller caller, http::Request request) {
  auto wish = parse_issue(request.body.view());
  if (!wish) co_return error_answer(wish.error());
  if (auto refusal = limited(context, caller, Operation::Issue)) co_return *std::move(refusal);
  auto wanted = *std::move(wish);
  wanted.made_under = caller.key;
  std::string user(request.parameter("id"));
  const auto token = co_await context.identities.issue(std::move(caller.resource), std::move(user),
                                                       std::move(wanted));
  if (!token) co_return error_answer(token.error());
  co_return http::Response::json(200, write_token(*token));
}

base::Async<http::Response> revoke(Context context, ResourceCaller caller, http::Request request) {
  if (auto refusal = limited(context, caller, Operation::Revoke)) co_return *std::move(refusal);
  std::string user(request.parameter("id"));
  const auto done = co_await context.identities.revoke(std::move(caller.resource), std::move(user));
  if (!done) co_return error_answer(done.error());
  co_return http::Response::empty(204);
}

base::Async<http::Response> remove(Context context, ResourceCaller caller, http::Request request) {
  if (auto refusal = limited(context, caller, Operation::Delete)) co_return *std::move(refusal);
  std::string user(request.parameter("id"));
  const auto done = co_await context.identities.remove(std::move(caller.resource), std::move(user));
  if (!done) co_return error_answer(done.error());
  co_return http::Response::empty(204);
}

base::Async<http::Response> get(Context context, ResourceCaller caller, http::Request request) {
  std::string user(request.parameter("id"));
  const auto found = co_await context.identities.find(std::move(caller.resource), std::move(user));
  if (!found) co_return error_answer(found.error());
  co_return http::Response::json(200, write_identity(*found));
}

base::Async<http::Response> exchange_teams_user(Context context, ResourceCaller caller,
                                                http::Request request) {
  const auto body = check_exchange(request.body.view());
  if (!body) co_return error_answer(body.error());
  if (auto refusal = limited(context, caller, Operation::Exchange)) co_return *std::move(refusal);
  co_return api_error(401, "InvalidAccessToken",
                      "Provided access token is not valid: no Microsoft Entra tenant is configured "
                      "on this server, so it trusts no token of a Teams user.");
}

base::Async<http::Response> checked(Context context, const Row& row, http::Request& request) {
  auto caller = context.access.check_caller(request);
  if (!caller) co_return std::move(caller.error());
  if (auto refusal = refuse_api_version(request, row.versions)) co_return *std::move(refusal);
  auto known = *std::move(caller);
  auto moved = std::move(request);
  co_return co_await row.action(context, std::move(known), std::move(moved));
}

/// Some clients match answers to requests by their own id and ask for it back.
base::Async<http::Response> serve(Context context, const Row* row, http::Request request) {
  const std::string id(request.headers.get("x-ms-client-request-id"));
  auto response = co_await checked(context, *row, request);
  if (!id.empty()) response.headers.set("x-ms-client-request-id", id);
  co_return response;
}

/// Their caller is an Entra user, not the resource: without a tenant nobody is one.
base::Async<http::Response> exchange_entra(Context context, http::Request request) {
  if (auto refusal = refuse_api_version(request, kWithAccess)) co_return *std::move(refusal);
  static_cast<void>(context);
  auto response = api_error(401, "Denied",
                            "No Microsoft Entra tenant is configured on this server, so it trusts "
                            "no Entra token.");
  response.headers.set("WWW-Authenticate", "Bearer");
  co_return response;
}

const std::array<Row, 6> kRows = {{
    {http::Method::Post, "/identities", "communication/identities/write", kVersions, create},
    {http::Method::Get, "/identities/{id}", "communication/identities/read", kPreviewOnly, get},
    {http::Method::Delete, "/identities/{id}", "communication/identities/delete", kVersions,
     remove},
    {http::Method::Post, "/identities/{id}/:issueAccessToken",
     "communication/identities/issueToken", kVersions, issue},
    {http::Method::Post, "/identities/{id}/:revokeAccessTokens",
     "communication/identities/revokeTokens", kVersions, revoke},
    {http::Method::Post, "/teamsUser/:exchangeAccessToken",
     "communication/identities/exchangeToken", std::span(kVersions).subspan(1),
     exchange_teams_user},
}};

}  // namespace

std::vector<http::Route> identity_routes(const ResourceAccess& access, Identities& identities,
                                         OperationLimits& limits) {
  const Context context{access, identities, limits};
  std::vector<http::Route> out;
  for (const auto& row : kRows) {
    http::Handler handler = [context, &row](http::Request request) {
      return serve(context, &row, std::move(request));
    };
    out.push_back({row.method, row.pattern, row.permission, std::move(handler)});
  }
  for (const auto* pattern :
       {"/access/entra/:exchangeAccessToken", "/access/teamsExtension/:exchangeAccessToken"}) {
    http::Handler handler = [context](http::Request request) {
      return exchange_entra(context, std::move(request));
    };
    out.push_back({http::Method::Post, pattern, "communication/identities/exchangeEntraToken",
                   std::move(handler)});
  }
  return out;
}

}  // namespace fanfare::communication::identity
