#pragma once
/// Bodies of requests about identities, and of their answers. Pure. Source: the API descriptions of
/// each api-version; unknown members are passed over, as the service does.
#include <string>
#include <string_view>

#include "base/result.h"
#include "communication/identity/identities.h"

namespace fanfare::communication::identity {

/// Whether `customId` means something in the request's api-version.
enum class CustomIds { Ignored, Taken };

/// An empty body creates an identity without a token. Errors: InvalidArgument (target: the member).
base::Result<IdentityWish> parse_create(std::string_view body, CustomIds custom_ids);
base::Result<TokenWish> parse_issue(std::string_view body);

/// Checks that `token`, `appId` and `userId` are there. Errors: InvalidArgument.
base::Result<void> check_exchange(std::string_view body);

std::string write_created(const CreatedIdentity& created);
std::string write_token(const IssuedToken& token);
std::string write_identity(const Identity& identity);

}  // namespace fanfare::communication::identity
