#include "app/addresses.h"

namespace fanfare::app {

namespace {

/// An address literal as it stands in a URL; a wildcard address is reached by loopback.
std::string url_host(const std::string& address) {
  if (address == "0.0.0.0") return "127.0.0.1";
  if (address == "::") return "[::1]";
  return address.find(':') == std::string::npos ? address : "[" + address + "]";
}

}  // namespace

std::string Addresses::topic_endpoint(const std::string& topic) const {
  return (http.empty() ? https : http) + "/topics/" + topic + "/api/events";
}

Addresses make_addresses(const Config& config, std::uint16_t port) {
  Addresses made;
  const auto authority = url_host(config.listen.front().address) + ":" + std::to_string(port);
  if (config.plain_http) made.http = "http://" + authority;
  made.https = "https://" + authority;
  made.public_base = config.public_url.value_or(made.http.empty() ? made.https : made.http);
  while (made.public_base.ends_with('/')) made.public_base.pop_back();
  return made;
}

std::shared_ptr<const grid::TopicEntry> topic_of_request(const Addresses& addresses,
                                                         const grid::Catalog& catalog,
                                                         const http::Request& request) {
  const auto by_port = addresses.topic_of_port.find(request.local_port);
  if (by_port != addresses.topic_of_port.end()) return catalog.topic_by_name(by_port->second);
  return catalog.topic_by_name(std::string_view(request.host).substr(0, request.host.find('.')));
}

}  // namespace fanfare::app
