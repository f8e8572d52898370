/// URLs and queries: no crash, and what is accepted reads back as itself.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "http/address_filter.h"
#include "http/url.h"

namespace {

using namespace fanfare::http;

void require(bool condition) {
  if (!condition) std::abort();
}

void check_accepted(const Url& url) {
  require(!url.host.empty() && url.port != 0 && url.target.starts_with('/'));
  for (const char c : url.host + url.target) {
    const auto byte = static_cast<unsigned char>(c);
    require(byte > 0x20 && byte < 0x7f && c != '\\' && c != '#');
  }
  require(url.host.find_first_of("@%/?") == std::string::npos);
  const std::string text = url.origin() + url.target;
  if (text.size() > 2048) return;  // a name grew by its conversion
  const auto again = parse_url(text);
  require(again.has_value());
  require(again->host == url.host && again->port == url.port && again->target == url.target);
  const AddressFilter filter;
  static_cast<void>(filter.check_url(url).has_value());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto url = parse_url(text);
  if (url) check_accepted(*url);
  require(percent_decode(percent_encode(text)) == text);
  static_cast<void>(query_parameters(text));
  static_cast<void>(parse_address_range(text).has_value());
  return 0;
}
