#pragma once
/// Every kind of destination and how its sink is made. A new one is a row in all_sinks.cc.
#include <memory>
#include <string_view>

#include "base/clock.h"
#include "delivery/envelope.h"
#include "delivery/sink.h"
#include "http/client.h"

namespace fanfare::delivery {

struct SinkOptions {
  EnvelopeOptions envelope;
  http::ClientTimeouts timeouts;  ///< the total: from sending to the answer's last byte
};

/// The sink of one I/O thread: hands each shipment to the sink of its destination's kind.
/// `client` is bound to that thread; it and `clock` outlive the sink.
std::unique_ptr<Sink> make_all_sinks(http::Client& client, base::Clock& clock, SinkOptions options);

/// The destination's `endpointType`.
std::string_view endpoint_type(const grid::Destination& destination);

}  // namespace fanfare::delivery
