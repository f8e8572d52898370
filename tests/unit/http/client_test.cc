#include "http/client.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <asio/co_spawn.hpp>
#include <atomic>
#include <fstream>
#include <future>
#include <nlohmann/json.hpp>

#include "base/task_group.h"
#include "http/address_filter.h"
#include "support/http_exchange.h"
#include "support/http_socket.h"

namespace fanfare::http {
namespace {

using support::BlockingClient;
using support::get;
using support::quick_client_options;
using support::RawSocket;
using support::ScriptedReceiver;
using testing::AllOf;
using testing::EndsWith;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

const std::string kOk = "HTTP/1.1 200 OK\r\n";
const std::string kEmpty = kOk + "Content-Length: 0\r\n\r\n";

/// Answers every request on every connection with the same bytes.
ScriptedReceiver::Script always(std::string answer) {
  return [answer](RawSocket& socket, int) {
    while (!socket.read_request().empty() && socket.send(answer)) {
    }
  };
}

TEST(Client, sends_the_request_and_returns_the_answer) {
  std::promise<std::string> seen;
  ScriptedReceiver receiver([&](RawSocket& socket, int) {
    seen.set_value(socket.read_request());
    socket.send("HTTP/1.1 202 Accepted\r\nX-A: b\r\nContent-Length: 2\r\n\r\nok");
  });
  BlockingClient client(quick_client_options());
  ClientRequest request = get(receiver.port(), "/hook?code=a%2Fb");
  request.method = Method::Post;
  request.headers = {{"Content-Type", "application/json"}, {"content-length", "99"}, {"Host", "x"}};
  request.body = "[";
  request.body_parts = {"{}", "]"};
  const ClientResponse response = client.send(std::move(request));
  EXPECT_TRUE(response.ok()) << response.failure_text;
  EXPECT_EQ(response.status, 202);
  EXPECT_EQ(response.body, "ok");
  EXPECT_EQ(response.headers.get("x-a"), "b");
  EXPECT_EQ(response.address, "127.0.0.1:" + std::to_string(receiver.port()));
  const std::string sent = seen.get_future().get();
  EXPECT_THAT(sent, StartsWith("POST /hook?code=a%2Fb HTTP/1.1\r\nHost: 127.0.0.1:" +
                               std::to_string(receiver.port()) + "\r\nContent-Length: 4\r\n"));
  EXPECT_THAT(sent, AllOf(HasSubstr("Content-Type: application/json\r\n"), Not(HasSubstr("99")),
                          HasSubstr("User-Agent: fanfare\r\n"), EndsWith("\r\n\r\n[{}]")));
}

TEST(Client, keeps_a_connection_for_the_next_request) {
  ScriptedReceiver receiver(always(kEmpty));
  BlockingClient client(quick_client_options());
  for (int i = 0; i < 5; ++i) EXPECT_EQ(client.send(get(receiver.port(), "/")).status, 200);
  EXPECT_EQ(receiver.connections(), 1);
}

TEST(Client, sends_large_bodies) {
  std::promise<std::size_t> size;
  ScriptedReceiver receiver([&](RawSocket& socket, int) {
    size.set_value(socket.read_request().size());
    socket.send(kEmpty);
  });
  BlockingClient client(quick_client_options());
  ClientRequest request = get(receiver.port(), "/");
  request.method = Method::Post;
  request.body = std::string(8 << 20, 'x');
  EXPECT_EQ(client.send(std::move(request)).status, 200);
  EXPECT_GT(size.get_future().get(), 8u << 20);
}

struct Hostile {
  const char* name;
  ScriptedReceiver::Script script;
  Failure failure;
  int status;
};

void PrintTo(const Hostile& c, std::ostream* out) { *out << c.name; }
class HostileReceiverTest : public testing::TestWithParam<Hostile> {};

TEST_P(HostileReceiverTest, costs_one_bounded_attempt_with_a_reason_and_no_reuse) {
  ScriptedReceiver receiver(GetParam().script);
  ClientOptions options = quick_client_options();
  BlockingClient client(options);
  ClientRequest request = get(receiver.port(), "/");
  request.method = Method::Post;
  request.body = "{}";
  request.timeouts.total = base::milliseconds(300);
  const ClientResponse response = client.send(std::move(request));
  EXPECT_EQ(to_string(response.failure), to_string(GetParam().failure)) << response.failure_text;
  EXPECT_EQ(response.status, GetParam().status);
  EXPECT_EQ(response.failure_text.empty(), response.ok());
  EXPECT_LE(response.body.size(), 16u * 1024);
  EXPECT_FALSE(response.retried);
  EXPECT_EQ(client.client().connections(), 0u);
}

/// Reads the request, then sends `first` and after it `again` until the client has had enough.
ScriptedReceiver::Script endless(std::string first, std::string again) {
  return [first, again](RawSocket& socket, int) {
    socket.read_request();
    if (!socket.send(first)) return;
    while (socket.send(again)) {
    }
  };
}

/// Sends the bytes and leaves the connection open.
ScriptedReceiver::Script then_wait(std::string bytes) {
  return [bytes](RawSocket& socket, int) {
    socket.read_request();
    socket.send(bytes);
    socket.read_to_end();
  };
}

ScriptedReceiver::Script then_close(std::string bytes) {
  return [bytes](RawSocket& socket, int) {
    socket.read_request();
    socket.send(bytes);
  };
}

ScriptedReceiver::Script drip(std::string bytes) {
  return [bytes](RawSocket& socket, int) {
    socket.read_request();
    for (const char c : bytes) {
      if (!socket.send({&c, 1})) return;
      std::this_thread::sleep_for(base::milliseconds(40));
    }
  };
}

using namespace std::string_literals;
INSTANTIATE_TEST_SUITE_P(
    Client, HostileReceiverTest,
    testing::Values(
        Hostile{"never_answers", then_wait(""), Failure::Timeout, 0},
        Hostile{"one_byte_at_a_time", drip(kOk + "Content-Length: 0\r\n\r\n"), Failure::Timeout, 0},
        Hostile{"body_one_byte_at_a_time", drip(std::string(100, 'x')), Failure::Malformed, 0},
        Hostile{"stops_in_the_head", then_wait("HTTP/1.1 200 OK\r\nA:"), Failure::Timeout, 0},
        Hostile{"stops_in_the_body", then_wait(kOk + "Content-Length: 9\r\n\r\nabc"),
                Failure::Timeout, 200},
        Hostile{"closes_at_once", then_close(""), Failure::Reset, 0},
        Hostile{"closes_before_reading", [](RawSocket&, int) {}, Failure::Reset, 0},
        Hostile{"resets",
                [](RawSocket& socket, int) {
                  socket.read_request();
                  socket.reset();
                },
                Failure::Reset, 0},
        Hostile{"closes_after_the_status_line", then_close(kOk), Failure::Reset, 0},
        Hostile{"closes_in_the_body", then_close(kOk + "Content-Length: 9\r\n\r\nabc"),
                Failure::Reset, 200},
        Hostile{"closes_in_a_chunk", then_close(kOk + "Transfer-Encoding: chunked\r\n\r\n9\r\nabc"),
                Failure::Reset, 200},
        Hostile{"endless_header", endless(kOk + "A: ", std::string(1000, 'x')), Failure::TooLarge,
                0},
        Hostile{"endless_headers", endless(kOk, "A: b\r\n"), Failure::TooLarge, 0},
        Hostile{"endless_status_line", endless("HTTP/1.1 200 ", std::string(1000, 'x')),
                Failure::TooLarge, 0},
        Hostile{"endless_body", endless(kOk + "\r\n", std::string(1000, 'x')), Failure::None, 200},
        Hostile{"endless_chunks",
                endless(kOk + "Transfer-Encoding: chunked\r\n\r\n",
                        "3e8\r\n" + std::string(1000, 'x') + "\r\n"),
                Failure::None, 200},
        Hostile{"endless_interim_answers", endless("", "HTTP/1.1 102 Processing\r\n\r\n"),
                Failure::TooLarge, 0},
        Hostile{"endless_trailers",
                endless(kOk + "Transfer-Encoding: chunked\r\n\r\n0\r\n", "A: b\r\n"),
                Failure::Malformed, 200},
        Hostile{"endless_chunk_extension",
                endless(kOk + "Transfer-Encoding: chunked\r\n\r\n1;", "xxxxxxxx"),
                Failure::Malformed, 200},
        Hostile{"huge_gzip_body",
                endless(kOk + "Content-Encoding: gzip\r\nContent-Length: 1073741824\r\n\r\n",
                        std::string(1000, '\x1f')),
                Failure::None, 200},
        Hostile{"bad_chunk", then_wait(kOk + "Transfer-Encoding: chunked\r\n\r\nxyz\r\n"),
                Failure::Malformed, 200},
        Hostile{"second_answer", then_wait(kEmpty + kEmpty), Failure::None, 200},
        Hostile{"bytes_after_the_answer", then_wait(kEmpty + "x"), Failure::None, 200},
        Hostile{"longer_than_its_length", then_wait(kOk + "Content-Length: 1\r\n\r\nabc"),
                Failure::None, 200},
        Hostile{"malformed_length", then_wait(kOk + "Content-Length: 1x\r\n\r\na"),
                Failure::Malformed, 0},
        Hostile{"length_and_coding",
                then_wait(kOk + "Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n"),
                Failure::Malformed, 0},
        Hostile{"other_protocol", then_wait("SSH-2.0-OpenSSH_9.2\r\n"), Failure::Malformed, 0},
        Hostile{"tls_alert", then_wait("\x15\x03\x03\x00\x02\x02\x28"s), Failure::Malformed, 0},
        Hostile{"noise", then_wait("\xff\xfe\x00\x01\x02"s), Failure::Malformed, 0},
        Hostile{"bare_line_feeds", then_wait("HTTP/1.1 200 OK\nContent-Length: 0\n\n"),
                Failure::Malformed, 0},
        Hostile{
            "switching_protocols",
            then_wait(
                "HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n"),
            Failure::Malformed, 0},
        Hostile{"nul_in_a_field", then_wait(kOk + "A: b\0c\r\n\r\n"s), Failure::Malformed, 0},
        Hostile{"asks_to_close", then_wait(kOk + "Connection: close\r\nContent-Length: 0\r\n\r\n"),
                Failure::None, 200}),
    [](const auto& case_) { return case_.param.name; });

TEST(Client, never_requests_what_a_redirect_names) {
  ScriptedReceiver inside(always(kEmpty));
  const std::string location = "http://127.0.0.1:" + std::to_string(inside.port()) + "/secret";
  BlockingClient client(quick_client_options());
  for (const int status : {301, 302, 303, 307, 308}) {
    ScriptedReceiver receiver(always("HTTP/1.1 " + std::to_string(status) + " R\r\nLocation: " +
                                     location + "\r\nContent-Length: 0\r\n\r\n"));
    EXPECT_EQ(client.send(get(receiver.port(), "/")).status, status);
  }
  EXPECT_EQ(inside.connections(), 0);
}

TEST(Client, cuts_a_long_body_and_says_so) {
  ScriptedReceiver receiver(
      always(kOk + "Content-Length: 20000\r\n\r\n" + std::string(20'000, 'x')));
  BlockingClient client(quick_client_options());
  const ClientResponse cut = client.send(get(receiver.port(), "/"));
  EXPECT_TRUE(cut.ok());
  EXPECT_TRUE(cut.body_truncated);
  EXPECT_EQ(cut.body.size(), 16u * 1024);
  ClientRequest strict = get(receiver.port(), "/");
  strict.large_body = LargeBody::Fail;
  EXPECT_EQ(client.send(std::move(strict)).failure, Failure::TooLarge);
  ClientRequest roomy = get(receiver.port(), "/");
  roomy.response_body_bytes_max = 20'000;
  EXPECT_EQ(client.send(std::move(roomy)).body.size(), 20'000u);
}

TEST(Client, hands_over_a_body_as_it_comes) {
  ScriptedReceiver receiver(then_close(kOk + "\r\n" + std::string(100'000, 'x')));
  BlockingClient client(quick_client_options());
  std::size_t got = 0;
  ClientRequest request = get(receiver.port(), "/");
  request.on_body = [&](std::string_view piece) {
    got += piece.size();
    return true;
  };
  const ClientResponse response = client.send(std::move(request));
  EXPECT_TRUE(response.ok());
  EXPECT_EQ(got, 100'000u);
  EXPECT_EQ(response.body, "");
}

TEST(Client, ends_a_live_body_when_its_reader_has_enough) {
  ScriptedReceiver receiver(endless(kOk + "\r\n", "event\n"));
  BlockingClient client(quick_client_options());
  ClientRequest request = get(receiver.port(), "/");
  request.timeouts.total = base::Duration::zero();
  request.on_body = [](std::string_view) { return false; };
  EXPECT_TRUE(client.send(std::move(request)).ok());
}

TEST(Client, replaces_a_kept_connection_that_went_stale_and_says_so) {
  // The first connection is kept, then closed at the sight of a second request.
  ScriptedReceiver receiver([](RawSocket& socket, int number) {
    socket.read_request();
    socket.send(kEmpty);
    if (socket.read_request().empty() || number == 0) return;
    socket.send(kEmpty);
  });
  BlockingClient client(quick_client_options());
  EXPECT_FALSE(client.send(get(receiver.port(), "/")).retried);
  const ClientResponse response = client.send(get(receiver.port(), "/"));
  EXPECT_TRUE(response.ok()) << response.failure_text;
  EXPECT_TRUE(response.retried);
  EXPECT_EQ(receiver.connections(), 2);
}

TEST(Client, does_not_repeat_a_request_that_was_answered_in_part) {
  ScriptedReceiver receiver([](RawSocket& socket, int) {
    socket.read_request();
    socket.send(kEmpty);
    socket.read_request();
    socket.send("HTTP/1.1 2");
  });
  BlockingClient client(quick_client_options());
  EXPECT_TRUE(client.send(get(receiver.port(), "/")).ok());
  const ClientResponse response = client.send(get(receiver.port(), "/"));
  EXPECT_EQ(response.failure, Failure::Reset);
  EXPECT_FALSE(response.retried);
  EXPECT_EQ(receiver.connections(), 1);
}

TEST(Client, drops_a_kept_connection_on_which_something_was_said_unasked) {
  std::promise<void> said;
  ScriptedReceiver receiver([&](RawSocket& socket, int number) {
    socket.read_request();
    socket.send(kEmpty);
    if (number == 0) {
      socket.send("HTTP/1.1 200 OK\r\nContent-Length: 8\r\n\r\nsmuggled");
      said.set_value();
    }
    while (!socket.read_request().empty() && socket.send(kEmpty)) {
    }
  });
  BlockingClient client(quick_client_options());
  EXPECT_TRUE(client.send(get(receiver.port(), "/")).ok());
  said.get_future().wait();
  const ClientResponse response = client.send(get(receiver.port(), "/"));
  EXPECT_TRUE(response.ok());
  EXPECT_EQ(response.body, "");
}

TEST(Client, reports_a_refused_connection) {
  std::uint16_t port = 0;
  {
    ScriptedReceiver gone(always(kEmpty));
    port = gone.port();
  }
  BlockingClient client(quick_client_options());
  const ClientResponse response = client.send(get(port, "/"));
  EXPECT_EQ(response.failure, Failure::Connect);
  EXPECT_THAT(response.failure_text, HasSubstr("refused"));
}

/// Answers each lookup with the next list; the last stays.
class FakeResolver final : public Resolver {
 public:
  explicit FakeResolver(std::vector<std::vector<std::string>> answers)
      : answers_(std::move(answers)) {}

  base::Async<base::Result<std::vector<asio::ip::address>>> resolve(std::string,
                                                                    base::Duration) override {
    const auto& answer = answers_[std::min(asked_++, answers_.size() - 1)];
    std::vector<asio::ip::address> addresses;
    for (const std::string& text : answer) addresses.push_back(asio::ip::make_address(text));
    if (addresses.empty()) co_return base::Error{base::Errc::NotFound, "no such name", {}};
    co_return addresses;
  }

  std::size_t asked() const { return asked_; }

 private:
  std::vector<std::vector<std::string>> answers_;
  std::size_t asked_ = 0;
};

ClientRequest named(std::uint16_t port) {
  ClientRequest request = get(port, "/");
  request.url.host = "hooks.example.com";
  return request;
}

TEST(Client, reports_a_name_without_address) {
  ClientOptions options = quick_client_options();
  options.resolver = std::make_shared<FakeResolver>(std::vector<std::vector<std::string>>{{}});
  BlockingClient client(options);
  EXPECT_EQ(client.send(named(80)).failure, Failure::Resolve);
}

TEST(Client, never_connects_to_an_address_that_its_filter_refuses) {
  ScriptedReceiver inside(always(kEmpty));
  std::ifstream file(FANFARE_TEST_DATA "/ssrf/addresses.json");
  std::vector<std::vector<std::string>> answers;
  for (const auto& entry : nlohmann::json::parse(file).at("addresses")) {
    const std::string text = entry.at("address");
    if (entry.at("verdict") == "block") answers.push_back({text.substr(0, text.find('%'))});
  }
  const std::size_t blocked = answers.size();
  const AddressFilter filter;
  ClientOptions options = quick_client_options();
  options.resolver = std::make_shared<FakeResolver>(std::move(answers));
  options.address_check = [&](const asio::ip::address& address) { return filter.refusal(address); };
  BlockingClient client(options);
  for (std::size_t i = 0; i < blocked; ++i) {
    const ClientResponse response = client.send(named(inside.port()));
    EXPECT_EQ(response.failure, Failure::AddressNotAllowed);
    EXPECT_EQ(response.address, "");
  }
  EXPECT_EQ(inside.connections(), 0);
}

TEST(Client, judges_each_new_connection_by_the_address_it_uses) {
  // The name moves to a refused address after the first connection.
  ScriptedReceiver receiver(then_close(kOk + "Connection: close\r\nContent-Length: 0\r\n\r\n"));
  const auto resolver = std::make_shared<FakeResolver>(
      std::vector<std::vector<std::string>>{{"127.0.0.1"}, {"127.0.0.2"}});
  ClientOptions options = quick_client_options();
  options.resolver = resolver;
  options.address_check = [](const asio::ip::address& address) -> std::optional<std::string> {
    if (address.to_string() == "127.0.0.1") return std::nullopt;
    return "refused " + address.to_string();
  };
  BlockingClient client(options);
  EXPECT_TRUE(client.send(named(receiver.port())).ok());
  const ClientResponse rebound = client.send(named(receiver.port()));
  EXPECT_EQ(rebound.failure, Failure::AddressNotAllowed);
  EXPECT_EQ(rebound.failure_text, "refused 127.0.0.2");
  EXPECT_EQ(receiver.connections(), 1);
}

TEST(Client, uses_only_the_allowed_of_several_addresses) {
  ScriptedReceiver receiver(always(kEmpty));
  ClientOptions options = quick_client_options();
  options.resolver = std::make_shared<FakeResolver>(
      std::vector<std::vector<std::string>>{{"10.0.0.1", "127.0.0.1", "169.254.169.254"}});
  const AddressFilter filter({.loopback = LoopbackTargets::Allow});
  options.address_check = [&](const asio::ip::address& address) { return filter.refusal(address); };
  BlockingClient client(options);
  const ClientResponse response = client.send(named(receiver.port()));
  EXPECT_TRUE(response.ok()) << response.failure_text;
  EXPECT_THAT(response.address, StartsWith("127.0.0.1:"));
}

TEST(Client, never_calls_its_own_process) {
  ScriptedReceiver self(always(kEmpty));
  ClientOptions options = quick_client_options();
  const auto own = std::make_shared<OwnPorts>();
  own->add(self.port());
  options.own_ports = own;
  const std::vector<std::vector<std::string>> names = {
      {"127.0.0.1"}, {"127.9.9.9"}, {"::1"}, {"0.0.0.0"}, {"::"}, {"::ffff:127.0.0.1"}};
  options.resolver = std::make_shared<FakeResolver>(names);
  BlockingClient client(options);
  for (std::size_t i = 0; i < names.size(); ++i) {
    EXPECT_EQ(client.send(named(self.port())).failure, Failure::AddressNotAllowed) << names[i][0];
  }
  EXPECT_EQ(self.connections(), 0);
}

TEST(Client, reaches_the_same_port_of_other_machines) {
  EXPECT_TRUE(is_of_this_machine(asio::ip::make_address("127.0.0.1")));
  EXPECT_FALSE(is_of_this_machine(asio::ip::make_address("192.0.2.1")));
  EXPECT_FALSE(is_of_this_machine(asio::ip::make_address("2001:db8::1")));
}

TEST(OwnPorts, hold_what_was_added) {
  OwnPorts ports;
  for (const std::uint16_t port : {0, 63, 64, 4880, 65535}) {
    EXPECT_FALSE(ports.contains(port));
    ports.add(port);
    EXPECT_TRUE(ports.contains(port));
  }
  EXPECT_FALSE(ports.contains(4881));
}

TEST(Client, goes_on_to_the_next_address_when_one_refuses) {
  ScriptedReceiver receiver(always(kEmpty));
  ClientOptions options = quick_client_options();
  options.resolver = std::make_shared<FakeResolver>(
      std::vector<std::vector<std::string>>{{"127.0.0.77", "127.0.0.1"}});
  BlockingClient client(options);
  EXPECT_TRUE(client.send(named(receiver.port())).ok());
}

base::Async<void> send_one(Client& client, ClientRequest request,
                           std::vector<ClientResponse>& out) {
  base::Async<ClientResponse> sending = client.send(std::move(request));
  ClientResponse response = co_await std::move(sending);
  out.push_back(std::move(response));
}

base::Async<void> send_many(Client& client, base::Executor executor, ClientRequest request,
                            int count, std::vector<ClientResponse>& out) {
  base::TaskGroup tasks(executor);
  for (int i = 0; i < count; ++i) tasks.spawn("send", send_one(client, request, out));
  co_await tasks.join();
}

TEST(Client, lets_requests_wait_for_a_connection_within_its_cap) {
  ScriptedReceiver receiver(always(kEmpty));
  ClientOptions options = quick_client_options();
  options.connections_per_origin_max = 3;
  BlockingClient client(options);
  std::vector<ClientResponse> responses;
  base::block_on(client.executor(), [&] {
    return send_many(client.client(), client.executor(), get(receiver.port(), "/"), 200, responses);
  });
  ASSERT_EQ(responses.size(), 200u);
  for (const auto& response : responses) EXPECT_TRUE(response.ok()) << response.failure_text;
  EXPECT_LE(receiver.connections(), 3);
}

TEST(Client, gives_up_waiting_for_a_connection_in_time) {
  ScriptedReceiver receiver(then_wait(""));
  ClientOptions options = quick_client_options();
  options.connections_per_origin_max = 1;
  BlockingClient client(options);
  ClientRequest request = get(receiver.port(), "/");
  request.timeouts.total = base::milliseconds(100);
  std::vector<ClientResponse> responses;
  base::block_on(client.executor(), [&] {
    return send_many(client.client(), client.executor(), request, 5, responses);
  });
  for (const auto& response : responses) EXPECT_EQ(response.failure, Failure::Timeout);
}

TEST(Client, makes_room_for_another_origin_by_dropping_an_idle_connection) {
  ScriptedReceiver first(always(kEmpty));
  ScriptedReceiver second(always(kEmpty));
  ClientOptions options = quick_client_options();
  options.connections_max = 1;
  BlockingClient client(options);
  EXPECT_TRUE(client.send(get(first.port(), "/")).ok());
  EXPECT_TRUE(client.send(get(second.port(), "/")).ok());
  EXPECT_EQ(client.client().connections(), 1u);
}

TEST(Client, ends_what_it_waits_for_when_closed) {
  std::promise<void> arrived;
  ScriptedReceiver receiver([&](RawSocket& socket, int) {
    socket.read_request();
    arrived.set_value();
    socket.read_to_end();
  });
  BlockingClient client(quick_client_options());
  std::vector<ClientResponse> responses;
  std::thread sender([&] {
    base::block_on(client.executor(), [&] {
      return send_many(client.client(), client.executor(), get(receiver.port(), "/"), 1, responses);
    });
  });
  arrived.get_future().wait();
  client.close();
  sender.join();
  ASSERT_EQ(responses.size(), 1u);
  EXPECT_EQ(responses[0].failure, Failure::Cancelled);
  EXPECT_EQ(client.send(get(receiver.port(), "/")).failure, Failure::Cancelled);
}

}  // namespace
}  // namespace fanfare::http
