#include "cli/communication_client.h"

#include <CLI/CLI.hpp>
#include <algorithm>

#include "auth/hmac_request.h"
#include "base/bytes.h"
#include "base/clock.h"
#include "cli/resources.h"

namespace fanfare::cli {
namespace {

constexpr std::string_view kIdentityVersion = "2023-10-01";
constexpr std::string_view kArmVersion = "2023-04-01";

bool is_this_machine(std::string_view host) {
  return host == "127.0.0.1" || host == "::1" || host == "localhost" ||
         host.ends_with(".localhost");
}

/// The part behind the last slash of an ARM id; a name stays itself.
std::string name_of(const std::string& resource) {
  return resource.substr(resource.rfind('/') + 1);
}

Got<json::Value> as_json(const Got<ApiAnswer>& answer) {
  if (!answer) return std::unexpected(answer.error());
  if (answer->body.empty()) return json::Value::object();
  auto value = json::parse(answer->body);
  if (value) return std::move(*value);
  return fail(Exit::Failed, "the answer is no JSON; is this a Fanfare server?");
}

void put_body(ApiRequest& request, const std::optional<json::Value>& body) {
  if (!body) return;
  request.headers.set("Content-Type", "application/json");
  request.body = json::write(*body);
}

/// The headers of a signature over what will be sent.
Got<void> sign(ApiRequest& request, const http::Url& server, const std::string& key) {
  http::Request signed_request;
  signed_request.method = request.method;
  signed_request.target = request.target;
  signed_request.headers.set("Host", server.host_header());
  signed_request.body = http::Body(request.body);
  const auto done = auth::sign_request(signed_request, key, base::SystemClock().wall());
  if (!done) return fail(Exit::Failed, "the request cannot be signed: " + done.error().message);
  for (const auto field : signed_request.headers) {
    if (!base::ascii_iequals(field.name, "Host")) request.headers.set(field.name, field.value);
  }
  return {};
}

}  // namespace

void add_resource_options(CLI::App& command, ResourceOptions& options) {
  command
      .add_option("--resource", options.resource, "Name or ARM id of the communication resource.")
      ->type_name("RESOURCE")
      ->capture_default_str();
  add_scope_options(command, options.scope);
  add_connection_options(command, options.connection);
}

std::string resource_address(const http::Url& server, const std::string& resource,
                             const std::string& connection_string) {
  if (is_this_machine(server.host)) {
    auto url = server;
    url.host = base::ascii_lower(resource) + ".localhost";
    return url.origin();
  }
  constexpr std::string_view kEndpoint = "endpoint=";
  const auto begin = connection_string.starts_with(kEndpoint) ? kEndpoint.size() : 0;
  return connection_string.substr(begin, connection_string.find(';') - begin);
}

Got<CommunicationClient> CommunicationClient::make(const ResourceOptions& options) {
  auto management = ApiClient::make(options.connection);
  if (!management) return std::unexpected(management.error());
  const auto path = communication_path(options.scope, options.resource);
  const auto keys =
      (*management)
          ->post(path + "/listKeys?api-version=" + std::string(kArmVersion), json::Value::object());
  if (!keys) return std::unexpected(keys.error());
  auto connection = options.connection;
  connection.server = resource_address((*management)->server(), name_of(options.resource),
                                       text_at(*keys, "primaryConnectionString"));
  auto api = ApiClient::make(connection);
  if (!api) return std::unexpected(api.error());
  return CommunicationClient(std::move(*api), text_at(*keys, "primaryKey"));
}

Got<ApiAnswer> CommunicationClient::send(http::Method method, const std::string& target,
                                         const std::optional<json::Value>& body) {
  ApiRequest request{.method = method, .target = target};
  put_body(request, body);
  if (auto done = sign(request, api_->server(), key_); !done) return std::unexpected(done.error());
  return api_->send(std::move(request));
}

Got<json::Value> CommunicationClient::call(http::Method method, const std::string& target,
                                           const std::optional<json::Value>& body) {
  return as_json(send(method, target, body));
}

Got<std::string> CommunicationClient::chat_token(const std::string& user) {
  const auto body =
      json::Value::object({{"scopes", json::Value::array({"chat"})}, {"expiresInMinutes", 60}});
  const auto issued = call(http::Method::Post,
                           "/identities/" + http::percent_encode(user) +
                               "/:issueAccessToken?api-version=" + std::string(kIdentityVersion),
                           body);
  if (!issued) return std::unexpected(issued.error());
  return text_at(*issued, "token");
}

Got<json::Value> CommunicationClient::call_as(const std::string& token, http::Method method,
                                              const std::string& target,
                                              const std::optional<json::Value>& body) {
  ApiRequest request{.method = method, .target = target};
  put_body(request, body);
  request.headers.set("Authorization", "Bearer " + token);
  return as_json(api_->send(std::move(request)));
}

Got<json::Array> CommunicationClient::list_as(const std::string& token, const std::string& target,
                                              std::string_view member, std::size_t limit) {
  json::Array out;
  for (auto next = target; !next.empty();) {
    auto page = call_as(token, http::Method::Get, next);
    if (!page) return std::unexpected(page.error());
    if (auto* items = page->find(member); items != nullptr && items->if_array() != nullptr) {
      for (auto& item : *items->if_array()) {
        if (out.size() == limit) return out;
        out.push_back(std::move(item));
      }
    }
    const auto link = text_at(*page, "nextLink");
    const auto url = http::parse_url(link);
    next = url ? url->target : link;
  }
  return out;
}

}  // namespace fanfare::cli
