#pragma once
/// What a webhook end does with a request: answers the handshakes of both schemas, takes
/// deliveries. Pure; the sockets are in listen.cc.
#include <string>
#include <vector>

#include "cli/console.h"
#include "http/message.h"

namespace fanfare::cli {

enum class RequestKind {
  CloudEventsHandshake,  ///< OPTIONS with WebHook-Request-Origin
  EventGridHandshake,    ///< aeg-event-type: SubscriptionValidation
  Delivery,
};

enum class Handshake {
  Answer,
  Ignore,  ///< 200 without consent: the event subscription waits for its validationUrl to be opened
};

struct Received {
  RequestKind kind = RequestKind::Delivery;
  std::string time;  ///< RFC 3339
  std::string method;
  std::string target;
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;
  std::size_t events = 0;      ///< of a delivery
  std::string validation_url;  ///< of a handshake that has one
};

Received received(const http::Request& request, std::string time);

/// `status` answers deliveries alone.
http::Response answer(const Received& received, Handshake handshake, int status);

/// For people: a headline, the headers that matter, the body in readable form. Ends with an empty
/// line.
std::string describe(const Received& received, int answered, Colour colour);

/// For programs: one line of JSON.
std::string as_json_line(const Received& received, int answered);

}  // namespace fanfare::cli
