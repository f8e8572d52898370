#pragma once
/// Who made a request, as far as the credential tells.
#include <string>
#include <vector>

namespace fanfare::auth {

enum class CredentialKind { SharedKey, SasToken, Bearer };

struct Principal {
  CredentialKind kind = CredentialKind::SharedKey;
  std::string subject;  ///< object id of a bearer token's holder; empty for keys and SAS tokens
  std::string scope;    ///< ARM id of the topic that a key or SAS token is for; empty: by roles
  std::vector<std::string> roles;  ///< of a bearer token, for example `EventGrid Data Sender`
};

}  // namespace fanfare::auth
