#pragma once
/// The validation of webhooks, before anything is delivered: Event Grid's SubscriptionValidationEvent
/// or CloudEvents' OPTIONS. Source: CloudEvents HTTP 1.1 web hooks section 4; end-point-validation pages.
#include <optional>
#include <string>

#include "base/async.h"
#include "base/clock.h"
#include "grid/subscription.h"
#include "http/client.h"

namespace fanfare::delivery {

struct HandshakeRequest {
  std::string validation_code;
  std::string validation_url;      ///< absolute; opened later by hand, or WebHook-Request-Callback
  std::string origin = "eventgrid.azure.net";
};

struct Validated {
  std::optional<int> allowed_rate_per_minute;
};
struct AwaitingManual {};
struct Refused {
  std::string reason;  ///< for people, without the endpoint's query
  int status = 0;
};
using HandshakeResult = std::variant<Validated, AwaitingManual, Refused>;

/// Asks the endpoint, up to `attempts` times 5 s apart (on `clock`) while it fails to answer.
base::Async<HandshakeResult> validate_webhook(http::Client& client, base::Clock& clock,
                                              const grid::EventSubscription& subscription,
                                              HandshakeRequest request, int attempts);

}  // namespace fanfare::delivery
