#pragma once
/// Who makes a request to a communication resource: the holder of its keys (signed requests, or a
/// bearer token for it), or one of its users (a user access token). For the `*_api` files of all
/// areas. Each check gives what the request is allowed to touch, or the answer that refuses it.
#include <chrono>
#include <expected>
#include <optional>
#include <string>
#include <string_view>

#include "auth/bearer.h"
#include "auth/hmac_request.h"
#include "base/clock.h"
#include "communication/identity/scope.h"
#include "communication/resource.h"
#include "http/message.h"

namespace fanfare::communication::identity {

class Identities;

/// The audience of bearer tokens for communication resources.
inline constexpr std::string_view kCommunicationAudience = "https://communication.azure.com";

struct ResourceCaller {
  ResourcePtr resource;
  std::optional<auth::SigningKey> key;  ///< that signed the request; none with a bearer token
};

/// Signed requests and bearer tokens: SMS, identity, phone numbers.
class ResourceAccess {
 public:
  /// Everything outlives it. `clock_skew`: how far x-ms-date may be from the wall clock.
  ResourceAccess(ResourceResolver resolver, const auth::BearerVerifier& bearers, base::Clock& clock,
                 base::Duration clock_skew = std::chrono::minutes(15));

  /// The refusal is 401 with the documented body; 403 for a bearer token without the right.
  std::expected<ResourcePtr, http::Response> check(const http::Request& request) const;
  /// Likewise, with the key.
  std::expected<ResourceCaller, http::Response> check_caller(const http::Request& request) const;

 private:
  std::expected<ResourceCaller, http::Response> check_bearer(ResourcePtr resource,
                                                             std::string_view token) const;

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

/// User access tokens: chat and its real-time notifications. Nothing of it blocks.
class UserAccess {
 public:
  /// `identities` outlives it.
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
