#pragma once
/// A server and a client of ours for tests that are not coroutines.
#include <memory>
#include <string>

#include "base/async.h"
#include "http/client.h"
#include "http/server.h"

namespace fanfare::support {

/// A client on a thread of its own whose calls block.
class BlockingClient {
 public:
  explicit BlockingClient(http::ClientOptions options);
  ~BlockingClient();

  http::ClientResponse send(http::ClientRequest request);
  void close();
  base::Executor executor() { return threads_.executor(0); }
  http::Client& client() { return *client_; }

 private:
  base::IoThreads threads_{1};
  std::unique_ptr<http::Client> client_;
};

/// Options whose limits pass within a test's patience.
http::ClientOptions quick_client_options();
http::ServerOptions quick_server_options();

/// A GET of `path` at a port on loopback.
http::ClientRequest get(std::uint16_t port, const std::string& path);

}  // namespace fanfare::support
