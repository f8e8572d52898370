#include "support/http_exchange.h"

namespace fanfare::support {

namespace {

base::Async<void> send_into(http::Client& client, http::ClientRequest request,
                            http::ClientResponse& response) {
  base::Async<http::ClientResponse> sending = client.send(std::move(request));
  response = co_await std::move(sending);
}

}  // namespace

BlockingClient::BlockingClient(http::ClientOptions options)
    : client_(std::make_unique<http::Client>(threads_.executor(0), std::move(options))) {}

BlockingClient::~BlockingClient() {
  close();
  base::run_on(executor(), [this] { client_.reset(); });
}

http::ClientResponse BlockingClient::send(http::ClientRequest request) {
  http::ClientResponse response;
  base::block_on(executor(), [&] { return send_into(*client_, std::move(request), response); });
  return response;
}

void BlockingClient::close() {
  base::block_on(executor(), [this] { return client_->close(); });
}

http::ClientOptions quick_client_options() {
  http::ClientOptions options;
  options.sweep = base::milliseconds(20);
  return options;
}

http::ServerOptions quick_server_options() {
  http::ServerOptions options;
  options.timeouts.sweep = base::milliseconds(20);
  return options;
}

http::ClientRequest get(std::uint16_t port, const std::string& path) {
  http::ClientRequest request;
  request.url.scheme = http::Scheme::Http;
  request.url.host = "127.0.0.1";
  request.url.port = port;
  request.url.target = path;
  return request;
}

}  // namespace fanfare::support
