#include "delivery/headers.h"

#include <algorithm>
#include <array>

#include "base/bytes.h"

namespace fanfare::delivery {

namespace {

constexpr std::array<std::string_view, 17> kReserved = {"host",
                                                        "content-length",
                                                        "content-type",
                                                        "content-encoding",
                                                        "transfer-encoding",
                                                        "connection",
                                                        "keep-alive",
                                                        "proxy-connection",
                                                        "te",
                                                        "trailer",
                                                        "upgrade",
                                                        "http2-settings",
                                                        "expect",
                                                        "origin",
                                                        "webhook-request-origin",
                                                        "content-range",
                                                        "proxy-authorization"};

char upper(char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c; }

}  // namespace

bool may_set(std::string_view header_name) {
  if (header_name.size() >= 4 && base::ascii_iequals(header_name.substr(0, 4), "aeg-"))
    return false;
  return std::none_of(kReserved.begin(), kReserved.end(), [&](std::string_view reserved) {
    return base::ascii_iequals(reserved, header_name);
  });
}

void add_subscription_name(http::Headers& headers, std::string_view name, NameCase name_case) {
  if (name_case == NameCase::AsGiven) {
    headers.add(kSubscriptionName, name);
    return;
  }
  std::string shown(name);
  std::transform(shown.begin(), shown.end(), shown.begin(), upper);
  headers.add(kSubscriptionName, shown);
}

void add_attribute(http::Headers& headers, std::string_view name, std::string_view value) {
  if (value.size() > kAttributeValueBytesMax || !may_set(name)) return;
  if (!http::is_header_name(name) || !http::is_header_value(value)) return;
  headers.set(name, value);
}

void add_static_attributes(http::Headers& headers, const grid::WebHookDestination& destination) {
  for (const auto& attribute : destination.attributes) {
    if (attribute.kind != grid::DeliveryAttribute::Kind::Static) continue;
    add_attribute(headers, attribute.name, attribute.value);
  }
}

}  // namespace fanfare::delivery
