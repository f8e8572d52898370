#pragma once
/// Who makes a request to a communication resource: the holder of its keys (signed requests, or a
/// bearer token for it), or one of its users (a user access token). For the `*_api` files of all
/// areas. Each check gives what the request is allowed to touch, or the answer that refuses it.
#include <chrono>
#include <cstdint>
#include <expected>
#include <memory>
#include <string>

#include "auth/bearer.h"
#include "base/clock.h"
#include "communication/resource.h"
#include "http/message.h"

namespace fanfare::communication::identity {

class Identities;

/// What a user access token is good for; a set of bits.
enum class Scope : std::uint8_t {
  Chat = 1,
  Voip = 2,
  ChatJoin = 4,
  ChatJoinLimited = 8,
  VoipJoin = 16,
};
using Scopes = std::uint8_t;
constexpr bool has(Scopes scopes, Scope scope) {
  return (scopes & static_cast<Scopes>(scope)) != 0;
}

/// Signed requests and bearer tokens: SMS, identity, phone numbers.
class ResourceAccess {
 public:
  /// Everything outlives it. `clock_skew`: how far x-ms-date may be from the wall clock.
  ResourceAccess(ResourceResolver resolver, const auth::BearerVerifier& bearers, base::Clock& clock,
                 base::Duration clock_skew = std::chrono::minutes(15));

  /// The refusal is 401 with the documented body.
  std::expected<ResourcePtr, http::Response> check(const http::Request& request) const;

 private:
  ResourceResolver resolver_;
  const auth::BearerVerifier& bearers_;
  base::Clock& clock_;
  base::Duration clock_skew_;
};

struct Caller {
  ResourcePtr resource;
  std::string user;  ///< `8:acs:…`
  Scopes scopes = 0;
};

/// User access tokens: chat and its real-time notifications.
class UserAccess {
 public:
  UserAccess(ResourceResolver resolver, const Identities& identities);

  /// `Authorization: Bearer …`. The refusal is 401.
  std::expected<Caller, http::Response> check(const http::Request& request) const;
  /// A token that came elsewhere (a header of the real-time protocol).
  std::expected<Caller, http::Response> check_token(const http::Request& request,
                                                    std::string_view token) const;

 private:
  ResourceResolver resolver_;
  const Identities& identities_;
};

}  // namespace fanfare::communication::identity
