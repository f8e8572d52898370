/// Any answer to a validation handshake, in both forms: judged, never granted by accident.
/// Input: status (2 bytes), lengths of two header values (2 bytes), the values, the body.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "delivery/handshake.h"

namespace {

using namespace fanfare;

void require(bool condition) {
  if (!condition) std::abort();
}

std::string_view take(std::string_view& input, std::size_t count) {
  const auto taken = input.substr(0, count);
  input.remove_prefix(taken.size());
  return taken;
}

unsigned take_number(std::string_view& input) {
  const auto byte = take(input, 1);
  return byte.empty() ? 0 : static_cast<unsigned char>(byte[0]);
}

http::ClientResponse read_answer(std::string_view input) {
  http::ClientResponse response;
  response.status = static_cast<int>(100 + (take_number(input) * 256 + take_number(input)) % 500);
  const auto origin_bytes = take_number(input);
  const auto rate_bytes = take_number(input);
  response.headers.add("WebHook-Allowed-Origin", take(input, origin_bytes));
  response.headers.add("WebHook-Allowed-Rate", take(input, rate_bytes));
  response.body = input;
  return response;
}

void check_event_grid(const delivery::HandshakeRequest& request,
                      const http::ClientResponse& answer) {
  grid::EventSubscription subscription;
  const auto judgement = delivery::judge_handshake(subscription, request, answer);
  if (!std::holds_alternative<delivery::Validated>(judgement)) return;
  require(answer.status == 200);
  require(answer.body.size() > request.validation_code.size());
}

void check_cloud_events(const delivery::HandshakeRequest& request,
                        const http::ClientResponse& answer) {
  grid::EventSubscription subscription;
  subscription.delivery_schema = grid::DeliverySchema::CloudEventSchemaV1_0;
  const auto judgement = delivery::judge_handshake(subscription, request, answer);
  const auto* validated = std::get_if<delivery::Validated>(&judgement);
  if (!validated) return;
  const auto origin = answer.headers.get("WebHook-Allowed-Origin");
  require(answer.status != 405);
  require(origin == "*" || origin.size() == request.origin.size());
  require(!validated->allowed_rate_per_minute || *validated->allowed_rate_per_minute >= 1);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto answer = read_answer({reinterpret_cast<const char*>(data), size});
  const delivery::HandshakeRequest request{.validation_code = "512d38b6"};
  check_event_grid(request, answer);
  check_cloud_events(request, answer);
  return 0;
}
