#pragma once
/// The URLs that the server hands out, and which topic or communication resource a request means.
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "app/config.h"
#include "communication/resources.h"
#include "grid/registry.h"
#include "http/message.h"

namespace fanfare::app {

/// The communication resource that a fresh server has.
inline constexpr std::string_view kDefaultResource = "fanfare";

/// Where the server listens, once it does. Immutable after start.
struct Addresses {
  std::string http;   ///< `http://127.0.0.1:4880`; empty when plain HTTP is off
  std::string https;  ///< `https://localhost:4880`
  std::map<std::uint16_t, std::string> topic_of_port;
  std::map<std::uint16_t, std::string> resource_of_port;
  std::string default_resource;  ///< that a request means which names none; may be empty

  /// Base of URLs that others call back: public_url, else https.
  std::string public_base;

  /// Where names below it are answered: `https://localhost:4880`, or public_url.
  std::string named_base;

  std::string topic_endpoint(const std::string& topic) const;
  /// Of a communication resource: HTTPS, since some of its clients refuse anything else, and
  /// without a path, since all of them do. With a slash at the end, as clients are given it.
  std::string resource_endpoint(const std::string& resource) const;
};

Addresses make_addresses(const Config& config, std::uint16_t port);

/// The topic of a request to /api/events: by the port it arrived at, else by the Host name's first
/// label. Null when neither names one.
std::shared_ptr<const grid::TopicEntry> topic_of_request(const Addresses& addresses,
                                                         const grid::Catalog& catalog,
                                                         const http::Request& request);

/// The communication resource of a request: by the port it arrived at, by the Host name's first
/// label, else the default one, else the one that was there first. Null when there is none at all.
communication::ResourcePtr resource_of_request(const Addresses& addresses,
                                               const communication::ResourceSet& resources,
                                               const http::Request& request);

}  // namespace fanfare::app
