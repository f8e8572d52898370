#pragma once
/// What a user access token says. Pure. Source: tokens that the service issued, and what the
/// clients read of them (docs/communication/identity.md).
#include <cstdint>
#include <string>

#include "base/result.h"
#include "base/time.h"
#include "communication/identity/scope.h"
#include "communication/identity/user_id.h"
#include "communication/resource.h"
#include "json/value.h"

namespace fanfare::communication::identity {

struct UserClaims {
  UserGuid user;
  std::string resource;  ///< its immutable id
  Scopes scopes = 0;
  base::TimePoint issued{};
  base::TimePoint expires{};      ///< whole seconds
  std::uint32_t revocations = 0;  ///< how often the user's tokens had been revoked before
  std::string key_mark;  ///< of the access key it was made under; empty: under none (bearer token)
};

/// A JSON object in ASCII without `>`, `?`, `~`: Python's client decodes it as standard base64,
/// where these would lose bytes.
std::string write_claims(const UserClaims& claims, const Resource& resource);

/// Of a token whose signature has been verified. Errors: Unauthorized (not one of ours).
base::Result<UserClaims> read_claims(const json::Value& claims);

}  // namespace fanfare::communication::identity
