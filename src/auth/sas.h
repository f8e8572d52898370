#pragma once
/// Shared access signatures of topics: `r=RESOURCE&e=EXPIRY&s=SIGNATURE`, sent as header
/// `aeg-sas-token` or behind `Authorization: SharedAccessSignature`. Source: the published event
/// reference, access keys and shared access signatures; what the SDKs send.
#include <string>
#include <string_view>

#include "auth/keys.h"
#include "base/result.h"
#include "base/time.h"

namespace fanfare::auth {

/// Checks a token for a request to `url` (`scheme://host[:port]/path`; a query is ignored). The
/// signature is checked over the token's own text, never over a re-encoded one. The resource must
/// be `url` or a part of it that ends at a slash, in any case, default ports and the resource's
/// query left aside. Errors: InvalidArgument when the token has not the form above; Unauthorized
/// when neither key signed it, it has expired at `now`, or it is for another resource.
base::Result<void> verify_sas_token(std::string_view token, std::string_view url,
                                    const KeyPair& keys, base::TimePoint now);

/// A token for `resource`, valid until `expiry` (whole seconds). `key` is base64.
/// Errors: InvalidArgument when it is not.
base::Result<std::string> make_sas_token(std::string_view resource, base::TimePoint expiry,
                                         std::string_view key);

}  // namespace fanfare::auth
