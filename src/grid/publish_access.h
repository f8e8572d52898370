#pragma once
/// May this caller publish to this topic? The five documented forms of credentials:
///   aeg-sas-key: KEY                        aeg-sas-token: TOKEN           ?aeg-sas-key=KEY
///   Authorization: SharedAccessSignature TOKEN                  Authorization: Bearer JWT
/// The first one present decides; a wrong one is not made good by another.
#include <optional>
#include <string>
#include <string_view>

#include "auth/bearer.h"
#include "auth/principal.h"
#include "base/result.h"
#include "base/time.h"
#include "grid/publish_errors.h"
#include "grid/topic.h"

namespace fanfare::grid {

/// What a request shows. Views into it.
struct PublishCredentials {
  std::optional<std::string_view> key;            ///< header aeg-sas-key
  std::optional<std::string_view> sas_token;      ///< header aeg-sas-token
  std::optional<std::string_view> authorization;  ///< header Authorization
  std::string_view query;
  std::string url;  ///< scheme, host, port and path as the client wrote them
};

struct PublishRefusal {
  PublishFault fault;
  std::string message;
};

/// nullopt when the caller may publish. `wall` is for the expiry of tokens.
std::optional<PublishRefusal> refuse_publisher(const Topic& topic,
                                               const PublishCredentials& credentials,
                                               const auth::BearerVerifier& bearers,
                                               base::TimePoint wall);

}  // namespace fanfare::grid
