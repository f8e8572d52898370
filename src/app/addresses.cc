#include "app/addresses.h"

#include <asio/ip/address.hpp>

#include "base/bytes.h"

namespace fanfare::app {

namespace {

/// An address literal as it stands in a URL; a wildcard address is reached by loopback.
std::string url_host(const std::string& address) {
  if (address == "0.0.0.0") return "127.0.0.1";
  if (address == "::") return "[::1]";
  return address.find(':') == std::string::npos ? address : "[" + address + "]";
}

/// `localhost` where that reaches the listener.
std::string named_host(const std::string& address) {
  const bool local =
      address == "127.0.0.1" || address == "::1" || address == "0.0.0.0" || address == "::";
  return local ? "localhost" : url_host(address);
}

bool is_literal(const std::string& host) {
  std::error_code error;
  asio::ip::make_address(host, error);
  return !error;
}

}  // namespace

std::string Addresses::topic_endpoint(const std::string& topic) const {
  return (http.empty() ? https : http) + "/topics/" + topic + "/api/events";
}

std::string Addresses::resource_endpoint(const std::string& resource) const {
  for (const auto& [port, name] : resource_of_port) {
    if (!base::ascii_iequals(name, resource)) continue;
    return "https://localhost:" + std::to_string(port) + "/";
  }
  if (base::ascii_iequals(resource, default_resource)) return named_base + "/";
  const auto host = named_base.find("://") + 3;
  return named_base.substr(0, host) + base::ascii_lower(resource) + "." + named_base.substr(host) +
         "/";
}

Addresses make_addresses(const Config& config, std::uint16_t port) {
  Addresses made;
  const auto authority = url_host(config.listen.front().address) + ":" + std::to_string(port);
  if (config.plain_http) made.http = "http://" + authority;
  made.https = "https://" + authority;
  made.public_base = config.public_url.value_or(made.http.empty() ? made.https : made.http);
  while (made.public_base.ends_with('/')) made.public_base.pop_back();
  made.named_base = config.public_url ? made.public_base
                                      : "https://" + named_host(config.listen.front().address) +
                                            ":" + std::to_string(port);
  if (!config.communication.empty()) made.default_resource = config.communication.front().name;
  if (config.default_communication) made.default_resource = kDefaultResource;
  return made;
}

std::shared_ptr<const grid::TopicEntry> topic_of_request(const Addresses& addresses,
                                                         const grid::Catalog& catalog,
                                                         const http::Request& request) {
  const auto by_port = addresses.topic_of_port.find(request.local_port);
  if (by_port != addresses.topic_of_port.end()) return catalog.topic_by_name(by_port->second);
  return catalog.topic_by_name(std::string_view(request.host).substr(0, request.host.find('.')));
}

communication::ResourcePtr resource_of_request(const Addresses& addresses,
                                               const communication::ResourceSet& resources,
                                               const http::Request& request) {
  const auto by_port = addresses.resource_of_port.find(request.local_port);
  if (by_port != addresses.resource_of_port.end()) return resources.by_name(by_port->second);
  if (!is_literal(request.host)) {
    const auto label = std::string_view(request.host).substr(0, request.host.find('.'));
    if (auto named = resources.by_name(label)) return named;
  }
  if (auto standard = resources.by_name(addresses.default_resource)) return standard;
  return resources.all().empty() ? nullptr : resources.all().front();
}

}  // namespace fanfare::app
