#pragma once
/// Access keys sent as they are: header `aeg-sas-key`, or the query parameter of that name.
#include <optional>
#include <string>
#include <string_view>

#include "auth/keys.h"
#include "base/result.h"

namespace fanfare::auth {

inline constexpr std::string_view kSharedKeyName = "aeg-sas-key";

/// The key in a request's query (without the '?'), or nullopt. Clients send it escaped or not: a
/// plus sign is a plus sign.
std::optional<std::string> key_in_query(std::string_view query);

/// Errors: Unauthorized. Takes the same time whichever key it is and wherever they differ.
base::Result<void> check_shared_key(std::string_view presented, const KeyPair& keys);

}  // namespace fanfare::auth
