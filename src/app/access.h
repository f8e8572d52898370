#pragma once
/// Who may reach what before any key is looked at: Host names against DNS rebinding, origins
/// against web pages that post to a developer's machine, and the key of the management surface.
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "app/config.h"
#include "http/message.h"

namespace fanfare::app {

class Access {
 public:
  using IsHost = std::function<bool(std::string_view host)>;
  /// `is_topic_host` tells whether the first label of a Host name names a topic, and
  /// `is_resource_host` whether it names a communication resource.
  Access(const Config& config, IsHost is_topic_host, IsHost is_resource_host);

  /// 421 for a Host name that is none of ours. Under any domain a topic's Host name is answered on
  /// the publish path alone, and a communication resource's on the paths of its services alone,
  /// where a key or a token is needed anyway.
  std::optional<http::Response> check_host(const http::Request& request) const;

  /// For management and operations: 403 for a foreign Origin, 401 without the management key where
  /// one is configured, 415 for a body that is no JSON (a web page can send others without asking).
  std::optional<http::Response> check_management(const http::Request& request) const;

 private:
  bool known_host(std::string_view host) const;

  std::vector<std::string> hosts_;
  std::optional<std::string> management_key_;
  IsHost is_topic_host_;
  IsHost is_resource_host_;
};

/// Whether a path belongs to the communication services.
bool is_communication_path(std::string_view path);

/// `{"error":{"code","message"}}`, the shape of every error body.
http::Response error_response(int status, std::string_view code, std::string_view message,
                              std::string_view target = {});

/// The answer to a request that never reached a handler, in the shape of every error body.
http::Response refused_request(int status, std::string_view reason, std::size_t body_bytes_max);

}  // namespace fanfare::app
