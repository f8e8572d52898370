#include "management/communication_api.h"

#include "base/bytes.h"
#include "base/random.h"
#include "management/arm.h"
#include "management/arm_errors.h"
#include "management/arm_handler.h"
#include "management/communication_resource.h"
#include "management/listing.h"
#include "management/operations_api.h"

namespace fanfare::management {

namespace {

using communication::ResourceKey;
using communication::ResourcePtr;
using communication::ResourceWish;

constexpr std::string_view kLocation = "global";

/// What the handlers share; a copy of it goes with each.
struct Context {
  communication::Resources& resources;
  Operations& operations;
  ResourceEndpoint endpoint;
};

/// Of the eight segments that name a resource.
base::Result<Scope> scope_in(const ArmRequest& request) {
  return parse_scope(std::span(request.segments).first(8));
}

http::Response not_found(const Scope& scope) {
  const auto id = scope.arm_id();
  return arm_error(404, "ResourceNotFound", "The resource '" + id + "' was not found.", id);
}

ResourcePtr find(const Context& context, const Scope& scope) {
  return context.resources.snapshot()->by_arm_id(scope.arm_id());
}

json::Value shown(const Context& context, const communication::Resource& resource) {
  return communication_resource(resource, context.endpoint(resource));
}

void place(ResourceWish& wish, const Scope& scope) {
  wish.subscription_id = scope.subscription;
  wish.resource_group = scope.resource_group;
  wish.name = scope.resource[0].second;
}

base::Async<http::Response> get_one(Context context, ArmRequest request) {
  const auto scope = scope_in(request);
  if (!scope) co_return arm_error(scope.error());
  const auto resource = find(context, *scope);
  if (!resource) co_return not_found(*scope);
  co_return arm_answer(200, shown(context, *resource));
}

base::Async<http::Response> put_one(Context context, ArmRequest request) {
  const auto scope = scope_in(request);
  if (!scope) co_return arm_error(scope.error());
  const auto body = read_body(request.http);
  if (!body) co_return arm_error(body.error());
  auto wish = communication_from_put(*body);
  if (!wish) co_return arm_error(wish.error());
  place(*wish, *scope);
  const bool there = find(context, *scope) != nullptr;
  auto wanted = *std::move(wish);
  const auto stored = co_await context.resources.put(std::move(wanted));
  if (!stored) co_return arm_error(stored.error());
  const auto resource = shown(context, **stored);
  if (there) co_return arm_answer(200, resource);
  Operation operation{base::uuid4(base::system_random()), OperationStatus::Succeeded, {}, {}};
  const auto id = operation.id;
  context.operations.put(std::move(operation));
  co_return accepted_change(request, scope->subscription, kLocation, id, resource);
}

base::Async<http::Response> patch_one(Context context, ArmRequest request) {
  const auto scope = scope_in(request);
  if (!scope) co_return arm_error(scope.error());
  const auto body = read_body(request.http);
  if (!body) co_return arm_error(body.error());
  auto wish = communication_from_patch(*body);
  if (!wish) co_return arm_error(wish.error());
  if (!find(context, *scope)) co_return not_found(*scope);
  place(*wish, *scope);
  auto wanted = *std::move(wish);
  const auto stored = co_await context.resources.put(std::move(wanted));
  co_return stored ? arm_answer(200, shown(context, **stored)) : arm_error(stored.error());
}

base::Async<http::Response> list_keys(Context context, ArmRequest request) {
  const auto scope = scope_in(request);
  if (!scope) co_return arm_error(scope.error());
  const auto resource = find(context, *scope);
  if (!resource) co_return not_found(*scope);
  co_return arm_answer(200, communication_keys(*resource, context.endpoint(*resource)));
}

base::Result<ResourceKey> key_in(const http::Request& request) {
  const auto body = read_body(request);
  if (!body) return body.error();
  const auto* member = body->find("keyType");
  const auto* text = member == nullptr ? nullptr : member->if_string();
  if (text != nullptr && base::ascii_iequals(*text, "Primary")) return ResourceKey::Primary;
  if (text != nullptr && base::ascii_iequals(*text, "Secondary")) return ResourceKey::Secondary;
  return base::invalid("must be 'Primary' or 'Secondary'", "keyType");
}

base::Async<http::Response> regenerate_key(Context context, ArmRequest request) {
  const auto scope = scope_in(request);
  if (!scope) co_return arm_error(scope.error());
  const auto key = key_in(request.http);
  if (!key) co_return arm_error(key.error());
  auto id = scope->arm_id();
  const auto stored = co_await context.resources.regenerate_key(std::move(id), *key);
  if (!stored && stored.error().code == base::Errc::NotFound) co_return not_found(*scope);
  if (!stored) co_return arm_error(stored.error());
  co_return arm_answer(200, communication_keys(**stored, context.endpoint(**stored)));
}

base::Async<http::Response> list(Context context, ArmRequest request) {
  // …/providers/Microsoft.Communication/communicationServices: before them stands the scope.
  const auto scope = parse_scope(std::span(request.segments).first(request.segments.size() - 3));
  if (!scope) co_return arm_error(scope.error());
  std::vector<Listed> listed;
  const auto all = context.resources.snapshot();
  for (const auto& resource : all->all()) {
    if (!scope->covers(resource->arm_id())) continue;
    listed.push_back({resource->arm_id(), resource->name,
                      [context, resource] { return shown(context, *resource); }});
  }
  const auto page = list_page(std::move(listed), request.http);
  co_return page ? arm_answer(200, *page) : arm_error(page.error());
}

using Handle = base::Async<http::Response> (*)(Context, ArmRequest);

}  // namespace

std::vector<http::Route> communication_routes(communication::Resources& resources,
                                              Operations& operations, ResourceEndpoint endpoint) {
  const std::string types = "/providers/Microsoft.Communication/communicationServices";
  const std::string group = "/subscriptions/{s}/resourceGroups/{g}" + types;
  const std::string one = group + "/{name}";
  const Context context{resources, operations, std::move(endpoint)};
  const auto route = [&](http::Method method, const std::string& pattern,
                         std::string_view permission, Handle handle) {
    return http::Route{method, pattern, std::string(permission),
                       arm_handler([context, handle](ArmRequest request) {
                         return handle(context, std::move(request));
                       })};
  };
  return {
      route(http::Method::Get, "/subscriptions/{s}" + types, kRead, list),
      route(http::Method::Get, group, kRead, list),
      route(http::Method::Get, one, kRead, get_one),
      route(http::Method::Put, one, kWrite, put_one),
      route(http::Method::Patch, one, kWrite, patch_one),
      route(http::Method::Post, one + "/listKeys", kSecrets, list_keys),
      route(http::Method::Post, one + "/regenerateKey", kSecrets, regenerate_key),
  };
}

}  // namespace fanfare::management
