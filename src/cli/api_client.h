#pragma once
/// Speaks to a server's HTTP APIs, one request at a time, and waits for the answer.
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "base/async.h"
#include "base/task_group.h"
#include "cli/failure.h"
#include "cli/options.h"
#include "http/client.h"
#include "http/message.h"
#include "http/url.h"
#include "json/value.h"

namespace fanfare::cli {

class Interruption;

struct ApiRequest {
  http::Method method = http::Method::Get;
  std::string target;  ///< path and query
  http::Headers headers;
  std::string body;
  base::Duration limit = base::seconds(60);  ///< zero: none
};

struct ApiAnswer {
  int status = 0;
  http::Headers headers;
  std::string body;
};

class ApiClient {
 public:
  /// Reads the address and the CA; connects only when something is sent.
  static Got<std::unique_ptr<ApiClient>> make(const Connection& connection);
  ~ApiClient();

  /// Any 2xx; everything else is a Failure that says what the server said.
  Got<ApiAnswer> send(ApiRequest request);

  Got<json::Value> get(std::string target);
  Got<json::Value> post(std::string target, const json::Value& body);

  /// Hands on the body as it comes, until the server ends it, `on_piece` returns false, or `until`
  /// ends the wait. `on_piece` is called on another thread.
  Got<void> watch(std::string target, std::function<bool(std::string_view)> on_piece,
                  Interruption& until, base::Duration limit);

  const http::Url& server() const { return server_; }

 private:
  ApiClient(http::Url server, std::string key, std::shared_ptr<tls::ClientContext> tls);
  http::ClientRequest client_request(ApiRequest request) const;

  http::Url server_;
  std::string key_;
  base::IoThreads threads_{1};
  std::unique_ptr<http::Client> client_;
};

/// What to print for an answer outside of 2xx: from `{"error":{"code","message","target"}}` where
/// the body has that form.
Failure refusal(int status, std::string_view body);

/// What to print when no answer came.
Failure transport_failure(const http::Url& server, const http::ClientResponse& response);

/// `?a=b&c=d` of the pairs that have a value, escaped; empty when none has.
std::string query_of(const std::vector<std::pair<std::string, std::string>>& parameters);

}  // namespace fanfare::cli
