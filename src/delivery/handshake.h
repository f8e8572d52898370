#pragma once
/// The validation of webhooks, before anything is delivered: Event Grid's
/// SubscriptionValidationEvent or CloudEvents' OPTIONS. Source: CloudEvents HTTP 1.1 web hooks
/// section 4; end-point-validation pages. What is asked and how an answer is judged is pure;
/// validate_webhook() is the I/O around it.
#include <optional>
#include <string>
#include <variant>

#include "base/async.h"
#include "base/clock.h"
#include "base/result.h"
#include "delivery/handshake_pace.h"
#include "grid/subscription.h"
#include "http/client.h"

namespace fanfare::delivery {

struct HandshakeRequest {
  std::string validation_code;
  std::string validation_url;  ///< absolute; opened later by hand, or WebHook-Request-Callback
  std::string origin = "eventgrid.azure.net";
  std::optional<int> rate_per_minute;  ///< WebHook-Request-Rate; not sent when absent
  std::string event_id;                ///< of the validation event; a new UUID when empty
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

/// No answer that decides anything; worth another try.
struct Undecided {
  std::string reason;
  int status = 0;
};
using Judgement = std::variant<Validated, AwaitingManual, Refused, Undecided>;

/// The request in the form that the subscription's delivery schema asks for. Errors:
/// InvalidArgument (the endpoint's URL).
base::Result<http::ClientRequest> make_handshake(const grid::EventSubscription& subscription,
                                                 const HandshakeRequest& request,
                                                 base::TimePoint wall);

/// What the endpoint's answer means. Event Grid: 200 with the code validates, 200 without it leaves
/// it to a person. CloudEvents: WebHook-Allowed-Origin grants, whatever the status except 405; a
/// success without it is a grant that may come later, by the callback.
Judgement judge_handshake(const grid::EventSubscription& subscription,
                          const HandshakeRequest& request, const http::ClientResponse& response);

/// Asks the endpoint when `pace` lets it, up to `attempts` times 5 s apart (on `clock`) while it
/// fails to answer. On the client's executor, as all that share `pace`.
base::Async<HandshakeResult> validate_webhook(http::Client& client, base::Clock& clock,
                                              HandshakePace& pace,
                                              const grid::EventSubscription& subscription,
                                              HandshakeRequest request, int attempts);

}  // namespace fanfare::delivery
