#pragma once
/// The URLs that the server hands out, and which topic a request means.
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "app/config.h"
#include "grid/registry.h"
#include "http/message.h"

namespace fanfare::app {

/// Where the server listens, once it does. Immutable after start.
struct Addresses {
  std::string http;   ///< `http://127.0.0.1:4880`; empty when plain HTTP is off
  std::string https;  ///< `https://localhost:4880`
  std::map<std::uint16_t, std::string> topic_of_port;

  /// Base of URLs that others call back: public_url, else https.
  std::string public_base;

  std::string topic_endpoint(const std::string& topic) const;
};

Addresses make_addresses(const Config& config, std::uint16_t port);

/// The topic of a request to /api/events: by the port it arrived at, else by the Host name's first
/// label. Null when neither names one.
std::shared_ptr<const grid::TopicEntry> topic_of_request(const Addresses& addresses,
                                                         const grid::Catalog& catalog,
                                                         const http::Request& request);

}  // namespace fanfare::app
