/// What every sink promises, held against a real receiver on loopback; and the handshake's I/O.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <asio/ip/tcp.hpp>
#include <asio/read_until.hpp>
#include <asio/streambuf.hpp>
#include <asio/write.hpp>

#include <atomic>
#include <mutex>

#include "base/task_group.h"
#include "delivery/handshake.h"
#include "delivery/retry.h"
#include "delivery/sinks/all_sinks.h"
#include "http/address_filter.h"
#include "http/server.h"
#include "unit/delivery/samples.h"

namespace fanfare::delivery {
namespace {

using namespace std::chrono_literals;
using queue::OutcomeKind;
using testing::HasSubstr;
using testing::SizeIs;

/// A receiver that notes what comes and answers as it is told.
class Receiver {
 public:
  using Answer = std::function<http::Response(const http::Request&)>;

  explicit Receiver(base::IoThreads& threads)
      : server_(threads, [this](http::Request request) { return handle(std::move(request)); }, {}),
        port_(*server_.listen("127.0.0.1", 0)) {}

  std::string url(const std::string& target = "/in?code=1") const {
    return "http://127.0.0.1:" + std::to_string(port_) + target;
  }
  std::uint16_t port() const { return port_; }

  void answer_with(Answer answer) {
    const std::lock_guard lock(mutex_);
    answer_ = std::move(answer);
  }
  void hang() { hangs_ = true; }

  struct Seen {
    http::Method method;
    std::string target;
    http::Headers headers;
    std::string body;
  };
  std::vector<Seen> seen() const {
    const std::lock_guard lock(mutex_);
    return seen_;
  }
  std::uint64_t connections() const { return server_.counts().connections_accepted; }

 private:
  base::Async<http::Response> handle(http::Request request) {
    Answer answer;
    {
      const std::lock_guard lock(mutex_);
      seen_.push_back(
          {request.method, request.target, request.headers, std::string(request.body.view())});
      answer = answer_;
    }
    if (hangs_) {
      http::Response endless;
      endless.stream = [](std::shared_ptr<http::ResponseStream> stream) { return hold(stream); };
      co_return endless;
    }
    co_return answer ? answer(request) : http::Response::empty(200);
  }

  /// Sends the head and then nothing.
  static base::Async<void> hold(std::shared_ptr<http::ResponseStream> stream) {
    const auto executor = co_await asio::this_coro::executor;
    asio::basic_waitable_timer<std::chrono::steady_clock,
                               asio::wait_traits<std::chrono::steady_clock>, base::Executor>
        closed(executor, std::chrono::steady_clock::time_point::max());
    stream->on_close([&closed] { closed.cancel(); });
    if (stream->open()) co_await closed.async_wait(base::as_result);
  }

  mutable std::mutex mutex_;
  Answer answer_;
  std::vector<Seen> seen_;
  std::atomic<bool> hangs_ = false;
  http::Server server_;
  std::uint16_t port_;
};

/// Answers one connection with these bytes, whatever is asked, and closes it.
class RawReceiver {
 public:
  RawReceiver(base::Executor executor, std::string bytes)
      : tasks_(executor),
        acceptor_(executor, {asio::ip::address_v4::loopback(), 0}),
        bytes_(std::move(bytes)) {
    base::run_on(executor, [this] { tasks_.spawn("raw receiver", serve()); });
  }
  ~RawReceiver() {
    base::block_on(tasks_.executor(), [this] { return end(); });
  }
  std::string url() const {
    return "http://127.0.0.1:" + std::to_string(acceptor_.local_endpoint().port()) + "/";
  }

 private:
  using Acceptor = asio::basic_socket_acceptor<asio::ip::tcp, base::Executor>;
  using Socket = asio::basic_stream_socket<asio::ip::tcp, base::Executor>;

  base::Async<void> serve() {
    for (;;) {
      Socket socket(acceptor_.get_executor());
      const auto [error] = co_await acceptor_.async_accept(socket, base::as_result);
      if (error) co_return;
      std::string request;
      auto buffer = asio::dynamic_buffer(request);
      co_await asio::async_read_until(socket, buffer, "\r\n\r\n", base::as_result);
      co_await asio::async_write(socket, asio::buffer(bytes_), base::as_result);
    }
  }

  base::Async<void> end() {
    acceptor_.close();
    co_await tasks_.join();
  }

  base::TaskGroup tasks_;
  Acceptor acceptor_;
  std::string bytes_;
};

struct SinkRow {
  const char* endpoint_type;
  grid::Destination (*destination)(std::string url);
};
void PrintTo(const SinkRow& row, std::ostream* out) { *out << row.endpoint_type; }

grid::Destination to_webhook(std::string url) {
  return grid::WebHookDestination{.endpoint_url = std::move(url)};
}

class SinkContract : public testing::TestWithParam<SinkRow> {
 protected:
  SinkContract() { make_client({}); }
  ~SinkContract() override {
    base::block_on(threads_.executor(0), [this] { return client_->close(); });
  }

  void make_client(http::AddressCheck check) {
    if (client_) base::block_on(threads_.executor(0), [this] { return client_->close(); });
    http::ClientOptions options;
    options.address_check = std::move(check);
    options.sweep = 5ms;
    client_ = std::make_unique<http::Client>(threads_.executor(0), options);
    SinkOptions sink_options;
    sink_options.envelope.store_id = "store";
    sink_options.timeouts.total = limit_;
    sink_ = make_all_sinks(*client_, clock_, sink_options);
  }

  Outcome deliver(const std::string& url, std::vector<queue::Task> tasks = {sample_task()}) {
    subscription_ = sample_subscription();
    subscription_.destination = GetParam().destination(url);
    tasks_ = std::move(tasks);
    base::block_on(threads_.executor(0), [this] { return deliver_one(); });
    return outcome_;
  }

  base::Duration limit_ = 20s;
  base::IoThreads threads_{2};
  base::VirtualClock clock_{kNoon};
  std::unique_ptr<http::Client> client_;
  std::unique_ptr<Sink> sink_;

 private:
  base::Async<void> deliver_one() {
    const Shipment shipment{&subscription_, tasks_};
    outcome_ = co_await sink_->deliver(shipment);
  }

  grid::EventSubscription subscription_;
  std::vector<queue::Task> tasks_;
  Outcome outcome_;
};

INSTANTIATE_TEST_SUITE_P(Sinks, SinkContract, testing::Values(SinkRow{"WebHook", to_webhook}),
                         [](const auto& info) { return std::string(info.param.endpoint_type); });

TEST_P(SinkContract, is_in_the_table_under_its_type) {
  EXPECT_EQ(endpoint_type(GetParam().destination("https://x.example.com/")),
            GetParam().endpoint_type);
}

TEST_P(SinkContract, sends_the_event_as_it_is_rendered) {
  Receiver receiver(threads_);
  const auto outcome = deliver(receiver.url());
  EXPECT_EQ(outcome.kind, OutcomeKind::Delivered);
  EXPECT_EQ(outcome.status, 200);
  EXPECT_GT(outcome.latency.count(), 0);
  ASSERT_THAT(receiver.seen(), SizeIs(1));
  const auto seen = receiver.seen()[0];
  EXPECT_EQ(seen.method, http::Method::Post);
  EXPECT_EQ(seen.target, "/in?code=1");
  EXPECT_EQ(seen.headers.get("Content-Type"), "application/json; charset=utf-8");
  EXPECT_EQ(seen.headers.get("aeg-event-type"), "Notification");
  EXPECT_EQ(seen.headers.get("aeg-delivery-count"), "0");
  EXPECT_EQ(seen.headers.get("Content-Length"), std::to_string(seen.body.size()));
  EXPECT_FALSE(seen.headers.contains("Accept"));
  EXPECT_FALSE(seen.headers.contains("Accept-Encoding"));
  EXPECT_THAT(seen.body, HasSubstr(R"("count":12345678901234567890)"));
}

TEST_P(SinkContract, every_status_has_its_outcome) {
  Receiver receiver(threads_);
  for (const int status : {200, 201, 202, 203, 204, 205, 301, 400, 401, 403,
                           404, 408, 410, 413, 418, 429, 500, 502, 503, 504}) {
    receiver.answer_with([status](const http::Request&) { return http::Response::empty(status); });
    const auto outcome = deliver(receiver.url());
    EXPECT_EQ(outcome.status, status);
    EXPECT_EQ(outcome.kind, outcome_of_status(status)) << status;
  }
}

TEST_P(SinkContract, never_follows_a_redirect) {
  Receiver receiver(threads_);
  for (const int status : {301, 302, 303, 307, 308}) {
    receiver.answer_with([&receiver, status](const http::Request&) {
      auto response = http::Response::empty(status);
      response.headers.add("Location", receiver.url("/elsewhere"));
      return response;
    });
    EXPECT_EQ(deliver(receiver.url()).kind, OutcomeKind::GenericError);
  }
  ASSERT_THAT(receiver.seen(), SizeIs(5));
  for (const auto& seen : receiver.seen()) EXPECT_EQ(seen.target, "/in?code=1");
}

TEST_P(SinkContract, keeps_its_connection) {
  Receiver receiver(threads_);
  for (int i = 0; i < 50; ++i) ASSERT_EQ(deliver(receiver.url()).kind, OutcomeKind::Delivered);
  EXPECT_EQ(receiver.connections(), 1u);
}

TEST_P(SinkContract, retry_after_comes_with_429_and_503_only) {
  Receiver receiver(threads_);
  const struct {
    int status;
    const char* value;
    std::optional<base::Duration> expected;
  } cases[] = {{429, "17", 17s},
               {503, "Sat, 31 Jan 2026 12:01:00 GMT", 60s},
               {503, "soon", {}},
               {500, "17", {}},
               {200, "17", {}}};
  for (const auto& c : cases) {
    receiver.answer_with([&c](const http::Request&) {
      auto response = http::Response::empty(c.status);
      response.headers.add("Retry-After", c.value);
      return response;
    });
    EXPECT_EQ(deliver(receiver.url()).retry_after, c.expected) << c.status << ' ' << c.value;
  }
}

TEST_P(SinkContract, keeps_the_first_kilobyte_of_a_refusal) {
  Receiver receiver(threads_);
  receiver.answer_with(
      [](const http::Request&) { return http::Response::text(500, std::string(100'000, 'x')); });
  EXPECT_EQ(deliver(receiver.url()).detail, std::string(1024, 'x'));
  receiver.answer_with(
      [](const http::Request&) { return http::Response::text(500, "out of order"); });
  EXPECT_EQ(deliver(receiver.url()).detail, "out of order");
  receiver.answer_with([](const http::Request&) { return http::Response::text(200, "thanks"); });
  EXPECT_EQ(deliver(receiver.url()).detail, "");
}

TEST_P(SinkContract, does_not_cut_a_character_in_two) {
  Receiver receiver(threads_);
  receiver.answer_with([](const http::Request&) {
    std::string text = "x";
    for (int i = 0; i < 1000; ++i) text += "\xC3\xA9";
    return http::Response::text(500, text);
  });
  EXPECT_EQ(deliver(receiver.url()).detail.size(), 1023u);
}

TEST_P(SinkContract, an_answer_that_does_not_end_is_a_timeout) {
  limit_ = 50ms;
  make_client({});
  Receiver receiver(threads_);
  receiver.hang();
  const auto outcome = deliver(receiver.url());
  EXPECT_EQ(outcome.kind, OutcomeKind::TimedOut);
  EXPECT_FALSE(outcome.detail.empty());
}

TEST_P(SinkContract, a_closed_port_is_a_socket_error) {
  std::string url;
  {
    Receiver receiver(threads_);
    url = receiver.url();
  }
  const auto outcome = deliver(url);
  EXPECT_EQ(outcome.kind, OutcomeKind::SocketError);
  EXPECT_EQ(outcome.status, 0);
  EXPECT_FALSE(outcome.detail.empty());
}

TEST_P(SinkContract, a_port_without_tls_is_a_socket_error) {
  Receiver receiver(threads_);
  const auto outcome = deliver("https://127.0.0.1:" + std::to_string(receiver.port()) + "/");
  EXPECT_EQ(outcome.kind, OutcomeKind::SocketError);
  EXPECT_THAT(receiver.seen(), SizeIs(0));
}

TEST_P(SinkContract, a_name_without_an_address_is_a_resolution_error) {
  const auto outcome = deliver("http://no-such-host.invalid/");
  EXPECT_EQ(outcome.kind, OutcomeKind::ResolutionError);
}

TEST_P(SinkContract, a_refused_address_is_never_connected_and_tells_nothing) {
  Receiver receiver(threads_);
  make_client([filter = http::AddressFilter()](const asio::ip::address& address) {
    return filter.refusal(address);
  });
  const auto outcome = deliver(receiver.url());
  EXPECT_EQ(outcome.kind, OutcomeKind::SocketError);
  EXPECT_EQ(outcome.detail, "the endpoint's address is not allowed");
  EXPECT_EQ(receiver.connections(), 0u);
}

TEST_P(SinkContract, a_url_that_is_none_fails_without_a_request) {
  for (const char* url : {"", "hooks.example.com", "http://", "http://a b/"}) {
    const auto outcome = deliver(url);
    EXPECT_EQ(outcome.kind, OutcomeKind::ResolutionError) << url;
  }
}

TEST_P(SinkContract, noise_instead_of_an_answer_is_a_failure) {
  const struct {
    const char* bytes;
    OutcomeKind expected;
  } cases[] = {
      {"", OutcomeKind::SocketError},
      {"SSH-2.0-OpenSSH_9.2\r\n", OutcomeKind::GenericError},
      {"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nab", OutcomeKind::SocketError},
      {"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
       OutcomeKind::GenericError},
      {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", OutcomeKind::GenericError}};
  for (const auto& c : cases) {
    const RawReceiver receiver(threads_.executor(1), c.bytes);
    EXPECT_EQ(deliver(receiver.url()).kind, c.expected) << c.bytes;
  }
}

TEST_P(SinkContract, a_closed_client_cancels) {
  Receiver receiver(threads_);
  base::block_on(threads_.executor(0), [this] { return client_->close(); });
  EXPECT_EQ(deliver(receiver.url()).kind, OutcomeKind::Canceled);
}

// The handshake over a real connection.

class HandshakeContract : public testing::Test {
 protected:
  HandshakeContract() {
    http::ClientOptions options;
    options.sweep = 5ms;
    client_ = std::make_unique<http::Client>(threads_.executor(0), options);
  }
  ~HandshakeContract() override {
    base::block_on(threads_.executor(0), [this] { return client_->close(); });
  }

  HandshakeResult validate(grid::EventSubscription subscription, int attempts) {
    subscription_ = std::move(subscription);
    attempts_ = attempts;
    std::atomic<bool> done = false;
    std::thread clock_hand([&] {
      while (!done) {
        const auto next = clock_.next_alarm();
        if (next != base::TimePoint::max()) clock_.advance_to(next);
        std::this_thread::yield();
      }
    });
    base::block_on(threads_.executor(0), [this] { return validate_one(); });
    done = true;
    clock_hand.join();
    return *result_;
  }

  base::IoThreads threads_{2};
  base::VirtualClock clock_{kNoon};
  Receiver receiver_{threads_};
  std::unique_ptr<http::Client> client_;

 private:
  base::Async<void> validate_one() {
    HandshakeRequest request{.validation_code = "code-1", .validation_url = "https://f.example/v"};
    auto asking =
        validate_webhook(*client_, clock_, pace_, subscription_, std::move(request), attempts_);
    result_ = co_await std::move(asking);
  }

  HandshakePace pace_;
  grid::EventSubscription subscription_;
  int attempts_ = 1;
  std::optional<HandshakeResult> result_;
};

http::Response echo_code(const http::Request&) {
  return http::Response::json(200, R"({"validationResponse":"code-1"})");
}

TEST_F(HandshakeContract, an_echoed_code_validates) {
  receiver_.answer_with(echo_code);
  const auto result = validate(sample_subscription(receiver_.url()), 3);
  EXPECT_TRUE(std::holds_alternative<Validated>(result));
  ASSERT_THAT(receiver_.seen(), SizeIs(1));
  EXPECT_EQ(receiver_.seen()[0].headers.get("aeg-event-type"), "SubscriptionValidation");
}

TEST_F(HandshakeContract, failures_are_asked_again_five_seconds_later) {
  std::atomic<int> requests = 0;
  receiver_.answer_with([&requests](const http::Request& request) {
    return ++requests < 3 ? http::Response::empty(500) : echo_code(request);
  });
  const auto result = validate(sample_subscription(receiver_.url()), 3);
  EXPECT_TRUE(std::holds_alternative<Validated>(result));
  EXPECT_EQ(clock_.now(), kNoon + 10s);
}

TEST_F(HandshakeContract, after_the_last_attempt_it_is_refused) {
  receiver_.answer_with([](const http::Request&) { return http::Response::empty(202); });
  const auto result = validate(sample_subscription(receiver_.url()), 2);
  ASSERT_TRUE(std::holds_alternative<Refused>(result));
  EXPECT_EQ(std::get<Refused>(result).status, 202);
  EXPECT_THAT(receiver_.seen(), SizeIs(2));
  EXPECT_EQ(clock_.now(), kNoon + 5s);
}

TEST_F(HandshakeContract, silence_leaves_it_to_a_person) {
  const auto result = validate(sample_subscription(receiver_.url()), 3);
  EXPECT_TRUE(std::holds_alternative<AwaitingManual>(result));
  EXPECT_THAT(receiver_.seen(), SizeIs(1));
}

TEST_F(HandshakeContract, cloud_events_ask_by_options) {
  receiver_.answer_with([](const http::Request& request) {
    auto response = http::Response::empty(200);
    response.headers.add("WebHook-Allowed-Origin", request.headers.get("WebHook-Request-Origin"));
    response.headers.add("WebHook-Allowed-Rate", "90");
    return response;
  });
  auto subscription = sample_subscription(receiver_.url());
  subscription.delivery_schema = grid::DeliverySchema::CloudEventSchemaV1_0;
  const auto result = validate(subscription, 3);
  ASSERT_TRUE(std::holds_alternative<Validated>(result));
  EXPECT_EQ(std::get<Validated>(result).allowed_rate_per_minute, 90);
  EXPECT_EQ(receiver_.seen()[0].method, http::Method::Options);
}

TEST_F(HandshakeContract, a_redirect_is_not_followed) {
  receiver_.answer_with([this](const http::Request&) {
    auto response = http::Response::empty(302);
    response.headers.add("Location", receiver_.url("/elsewhere"));
    return response;
  });
  const auto result = validate(sample_subscription(receiver_.url()), 1);
  EXPECT_TRUE(std::holds_alternative<Refused>(result));
  EXPECT_THAT(receiver_.seen(), SizeIs(1));
}

}  // namespace
}  // namespace fanfare::delivery
