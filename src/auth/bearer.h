#pragma once
/// Bearer tokens (Authorization: Bearer …), behind one interface: the issuer and its keys are
/// elsewhere.
#include <string_view>

#include "auth/principal.h"
#include "base/result.h"

namespace fanfare::auth {

/// The audience of tokens for publishing.
inline constexpr std::string_view kEventGridAudience = "https://eventgrid.azure.net";

/// Thread-safe.
class BearerVerifier {
 public:
  virtual ~BearerVerifier() = default;

  /// `token` without the scheme. Errors: Unauthorized with what is wrong, never with the token.
  virtual base::Result<Principal> verify(std::string_view token,
                                         std::string_view audience) const = 0;
};

/// For servers without a token issuer.
class RefuseAllBearers final : public BearerVerifier {
 public:
  base::Result<Principal> verify(std::string_view token, std::string_view audience) const override;
};

}  // namespace fanfare::auth
