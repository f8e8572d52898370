/// WebSockets over real connections: what a client sees of the server's end.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <future>

#include "http/server.h"
#include "http/websocket.h"
#include "support/http_exchange.h"
#include "support/http_socket.h"

namespace fanfare::http {
namespace {

using support::RawSocket;
using testing::HasSubstr;
using testing::StartsWith;

const std::string kAsk =
    "GET /socket HTTP/1.1\r\nHost: h\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n";

/// A frame of a client, with a mask of zeros.
std::string masked(int opcode, std::string_view payload) {
  std::string bytes;
  bytes.push_back(static_cast<char>(0x80 | opcode));
  bytes.push_back(static_cast<char>(0x80 | static_cast<int>(payload.size())));
  return bytes.append(4, '\0').append(payload);
}
std::string text(std::string_view payload) { return masked(1, payload); }
const std::string kCloseNormal = masked(8, "\x03\xe8");

std::string ours(int opcode, std::string_view payload) {
  std::string bytes;
  bytes.push_back(static_cast<char>(0x80 | opcode));
  bytes.push_back(static_cast<char>(payload.size()));
  return bytes.append(payload);
}

base::Async<void> echo_all(std::shared_ptr<WebSocket> socket) {
  for (;;) {
    base::Async<std::optional<std::string>> receiving = socket->receive();
    const std::optional<std::string> message = co_await std::move(receiving);
    if (!message) co_return;
    socket->send(*message);
  }
}

base::Async<void> say_good_bye(std::shared_ptr<WebSocket> socket) {
  socket->send("bye");
  co_return;
}

/// A server whose every path is a WebSocket.
struct Running {
  explicit Running(WebSocketHandler handler, WebSocketLimits limits = {})
      : server(
            threads,
            [handler, limits](Request request) {
              return answer(handler, limits, std::move(request));
            },
            quick()) {
    port = *server.listen("127.0.0.1", 0);
  }
  static base::Async<Response> answer(WebSocketHandler handler, WebSocketLimits limits,
                                      Request request) {
    co_return accept_websocket(request, std::move(handler), limits);
  }
  static ServerOptions quick() {
    ServerOptions options = support::quick_server_options();
    options.timeouts.sweep = base::milliseconds(10);
    return options;
  }
  RawSocket connect() {
    auto socket = RawSocket::connect(port);
    socket.send(kAsk);
    EXPECT_THAT(socket.read_until("\r\n\r\n"), StartsWith("HTTP/1.1 101 "));
    return socket;
  }

  base::IoThreads threads{1};
  Server server;
  std::uint16_t port = 0;
};

TEST(WebSocketConnection, begins_with_the_head_that_browsers_want) {
  Running running(echo_all);
  auto socket = RawSocket::connect(running.port);
  socket.send(kAsk);
  const std::string head = socket.read_until("\r\n\r\n");
  EXPECT_THAT(head, StartsWith("HTTP/1.1 101 Switching Protocols\r\n"));
  EXPECT_THAT(head, HasSubstr("\r\nUpgrade: websocket\r\n"));
  EXPECT_THAT(head, HasSubstr("\r\nConnection: Upgrade\r\n"));
  EXPECT_THAT(head, HasSubstr("\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n"));
  EXPECT_THAT(head, testing::Not(HasSubstr("Content-Length")));
}

TEST(WebSocketConnection, carries_messages_both_ways_and_closes_in_order) {
  Running running(echo_all);
  auto socket = running.connect();
  socket.send(text("one") + text("two"));
  EXPECT_EQ(socket.read_until("two"), ours(1, "one") + ours(1, "two"));
  socket.send(masked(9, "there?"));
  EXPECT_EQ(socket.read_until("there?"), ours(10, "there?"));
  socket.send(kCloseNormal);
  EXPECT_EQ(socket.read_to_end(), ours(8, "\x03\xe8"));
}

TEST(WebSocketConnection, takes_frames_that_came_right_behind_the_request) {
  Running running(echo_all);
  auto socket = RawSocket::connect(running.port);
  socket.send(kAsk + text("early"));
  EXPECT_THAT(socket.read_until("early"), HasSubstr(ours(1, "early")));
}

TEST(WebSocketConnection, closes_when_its_handler_returns) {
  Running running(say_good_bye);
  auto socket = running.connect();
  const std::string all = ours(1, "bye") + ours(8, "\x03\xe8");
  EXPECT_EQ(socket.read_until("\x03\xe8"), all);
  socket.send(kCloseNormal);
  EXPECT_EQ(socket.read_to_end(), "");
}

TEST(WebSocketConnection, ends_without_the_peers_half_of_a_closing) {
  WebSocketLimits limits;
  limits.close_within = base::milliseconds(50);
  Running running(say_good_bye, limits);
  auto socket = running.connect();
  EXPECT_TRUE(socket.read_to_end());
}

TEST(WebSocketConnection, pings_a_silent_peer_and_ends_one_that_does_not_answer) {
  WebSocketLimits limits;
  limits.ping_after = base::milliseconds(30);
  limits.answer_within = base::milliseconds(50);
  Running running(echo_all, limits);
  auto socket = running.connect();
  EXPECT_EQ(socket.read_until(ours(9, "")), ours(9, ""));
  socket.send(masked(10, ""));
  EXPECT_EQ(socket.read_until(ours(9, "")), ours(9, ""));
  EXPECT_TRUE(socket.read_to_end());
}

TEST(WebSocketConnection, says_that_it_goes_away_when_the_server_drains) {
  Running running(echo_all);
  auto socket = running.connect();
  auto drained = std::async(std::launch::async, [&] {
    base::block_on(running.threads.executor(0),
                   [&] { return running.server.drain(base::seconds(5)); });
  });
  EXPECT_THAT(socket.read_until("stops"), StartsWith(ours(8, "\x03\xe9the server stops")));
  socket.send(masked(8, "\x03\xe9"));
  EXPECT_EQ(socket.read_to_end(), "");
  drained.get();
  EXPECT_EQ(running.server.counts().connections_open, 0u);
}

TEST(WebSocketConnection, is_cut_when_the_server_closes) {
  auto running = std::make_unique<Running>(echo_all);
  auto socket = running->connect();
  running.reset();
  EXPECT_TRUE(socket.read_to_end());
}

base::Async<void> flood(std::shared_ptr<WebSocket> socket, std::promise<std::size_t>* ended) {
  const std::string piece(1000, 'x');
  std::size_t count = 0;
  while (socket->send(piece)) ++count;
  base::Async<std::optional<std::string>> receiving = socket->receive();
  co_await std::move(receiving);
  ended->set_value(count);
}

TEST(WebSocketConnection, ends_a_peer_that_does_not_read) {
  std::promise<std::size_t> ended;
  WebSocketLimits limits;
  limits.unsent_bytes_max = 10'000;
  limits.answer_within = base::milliseconds(50);
  Running running([&](std::shared_ptr<WebSocket> socket) { return flood(socket, &ended); }, limits);
  auto socket = running.connect();
  const std::size_t taken = ended.get_future().get();
  EXPECT_GE(taken, 9u);
  EXPECT_LT(taken, 100'000u);  // what kernel buffers take is not ours to say
}

base::Async<void> fail(std::shared_ptr<WebSocket>) {
  throw std::runtime_error("on purpose");
  co_return;
}

TEST(WebSocketConnection, closes_with_1011_when_its_handler_throws) {
  Running running(fail);
  auto socket = running.connect();
  EXPECT_EQ(socket.read_until("\xf3"), ours(8, "\x03\xf3"));
}

TEST(WebSocketConnection, refuses_http10) {
  Running running(echo_all);
  auto socket = RawSocket::connect(running.port);
  std::string ask = kAsk;
  ask.replace(ask.find("HTTP/1.1"), 8, "HTTP/1.0");
  socket.send(ask);
  EXPECT_THAT(socket.read_to_end().value_or(""), StartsWith("HTTP/1.1 400 "));
}

}  // namespace
}  // namespace fanfare::http
