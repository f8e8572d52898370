/// The request head: no crash, the same verdict whole and byte by byte, and nothing accepted that
/// later code may not rely on.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "http/request_parser.h"
#include "http/target_check.h"

namespace {

using namespace fanfare::http;

constexpr HeadLimits kLimits{16 * 1024, 32 * 1024, 128};

void require(bool condition) {
  if (!condition) std::abort();
}

ParseState feed_slowly(RequestParser& parser, std::string_view bytes) {
  for (std::size_t size = 1; size < bytes.size(); ++size) {
    const ParseState state = parser.feed(bytes.substr(0, size));
    if (state != ParseState::NeedMore) return state;
  }
  return parser.feed(bytes);
}

void check_accepted(RequestParser& parser, std::size_t received) {
  require(parser.head_bytes() <= received);
  const Framing framing = parser.framing();
  const Request request = parser.take_request();
  require(framing.http10 || !request.host.empty());
  require(request.target == "*" || request.path().starts_with('/'));
  require(request.target == "*" || !request.path().starts_with("//"));
  require(request.target == "*" || is_routable_path(request.path()));
  require(request.headers.count("host") <= 1);
  require(request.headers.count("content-length") + request.headers.count("transfer-encoding") <=
          1);
  for (const Headers::Field field : request.headers) {
    require(is_header_name(field.name) && is_header_value(field.value));
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  RequestParser whole(kLimits);
  const ParseState state = whole.feed(bytes);
  RequestParser piecewise(kLimits);
  if (size > 0 && size < 2048) require(feed_slowly(piecewise, bytes) == state);
  if (state == ParseState::Refused) require(whole.refusal().status >= 400);
  if (state == ParseState::Complete) check_accepted(whole, size);
  return 0;
}
