#pragma once
/// Webhooks: a POST per request, an answer within a limit, success by status alone.
/// Source: Event Grid message delivery and retry; the published event reference, delivery request.
#include <memory>

#include "base/clock.h"
#include "delivery/envelope.h"
#include "delivery/sink.h"
#include "http/client.h"

namespace fanfare::delivery {

struct WebhookOptions {
  EnvelopeOptions envelope;
  http::ClientTimeouts timeouts;  ///< the total: from sending to the answer's last byte
};

/// `client` and `clock` outlive the sink; bound to the client's executor. Redirects are failures.
std::unique_ptr<Sink> make_webhook_sink(http::Client& client, base::Clock& clock,
                                        WebhookOptions options);

/// What an exchange means. `wall` dates a Retry-After that names a time.
Outcome outcome_of(const http::ClientResponse& response, base::TimePoint wall);

}  // namespace fanfare::delivery
