#pragma once
/// Renders what goes over the wire to a webhook: body and header fields. Pure.
/// Source: the published event reference, delivery request and message headers; docs/parity.md.
#include <cstdint>
#include <string>

#include "delivery/headers.h"
#include "delivery/sink.h"
#include "http/message.h"

namespace fanfare::delivery {

struct EnvelopeOptions {
  std::string store_id;  ///< goes into aeg-output-event-id
  NameCase subscription_name = NameCase::Upper;
  std::string origin = "eventgrid.azure.net";  ///< on CloudEvents deliveries
};

struct Envelope {
  http::Headers headers;
  std::string body;
};

/// All tasks have the same number of attempts. A single CloudEvent is an object, everything else an
/// array; a subscription that batches always gets an array. Of what belongs to one event
/// (aeg-data-version, aeg-output-event-id, dynamic attributes), a request with several events
/// carries only what is the same for all of them.
Envelope render(const Shipment& shipment, const EnvelopeOptions& options);

}  // namespace fanfare::delivery
