#include <algorithm>

#include "base/bytes.h"
#include "http/websocket.h"
#include "tls/hash.h"

namespace fanfare::http {

namespace {

/// RFC 6455, section 1.3.
constexpr std::string_view kAcceptSuffix = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
constexpr std::size_t kKeyBytes = 16;
constexpr std::string_view kVersion = "13";

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

bool lists(std::string_view value, std::string_view option) {
  while (!value.empty()) {
    const std::size_t comma = std::min(value.find(','), value.size());
    if (base::ascii_iequals(trimmed(value.substr(0, comma)), option)) return true;
    value.remove_prefix(std::min(comma + 1, value.size()));
  }
  return false;
}

/// Whether any field of that name lists `option`.
bool has_option(const Headers& headers, std::string_view name, std::string_view option) {
  for (const Headers::Field field : headers) {
    if (base::ascii_iequals(field.name, name) && lists(field.value, option)) return true;
  }
  return false;
}

std::string accept_of(std::string_view key) {
  return base::base64_encode(tls::sha1(std::string(key).append(kAcceptSuffix)).bytes());
}

Response upgrade_required() {
  Response response = Response::text(426, "this is a WebSocket of version 13\n");
  response.headers.add("Upgrade", "websocket");
  response.headers.add("Sec-WebSocket-Version", kVersion);
  return response;
}

}  // namespace

bool is_websocket_request(const Request& request) {
  return request.method == Method::Get && has_option(request.headers, "upgrade", "websocket") &&
         has_option(request.headers, "connection", "upgrade");
}

Response accept_websocket(const Request& request, WebSocketHandler handler,
                          WebSocketLimits limits) {
  if (!is_websocket_request(request)) return upgrade_required();
  if (request.headers.count("sec-websocket-version") != 1 ||
      request.headers.get("sec-websocket-version") != kVersion) {
    return upgrade_required();
  }
  const std::string_view key = request.headers.get("sec-websocket-key");
  const auto decoded = base::base64_decode(key);
  const bool one_key = request.headers.count("sec-websocket-key") == 1;
  if (!one_key || !decoded || decoded->size() != kKeyBytes) {
    return Response::text(400, "Sec-WebSocket-Key is not 16 bytes in base64\n");
  }
  if (!request.body.empty()) return Response::text(400, "a WebSocket request has no body\n");
  Response response = Response::empty(101);
  response.headers.add("Upgrade", "websocket");
  response.headers.add("Sec-WebSocket-Accept", accept_of(key));
  response.upgrade =
      std::make_shared<const WebSocketUpgrade>(WebSocketUpgrade{std::move(handler), limits});
  return response;
}

}  // namespace fanfare::http
