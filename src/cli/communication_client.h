#pragma once
/// Speaks to a communication resource as its clients do: signed with its key, which the management
/// API gives, or with the token of one of its users.
#include <memory>
#include <optional>
#include <string>

#include "cli/api_client.h"
#include "cli/options.h"
#include "json/value.h"

namespace fanfare::cli {

struct ResourceOptions {
  Connection connection;
  ResourceScope scope;
  std::string resource = "fanfare";
  Output output = Output::Table;
};
void add_resource_options(CLI::App& command, ResourceOptions& options);

class CommunicationClient {
 public:
  /// Asks for the resource's keys.
  static Got<CommunicationClient> make(const ResourceOptions& options);

  /// As the holder of the key.
  Got<ApiAnswer> send(http::Method method, const std::string& target,
                      const std::optional<json::Value>& body = std::nullopt);
  Got<json::Value> call(http::Method method, const std::string& target,
                        const std::optional<json::Value>& body = std::nullopt);

  /// A token of an hour for the user, for chat.
  Got<std::string> chat_token(const std::string& user);
  Got<json::Value> call_as(const std::string& token, http::Method method, const std::string& target,
                           const std::optional<json::Value>& body = std::nullopt);

  /// Every item of a list under `member`, page by page, at most `limit`.
  Got<json::Array> list_as(const std::string& token, const std::string& target,
                           std::string_view member, std::size_t limit);

  /// Without a signature: the operations API at this resource's address.
  ApiClient& operations() { return *api_; }

 private:
  CommunicationClient(std::unique_ptr<ApiClient> api, std::string key)
      : api_(std::move(api)), key_(std::move(key)) {}

  std::unique_ptr<ApiClient> api_;
  std::string key_;
};

/// Where the resource is reached from here: by its Host name on this machine, else at the endpoint
/// that its connection string names. `server` is an address that the user gave.
std::string resource_address(const http::Url& server, const std::string& resource,
                             const std::string& connection_string);

}  // namespace fanfare::cli
