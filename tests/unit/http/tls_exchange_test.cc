/// Our client and our server over TLS: the first byte, host names, trust, reload.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>

#include "base/clock.h"
#include "http/client.h"
#include "http/server.h"
#include "support/http_exchange.h"
#include "support/http_socket.h"
#include "tls/dev_certificates.h"

namespace fanfare::http {
namespace {

using support::BlockingClient;
using support::RawSocket;
using support::ScriptedReceiver;
using testing::HasSubstr;
using testing::StartsWith;

base::Async<Response> say_how(Request request) {
  co_return Response::text(200,
                           (request.tls ? "tls " : "plain ") + std::string(request.body.view()));
}

class TlsExchange : public testing::Test {
 protected:
  TlsExchange() {
    issue({});
    context_ = *tls::ServerContext::load({files_.certificate, files_.key});
  }
  ~TlsExchange() override { std::filesystem::remove_all(folder_); }

  void issue(const std::vector<std::string>& hosts) {
    files_ = *tls::ensure_dev_certificates(folder_, hosts, base::SystemClock().wall());
  }

  void start(PlainHttp plain = PlainHttp::Answer) {
    ServerOptions options = support::quick_server_options();
    options.tls = context_;
    options.plain_http = plain;
    options.timeouts.tls_handshake = base::milliseconds(100);
    server_ = std::make_unique<Server>(threads_, say_how, options);
    port_ = *server_->listen("127.0.0.1", 0);
  }

  std::shared_ptr<tls::ClientContext> trust(tls::ClientContextOptions options) {
    return *tls::ClientContext::create(std::move(options));
  }

  ClientRequest https(const std::string& host, std::shared_ptr<tls::ClientContext> trust) {
    ClientRequest request = support::get(port_, "/");
    request.method = Method::Post;
    request.url.scheme = Scheme::Https;
    request.url.host = host;
    request.tls = std::move(trust);
    return request;
  }

  std::shared_ptr<tls::ClientContext> our_ca() { return trust({.ca_file = files_.ca}); }

  std::filesystem::path folder_ =
      std::filesystem::temp_directory_path() / ("fanfare-tls-" + std::to_string(::getpid()));
  tls::DevCertificates files_;
  std::shared_ptr<tls::ServerContext> context_;
  base::IoThreads threads_{2};
  std::unique_ptr<Server> server_;
  std::uint16_t port_ = 0;
  BlockingClient client_{support::quick_client_options()};
};

TEST_F(TlsExchange, shares_its_port_with_plain_http) {
  start();
  EXPECT_EQ(client_.send(https("127.0.0.1", our_ca())).body, "tls ");
  EXPECT_EQ(client_.send(support::get(port_, "/")).body, "plain ");
}

TEST_F(TlsExchange, refuses_plain_http_where_told_to) {
  start(PlainHttp::Refuse);
  EXPECT_EQ(client_.send(https("127.0.0.1", our_ca())).status, 200);
  EXPECT_EQ(client_.send(support::get(port_, "/")).status, 403);
}

TEST_F(TlsExchange, carries_large_bodies_both_ways) {
  start();
  ClientRequest request = https("localhost", our_ca());
  request.body = std::string(1'000'000, 'x');
  request.response_body_bytes_max = 2'000'000;
  const ClientResponse response = client_.send(std::move(request));
  EXPECT_TRUE(response.ok()) << response.failure_text;
  EXPECT_EQ(response.body.size(), 1'000'004u);
}

TEST_F(TlsExchange, keeps_connections) {
  start();
  const auto context = our_ca();
  for (int i = 0; i < 4; ++i) EXPECT_TRUE(client_.send(https("localhost", context)).ok());
  EXPECT_EQ(server_->counts().connections_accepted, 1u);
}

TEST_F(TlsExchange, is_refused_by_a_client_that_does_not_trust_the_ca) {
  start();
  const ClientResponse response = client_.send(https("127.0.0.1", trust({})));
  EXPECT_EQ(response.failure, Failure::Tls);
  EXPECT_THAT(response.failure_text, HasSubstr("certificate refused"));
}

TEST_F(TlsExchange, is_refused_under_a_name_that_the_certificate_lacks) {
  issue({});
  ClientOptions options = support::quick_client_options();
  class Loopback final : public Resolver {
    base::Async<base::Result<std::vector<asio::ip::address>>> resolve(std::string,
                                                                      base::Duration) override {
      co_return std::vector<asio::ip::address>{asio::ip::address_v4::loopback()};
    }
  };
  options.resolver = std::make_shared<Loopback>();
  BlockingClient client(options);
  start();
  const ClientResponse response = client.send(https("other.example", our_ca()));
  EXPECT_EQ(response.failure, Failure::Tls);
  EXPECT_THAT(response.failure_text, HasSubstr("ostname mismatch"));
  EXPECT_TRUE(
      client
          .send(https("other.example",
                      trust({.verification = tls::PeerVerification::DangerouslyTrustAnyone})))
          .ok());
}

TEST_F(TlsExchange, reloads_its_certificate_without_dropping_connections) {
  start();
  const auto context = our_ca();
  EXPECT_TRUE(client_.send(https("127.0.0.1", context)).ok());
  EXPECT_EQ(client_.send(https("127.0.0.2", context)).failure, Failure::Connect);  // not listening
  issue({"127.0.0.9", "new.example"});
  ASSERT_TRUE(context_->reload());
  EXPECT_TRUE(client_.send(https("127.0.0.1", context)).ok());
  EXPECT_EQ(server_->counts().connections_accepted, 1u);
  EXPECT_TRUE(client_.send(https("localhost", context)).ok());  // a new connection, the new leaf
  EXPECT_EQ(server_->counts().connections_accepted, 2u);
}

TEST_F(TlsExchange, keeps_the_old_certificate_when_the_new_one_is_unusable) {
  start();
  std::filesystem::resize_file(files_.certificate, 10);
  EXPECT_FALSE(context_->reload());
  EXPECT_TRUE(client_.send(https("127.0.0.1", our_ca())).ok());
}

TEST_F(TlsExchange, ends_a_handshake_that_does_not_come) {
  start();
  auto socket = RawSocket::connect(port_);
  socket.send("\x16\x03\x01");
  EXPECT_EQ(socket.read_to_end(), "");
}

TEST_F(TlsExchange, survives_a_handshake_of_noise) {
  start();
  auto socket = RawSocket::connect(port_);
  socket.send("\x16\x03\x01 this is no client hello at all");
  EXPECT_TRUE(socket.read_to_end().has_value());
  EXPECT_TRUE(client_.send(https("127.0.0.1", our_ca())).ok());
}

TEST_F(TlsExchange, outlives_clients_that_leave_in_the_middle_of_an_answer) {
  start();
  for (int i = 0; i < 20; ++i) {
    ClientRequest request = https("127.0.0.1", our_ca());
    request.body = std::string(1'500'000, 'x');
    request.response_body_bytes_max = 100;  // cut: the connection closes under the server's writing
    EXPECT_TRUE(client_.send(std::move(request)).body_truncated);
  }
  EXPECT_TRUE(client_.send(https("127.0.0.1", our_ca())).ok());
}

TEST_F(TlsExchange, drains_over_tls) {
  start();
  EXPECT_TRUE(client_.send(https("127.0.0.1", our_ca())).ok());
  base::block_on(threads_.executor(1), [this] { return server_->drain(base::seconds(30)); });
  EXPECT_EQ(server_->counts().connections_open, 0u);
}

TEST_F(TlsExchange, fails_in_time_when_the_peer_speaks_no_tls) {
  for (const char* answer : {"", "HTTP/1.1 400 Bad Request\r\n\r\n", "\x16\x03\x03\xff\xff"}) {
    ScriptedReceiver receiver([answer](RawSocket& socket, int) {
      socket.send(answer);
      socket.read_to_end();
    });
    port_ = receiver.port();
    ClientRequest request = https("127.0.0.1", our_ca());
    request.timeouts.tls = base::milliseconds(100);
    EXPECT_EQ(client_.send(std::move(request)).failure, Failure::Tls);
  }
}

}  // namespace
}  // namespace fanfare::http
