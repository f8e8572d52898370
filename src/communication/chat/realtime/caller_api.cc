#include "communication/chat/realtime/caller_api.h"

#include <utility>

#include "base/bytes.h"
#include "communication/api_errors.h"

namespace fanfare::communication::chat::realtime {

namespace {

constexpr std::string_view kTokenHeader = "x-skypetoken";
constexpr std::string_view kBearer = "Bearer ";

std::string token_of(const http::Request& request, std::string_view query_name) {
  if (const auto token = request.headers.find(kTokenHeader)) return std::string(*token);
  const std::string_view value = request.headers.get("authorization");
  if (base::ascii_iequals(value.substr(0, kBearer.size()), kBearer)) {
    return std::string(value.substr(kBearer.size()));
  }
  if (query_name.empty()) return {};
  return query_value(request, query_name).value_or(std::string());
}

bool may_listen(identity::Scopes scopes) {
  using identity::Scope;
  return has(scopes, Scope::Chat) || has(scopes, Scope::ChatJoin) ||
         has(scopes, Scope::ChatJoinLimited);
}

}  // namespace

std::expected<Listener, http::Response> check_listener(const identity::UserAccess& access,
                                                       const http::Request& request,
                                                       std::string_view query_name) {
  std::string token = token_of(request, query_name);
  auto caller = access.check_token(request, token);
  if (!caller) return std::unexpected(std::move(caller.error()));
  if (!may_listen(caller->scopes)) {
    return std::unexpected(api_error(403, "Forbidden", "The token has no chat scope."));
  }
  return Listener{std::move(*caller), std::move(token)};
}

std::string base_url(const http::Request& request) {
  std::string authority(request.headers.get("host"));
  if (authority.empty()) authority = request.host + ":" + std::to_string(request.local_port);
  return (request.tls ? "https://" : "http://") + authority;
}

}  // namespace fanfare::communication::chat::realtime
