#include "http/server.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <unistd.h>

#include <asio/basic_waitable_timer.hpp>
#include <asio/co_spawn.hpp>
#include <asio/post.hpp>
#include <asio/this_coro.hpp>
#include <atomic>
#include <future>
#include <set>

#include "support/http_exchange.h"
#include "support/http_socket.h"

namespace fanfare::http {
namespace {

using support::answer_statuses;
using support::quick_server_options;
using support::RawSocket;
using testing::EndsWith;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;
using Timer =
    asio::basic_waitable_timer<std::chrono::steady_clock,
                               asio::wait_traits<std::chrono::steady_clock>, base::Executor>;

const std::string kGet = "GET /a HTTP/1.1\r\nHost: h\r\n\r\n";
const std::string kGetAndClose = "GET /a HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n";

base::Async<Response> echo(Request request) {
  Response response = Response::text(200, std::string(request.body.view()));
  response.headers.add("X-Path", request.path());
  response.headers.add("X-Host", request.host);
  response.headers.add("X-Peer", request.peer);
  response.headers.add("X-Port", std::to_string(request.local_port));
  co_return response;
}

/// A server on loopback with as many threads as asked.
struct Running {
  explicit Running(Handler handler, ServerOptions options = quick_server_options(),
                   std::size_t thread_count = 1)
      : threads(thread_count), server(threads, std::move(handler), std::move(options)) {
    port = *server.listen("127.0.0.1", 0);
  }
  void drain(base::Duration limit) {
    base::block_on(threads.executor(0), [this, limit] { return server.drain(limit); });
  }

  base::IoThreads threads;
  Server server;
  std::uint16_t port = 0;
};

std::string ask(std::uint16_t port, const std::string& bytes) {
  auto socket = RawSocket::connect(port);
  socket.send(bytes);
  return socket.read_to_end().value_or("(still open)");
}

TEST(Server, hands_the_whole_request_to_the_handler) {
  Running running(echo);
  const std::string answer = ask(running.port,
                                 "POST /x?q HTTP/1.1\r\nHost: A.b:1\r\nContent-Length: 5\r\n"
                                 "Connection: close\r\n\r\nhello");
  EXPECT_THAT(answer, HasSubstr("X-Path: /x\r\n"));
  EXPECT_THAT(answer, HasSubstr("X-Host: a.b\r\n"));
  EXPECT_THAT(answer, HasSubstr("X-Peer: 127.0.0.1\r\n"));
  EXPECT_THAT(answer, HasSubstr("X-Port: " + std::to_string(running.port) + "\r\n"));
  EXPECT_THAT(answer, EndsWith("\r\n\r\nhello"));
}

TEST(Server, reads_bodies_of_every_size_by_length_and_in_chunks) {
  Running running(echo);
  for (const std::size_t size : {1u, 4095u, 4096u, 4097u, 300'000u, 1'536'000u}) {
    std::string body(size, 'x');
    body.back() = 'y';
    auto socket = RawSocket::connect(running.port);
    socket.send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: " + std::to_string(size) +
                "\r\n\r\n" + body);
    socket.read_until("\r\n\r\n");
    EXPECT_EQ(socket.read_until("y"), body) << size;
    std::string chunks;
    for (std::size_t at = 0; at < size; at += 100'000) {
      const std::string piece = body.substr(at, 100'000);
      char line[32];
      std::snprintf(line, sizeof line, "%zx\r\n", piece.size());
      chunks += line + piece + "\r\n";
    }
    socket.send("POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n" + chunks +
                "0\r\n\r\n");
    socket.read_until("\r\n\r\n");
    EXPECT_EQ(socket.read_until("y"), body) << size;
  }
}

TEST(Server, answers_pipelined_requests_in_order_and_only_those) {
  Running running(echo);
  std::string bytes;
  for (int i = 0; i < 100; ++i)
    bytes += "GET /" + std::to_string(i) + " HTTP/1.1\r\nHost: h\r\n\r\n";
  const std::string answer = ask(running.port, bytes + kGetAndClose + kGet);
  EXPECT_EQ(answer_statuses(answer, false), std::vector<int>(101, 200));
  std::size_t at = 0;
  for (int i = 0; i < 100; ++i) {
    at = answer.find("X-Path: /" + std::to_string(i) + "\r\n", at);
    ASSERT_NE(at, std::string::npos) << i;
  }
}

TEST(Server, does_not_hold_an_answer_back_behind_a_slow_handler) {
  std::promise<void> release;
  std::shared_future<void> released = release.get_future();
  const auto second_waits = [&](Request request) -> base::Async<Response> {
    if (request.path() == "/slow") {
      Timer timer(co_await asio::this_coro::executor);
      while (released.wait_for(std::chrono::seconds(0)) != std::future_status::ready) {
        timer.expires_after(std::chrono::milliseconds(1));
        co_await timer.async_wait(base::as_result);
      }
    }
    co_return Response::text(200, "for " + std::string(request.path()) + ";");
  };
  Running running(second_waits);
  auto socket = RawSocket::connect(running.port);
  socket.send(kGet + "GET /slow HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_THAT(socket.read_until("for /a;"), EndsWith("for /a;"));
  release.set_value();
  EXPECT_THAT(socket.read_until("for /slow;"), EndsWith("for /slow;"));
}

TEST(Server, answers_head_without_the_body) {
  Running running([](Request) -> base::Async<Response> { co_return Response::text(200, "12345"); });
  const std::string answer =
      ask(running.port, "HEAD / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
  EXPECT_THAT(answer, HasSubstr("Content-Length: 5\r\n"));
  EXPECT_THAT(answer, EndsWith("\r\n\r\n"));
}

TEST(Server, invites_a_body_that_waits_for_it) {
  Running running(echo);
  auto socket = RawSocket::connect(running.port);
  socket.send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n");
  EXPECT_EQ(socket.read_until("\r\n\r\n"), "HTTP/1.1 100 Continue\r\n\r\n");
  socket.send("ok");
  EXPECT_THAT(socket.read_until("\r\n\r\nok"), StartsWith("HTTP/1.1 200 OK\r\n"));
}

TEST(Server, keeps_an_http10_connection_only_when_asked) {
  Running running(echo);
  EXPECT_EQ(answer_statuses(ask(running.port, "GET / HTTP/1.0\r\n\r\n" + kGet), false).size(), 1u);
  const std::string answer =
      ask(running.port, "GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\nGET / HTTP/1.0\r\n\r\n");
  EXPECT_EQ(answer_statuses(answer, false).size(), 2u);
  EXPECT_THAT(answer, HasSubstr("Connection: keep-alive\r\n"));
}

TEST(Server, turns_an_exception_of_the_handler_into_500) {
  Running running([](Request) -> base::Async<Response> {
    throw std::runtime_error("secret detail");
    co_return Response{};
  });
  const std::string answer = ask(running.port, kGetAndClose);
  EXPECT_THAT(answer, StartsWith("HTTP/1.1 500 "));
  EXPECT_THAT(answer, Not(HasSubstr("secret")));
}

TEST(Server, refuses_a_body_from_its_announcement_alone) {
  Running running(echo);
  const std::string answer =
      ask(running.port, "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 1536001\r\n\r\n");
  EXPECT_EQ(answer_statuses(answer, false), std::vector<int>{413});
}

TEST(Server, refuses_a_chunked_body_once_it_is_too_large) {
  ServerOptions options = quick_server_options();
  options.limits.body_bytes_max = 10;
  Running running(echo, options);
  const std::string head = "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n";
  EXPECT_EQ(answer_statuses(ask(running.port, head + "b\r\n"), false), std::vector<int>{413});
  EXPECT_EQ(answer_statuses(ask(running.port, head + "8\r\n12345678\r\n3\r\n"), false),
            std::vector<int>{413});
}

TEST(Server, takes_the_body_limit_of_the_route) {
  ServerOptions options = quick_server_options();
  options.body_bytes_max_of = [](const Request& head) -> std::size_t {
    return head.path() == "/large" ? 100 : 10;
  };
  Running running(echo, options);
  const auto status = [&](const std::string& path) {
    return answer_statuses(ask(running.port, "POST " + path +
                                                 " HTTP/1.1\r\nHost: h\r\nContent-Length: 50\r\n"
                                                 "Connection: close\r\n\r\n" +
                                                 std::string(50, 'x')),
                           false);
  };
  EXPECT_EQ(status("/large"), std::vector<int>{200});
  EXPECT_EQ(status("/small"), std::vector<int>{413});
}

struct LimitCase {
  const char* name;
  std::string bytes;
  int status;
};

void PrintTo(const LimitCase& c, std::ostream* out) { *out << c.name; }
class ServerLimitTest : public testing::TestWithParam<LimitCase> {};

TEST_P(ServerLimitTest, answers_with_the_right_status_and_closes) {
  Running running(echo);
  EXPECT_EQ(answer_statuses(ask(running.port, GetParam().bytes), false),
            std::vector<int>{GetParam().status});
  EXPECT_EQ(running.server.counts().requests_refused, 1u);
}

std::string with_fields(const std::string& fields) {
  return "POST / HTTP/1.1\r\nHost: h\r\n" + fields + "\r\n";
}
std::string many_fields(int count) {
  std::string fields;
  for (int i = 0; i < count; ++i) fields += "a: b\r\n";
  return fields;
}
const std::string kChunked = with_fields("Transfer-Encoding: chunked\r\n");

INSTANTIATE_TEST_SUITE_P(
    Server, ServerLimitTest,
    testing::Values(
        LimitCase{"request_line", "GET /" + std::string(16 * 1024, 'a') + " HTTP/1.1\r\n\r\n", 414},
        LimitCase{"field_bytes", with_fields("a: " + std::string(33 * 1024, 'a') + "\r\n"), 431},
        LimitCase{"field_count", with_fields(many_fields(128)), 431},
        LimitCase{"body", with_fields("Content-Length: 1536001\r\n"), 413},
        LimitCase{"chunk_line", kChunked + "1;" + std::string(4096, 'a') + "\r\n", 400},
        LimitCase{"trailers", kChunked + "0\r\na: " + std::string(8192, 'a') + "\r\n\r\n", 431}),
    [](const auto& case_) { return case_.param.name; });

TEST(Server, takes_heads_just_within_the_limits) {
  Running running(echo);
  const std::string line = "GET /" + std::string(16 * 1024 - 14, 'a') + " HTTP/1.1\r\n";
  ASSERT_EQ(line.size(), 16u * 1024 + 2);
  const std::string fields = "Host: h\r\nConnection: close\r\n" + many_fields(126);
  EXPECT_EQ(answer_statuses(ask(running.port, line + fields + "\r\n"), false),
            std::vector<int>{200});
}

ServerOptions impatient() {
  ServerOptions options = quick_server_options();
  options.timeouts.head = options.timeouts.idle = options.timeouts.transfer_grace =
      options.timeouts.tls_handshake = base::milliseconds(50);
  return options;
}

TEST(Server, ends_connections_that_do_nothing) {
  Running running(echo, impatient());
  EXPECT_EQ(ask(running.port, ""), "");
  EXPECT_EQ(answer_statuses(ask(running.port, kGet), false), std::vector<int>{200});
}

TEST(Server, answers_408_to_requests_that_do_not_arrive) {
  Running running(echo, impatient());
  EXPECT_EQ(answer_statuses(ask(running.port, "GET / HT"), false), std::vector<int>{408});
  EXPECT_EQ(answer_statuses(ask(running.port, with_fields("Content-Length: 9\r\n") + "x"), false),
            std::vector<int>{408});
  EXPECT_EQ(answer_statuses(ask(running.port, kChunked + "5\r\nab"), false), std::vector<int>{408});
}

TEST(Server, ends_a_client_that_does_not_read) {
  Running running(
      [](Request) -> base::Async<Response> {
        co_return Response::text(200, std::string(64 << 20, 'x'));
      },
      impatient());
  auto socket = RawSocket::connect(running.port);
  socket.send(kGet);
  while (running.server.counts().connections_open > 0 ||
         running.server.counts().connections_accepted == 0) {
    std::this_thread::yield();
  }
  EXPECT_LT(socket.read_to_end().value_or("").size(), 64u << 20);
}

TEST(Server, keeps_a_connection_that_rests_and_then_goes_on) {
  Running running(echo);
  auto socket = RawSocket::connect(running.port);
  for (int i = 0; i < 3; ++i) {
    socket.send(kGet);
    EXPECT_THAT(socket.read_until("\r\n\r\n"), StartsWith("HTTP/1.1 200 "));
    std::this_thread::sleep_for(
        base::milliseconds(100));  // several sweeps: its buffers are given back
  }
}

TEST(Server, spreads_few_connections_evenly) {
  std::mutex mutex;
  std::map<std::thread::id, int> seen;
  Running running(
      [&](Request request) -> base::Async<Response> {
        {
          const std::lock_guard lock(mutex);
          ++seen[std::this_thread::get_id()];
        }
        base::Async<Response> echoed = echo(std::move(request));
        co_return co_await std::move(echoed);
      },
      quick_server_options(), 2);
  std::vector<RawSocket> sockets;
  for (int i = 0; i < 8; ++i) sockets.push_back(RawSocket::connect(running.port));
  for (RawSocket& socket : sockets) {
    socket.send(kGet);
    socket.read_until("\r\n\r\n");
  }
  ASSERT_EQ(seen.size(), 2u);
  EXPECT_EQ(seen.begin()->second, 4);
}

TEST(Server, evicts_the_longest_idle_connection_when_full) {
  ServerOptions options = quick_server_options();
  options.connections_max = 3;
  Running running(echo, options);
  std::vector<RawSocket> sockets;
  for (int i = 0; i < 3; ++i) {
    sockets.push_back(RawSocket::connect(running.port));
    sockets.back().send(kGet);
    sockets.back().read_until("\r\n\r\n");
    std::this_thread::sleep_for(base::milliseconds(60));  // a sweep apart
  }
  EXPECT_EQ(answer_statuses(ask(running.port, kGetAndClose), false), std::vector<int>{200});
  EXPECT_EQ(sockets[0].read_to_end(), "");
  sockets[2].send(kGetAndClose);
  EXPECT_THAT(sockets[2].read_to_end().value_or(""), StartsWith("HTTP/1.1 200 "));
  EXPECT_EQ(running.server.counts().connections_evicted, 1u);
}

TEST(Server, limits_the_connections_of_one_address) {
  ServerOptions options = quick_server_options();
  options.connections_per_address_max = 2;
  options.loopback_exempt_from_address_limit = false;
  options.timeouts.head = base::minutes(1);
  Running running(echo, options);
  auto first = RawSocket::connect(running.port);
  auto second = RawSocket::connect(running.port);
  for (RawSocket* busy : {&first, &second}) {
    busy->send(kGet + "GET");  // a request has begun, so neither is idle
    busy->read_until("\r\n\r\n");
  }
  EXPECT_EQ(ask(running.port, ""), "");
  EXPECT_EQ(running.server.counts().connections_refused, 1u);
  first.send(" / HTTP/1.1\r\nHost: h\r\n\r\n");
  first.read_until("\r\n\r\n");  // idle now, so it makes room
  EXPECT_EQ(answer_statuses(ask(running.port, kGetAndClose), false), std::vector<int>{200});
}

TEST(Server, finishes_requests_that_have_arrived_when_it_drains) {
  std::promise<void> arrived;
  std::promise<void> release;
  std::shared_future<void> released = release.get_future();
  Running running([&](Request) -> base::Async<Response> {
    arrived.set_value();
    Timer timer(co_await asio::this_coro::executor);
    while (released.wait_for(std::chrono::seconds(0)) != std::future_status::ready) {
      timer.expires_after(std::chrono::milliseconds(1));
      co_await timer.async_wait(base::as_result);
    }
    co_return Response::text(200, "done");
  });
  auto busy = RawSocket::connect(running.port);
  auto idle = RawSocket::connect(running.port);
  busy.send(kGet);
  arrived.get_future().wait();
  std::thread drain([&] { running.drain(base::seconds(30)); });
  EXPECT_EQ(idle.read_to_end(), "");
  release.set_value();
  const std::string answer = busy.read_to_end().value_or("");
  EXPECT_THAT(answer, HasSubstr("Connection: close\r\n"));
  EXPECT_THAT(answer, EndsWith("done"));
  drain.join();
  EXPECT_EQ(running.server.counts().connections_open, 0u);
}

TEST(Server, cuts_what_is_not_finished_when_the_drain_is_over) {
  Running running(echo);
  auto slow = RawSocket::connect(running.port);
  slow.send(kGet + "GET / HT");
  slow.read_until("\r\n\r\n");
  running.drain(base::milliseconds(30));
  EXPECT_EQ(slow.read_to_end(), "");
}

TEST(Server, does_not_wait_for_a_handler_that_never_returns) {
  std::promise<void> arrived;
  std::promise<void> release;
  std::shared_future<void> released = release.get_future();
  Running running([&](Request) -> base::Async<Response> {
    arrived.set_value();
    Timer timer(co_await asio::this_coro::executor);
    while (released.wait_for(std::chrono::seconds(0)) != std::future_status::ready) {
      timer.expires_after(std::chrono::milliseconds(1));
      co_await timer.async_wait(base::as_result);
    }
    co_return Response::text(200, "too late");
  });
  auto waiting = RawSocket::connect(running.port);
  waiting.send(kGet);
  arrived.get_future().wait();
  running.drain(base::milliseconds(30));
  EXPECT_EQ(waiting.read_to_end(), "");
  EXPECT_EQ(running.server.counts().connections_open, 1u);
  release.set_value();
}

TEST(Server, answers_whoever_had_connected_before_it_stopped_to_accept) {
  Running running(echo);
  std::promise<void> release;
  std::shared_future<void> released = release.get_future();
  asio::post(running.threads.executor(0), [released] { released.wait(); });
  std::vector<RawSocket> waiting;  // in the kernel's queue
  for (int i = 0; i < 50; ++i) {
    waiting.push_back(RawSocket::connect(running.port));
    waiting.back().send(kGet);
  }
  std::thread drain([&] { running.drain(base::seconds(30)); });
  release.set_value();
  for (auto& client : waiting) {
    const std::string answer = client.read_to_end().value_or("(still open)");
    EXPECT_EQ(answer_statuses(answer, false), std::vector<int>{200});
  }
  drain.join();
}

TEST(Server, notes_every_port_before_it_can_be_connected_to) {
  ServerOptions options = quick_server_options();
  options.own_ports = std::make_shared<OwnPorts>();
  Running running(echo, options);
  const std::uint16_t second = *running.server.listen("127.0.0.1", 0);
  EXPECT_TRUE(options.own_ports->contains(running.port));
  EXPECT_TRUE(options.own_ports->contains(second));
}

TEST(Server, says_why_it_cannot_listen) {
  Running running(echo);
  EXPECT_THAT(running.server.listen("127.0.0.1", running.port).error().message,
              HasSubstr("cannot listen on 127.0.0.1"));
  EXPECT_EQ(running.server.listen("localhost", 0).error().code, base::Errc::InvalidArgument);
}

TEST(Server, listens_on_ipv6_too) {
  Running running(echo);
  EXPECT_TRUE(running.server.listen("::1", 0));
}

TEST(Server, streams_pieces_as_they_are_written) {
  std::promise<void> first_seen;
  std::shared_future<void> seen = first_seen.get_future();
  Running running([&](Request) -> base::Async<Response> {
    Response response;
    response.headers.add("Content-Type", "text/event-stream");
    response.stream = [&](std::shared_ptr<ResponseStream> out) -> base::Async<void> {
      co_await out->write("one");
      Timer timer(co_await asio::this_coro::executor);
      while (seen.wait_for(std::chrono::seconds(0)) != std::future_status::ready) {
        timer.expires_after(std::chrono::milliseconds(1));
        co_await timer.async_wait(base::as_result);
      }
      co_await out->write("two");
    };
    co_return response;
  });
  auto socket = RawSocket::connect(running.port);
  socket.send(kGet);
  EXPECT_THAT(socket.read_until("3\r\none\r\n"), HasSubstr("Transfer-Encoding: chunked\r\n"));
  first_seen.set_value();
  EXPECT_EQ(socket.read_to_end(), "3\r\ntwo\r\n0\r\n\r\n");
}

/// A stream that waits for its end and nothing else.
StreamWriter wait_for_close(std::promise<void>& begun, std::promise<void>& ended) {
  return [&](std::shared_ptr<ResponseStream> out) -> base::Async<void> {
    Timer closed(co_await asio::this_coro::executor, std::chrono::steady_clock::time_point::max());
    out->on_close([&closed] { closed.cancel(); });
    co_await out->write("x");
    begun.set_value();
    if (out->open()) co_await closed.async_wait(base::as_result);
    EXPECT_FALSE(out->open());
    const bool written = co_await out->write("y");
    EXPECT_FALSE(written);
    ended.set_value();
  };
}

TEST(Server, tells_a_stream_that_its_client_has_gone) {
  std::promise<void> begun, ended;
  Running running([&](Request) -> base::Async<Response> {
    Response response;
    response.stream = wait_for_close(begun, ended);
    co_return response;
  });
  {
    auto socket = RawSocket::connect(running.port);
    socket.send(kGet);
    begun.get_future().wait();
  }
  ended.get_future().wait();
}

TEST(Server, ends_streams_when_it_drains) {
  std::promise<void> begun, ended;
  Running running([&](Request) -> base::Async<Response> {
    Response response;
    response.stream = wait_for_close(begun, ended);
    co_return response;
  });
  auto socket = RawSocket::connect(running.port);
  socket.send(kGet);
  begun.get_future().wait();
  running.drain(base::seconds(30));
  EXPECT_THAT(socket.read_to_end().value_or(""), EndsWith("0\r\n\r\n"));
  ended.get_future().wait();
}

/// Leaves no descriptor free while it lives.
class NoDescriptors {
 public:
  NoDescriptors() {
    ::getrlimit(RLIMIT_NOFILE, &before_);
    rlimit low = before_;
    low.rlim_cur = 256;
    ::setrlimit(RLIMIT_NOFILE, &low);
    for (int d; (d = ::dup(0)) >= 0;) held_.push_back(d);
  }
  ~NoDescriptors() {
    release();
    ::setrlimit(RLIMIT_NOFILE, &before_);
  }
  void release_one() {
    ::close(held_.back());
    held_.pop_back();
  }
  void release() {
    while (!held_.empty()) release_one();
  }

 private:
  rlimit before_{};
  std::vector<int> held_;
};

TEST(Server, accepts_again_after_descriptors_had_run_out) {
  Running running(echo);
  {
    NoDescriptors none;
    none.release_one();
    auto shed = RawSocket::connect(running.port);  // takes the one free descriptor itself
    EXPECT_EQ(shed.read_to_end(), "");
    EXPECT_GE(running.server.counts().connections_refused, 1u);
  }
  EXPECT_EQ(answer_statuses(ask(running.port, kGetAndClose), false), std::vector<int>{200});
}

}  // namespace
}  // namespace fanfare::http
