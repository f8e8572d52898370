#include "app/access.h"

#include <algorithm>
#include <asio/ip/address.hpp>

#include "base/bytes.h"
#include "http/url.h"
#include "json/value.h"
#include "tls/hash.h"

namespace fanfare::app {

namespace {

bool is_literal(std::string_view host) {
  std::error_code error;
  asio::ip::make_address(std::string(host), error);
  return !error;
}

bool is_loopback_name(std::string_view host) {
  return host == "localhost" || host.ends_with(".localhost");
}

bool is_publish_path(std::string_view path) { return path == "/api/events" || path == "/"; }

bool has_json_body(const http::Request& request) {
  if (request.body.empty()) return true;
  const auto type = base::ascii_lower(request.headers.get("content-type"));
  return type.starts_with("application/json") || type.starts_with("application/merge-patch+json");
}

}  // namespace

bool is_communication_path(std::string_view path) {
  path.remove_prefix(path.starts_with('/') ? 1 : 0);
  const auto first = path.substr(0, path.find('/'));
  constexpr std::string_view kFirst[] = {
      "identities",
      "teamsUser",
      "access",
      "sms",
      "deliveryReports",
      "phoneNumbers",
      "availablePhoneNumbers",
      "operatorInformation",
      "chat",
      "v4",
      "socket.io",
  };
  return std::ranges::any_of(kFirst,
                             [first](auto known) { return base::ascii_iequals(first, known); });
}

http::Response error_response(int status, std::string_view code, std::string_view message,
                              std::string_view target) {
  auto error = json::Value::object({{"code", code}, {"message", message}});
  if (!target.empty()) error.set("target", target);
  return http::Response::json(status, json::write(json::Value::object({{"error", error}})));
}

http::Response refused_request(int status, std::string_view reason, std::size_t body_bytes_max) {
  std::string code(http::reason_phrase(status));
  std::erase(code, ' ');
  std::string message(reason);
  if (status == 413) {
    code = "RequestEntityTooLarge";
    message = "The request's body is larger than the allowed " + std::to_string(body_bytes_max) +
              " bytes.";
  }
  // Most of these are publishers; their errors carry one detail that repeats the message.
  auto detail = json::Value::object({{"code", code}, {"message", message}});
  auto error = json::Value::object(
      {{"code", code}, {"message", message}, {"details", json::Value::array({std::move(detail)})}});
  return http::Response::json(status,
                              json::write(json::Value::object({{"error", std::move(error)}})));
}

Access::Access(const Config& config, IsHost is_topic_host, IsHost is_resource_host)
    : management_key_(config.management_key),
      is_topic_host_(std::move(is_topic_host)),
      is_resource_host_(std::move(is_resource_host)) {
  for (const auto& host : config.hosts) hosts_.push_back(base::ascii_lower(host));
  if (config.public_url) {
    if (const auto url = http::parse_url(*config.public_url)) hosts_.push_back(url->host);
  }
}

bool Access::known_host(std::string_view host) const {
  if (host.empty() || is_literal(host) || is_loopback_name(host)) return true;
  for (const auto& known : hosts_) {
    if (host == known || (known.starts_with("*.") && host.ends_with(known.substr(1)))) return true;
  }
  return false;
}

std::optional<http::Response> Access::check_host(const http::Request& request) const {
  if (known_host(request.host)) return std::nullopt;
  if (is_publish_path(request.path()) && is_topic_host_(request.host)) return std::nullopt;
  if (is_communication_path(request.path()) && is_resource_host_(request.host)) {
    return std::nullopt;
  }
  return error_response(421, "MisdirectedRequest",
                        "This server does not answer for the host '" + request.host +
                            "'. Add it to 'hosts' in the configuration.",
                        "Host");
}

std::optional<http::Response> Access::check_management(const http::Request& request) const {
  if (const auto origin = request.headers.find("origin")) {
    const auto url = http::parse_url(*origin);
    if (!url || url->host != request.host) {
      return error_response(403, "Forbidden", "Requests from pages of other origins are refused.",
                            "Origin");
    }
  }
  if (!has_json_body(request)) {
    return error_response(415, "UnsupportedMediaType", "The body must be sent as application/json.",
                          "Content-Type");
  }
  if (!management_key_) return std::nullopt;
  const auto sent = request.headers.get("authorization");
  constexpr std::string_view kBearer = "Bearer ";
  if (sent.size() > kBearer.size() &&
      base::ascii_iequals(sent.substr(0, kBearer.size()), kBearer) &&
      tls::equal_constant_time(sent.substr(kBearer.size()), *management_key_)) {
    return std::nullopt;
  }
  auto refused = error_response(401, "Unauthorized",
                                "Send the management key as 'Authorization: Bearer <key>'.");
  refused.headers.set("WWW-Authenticate", "Bearer");
  return refused;
}

}  // namespace fanfare::app
