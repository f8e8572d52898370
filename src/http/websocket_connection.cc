#include "http/websocket_connection.h"

#include <array>

#include "base/log.h"

namespace fanfare::http {

namespace {

constexpr std::size_t kReadBytes = 16 * 1024;

base::Async<void> run_handler(WebSocketHandler handler, std::shared_ptr<WebSocket> socket) {
  base::Async<void> running = handler(socket);
  try {
    co_await std::move(running);
  } catch (const std::exception& e) {
    base::log(base::LogLevel::Error, "http", "a WebSocket handler ended with an exception",
              {{"what", e.what()}});
    socket->close(CloseCode::InternalError);
  }
}

}  // namespace

WebSocketConnection::WebSocketConnection(Transport& transport, base::Executor executor,
                                         const WebSocketLimits& limits, SteadyTime now)
    : transport_(transport),
      writers_(executor),
      limits_(limits),
      frames_(limits.message_bytes_max),
      now_(now),
      heard_(now),
      moved_(now) {}

base::Async<bool> WebSocketConnection::run(WebSocketHandler handler, std::string early) {
  const std::shared_ptr<WebSocket> self = shared_from_this();
  if (!early.empty()) {
    frames_.feed(early);
    write();
  }
  base::Async<void> handled = run_handler(std::move(handler), self);
  co_await std::move(handled);
  close(CloseCode::Normal, {});
  co_await finish_closing();
  const bool in_order = !failed_ && frames_.close_received();
  failed_ = true;  // whoever keeps us touches the transport no more
  if (writing_) transport_.close();
  co_await writers_.join();
  co_return in_order;
}

bool WebSocketConnection::open() const {
  return !failed_ && !frames_.ended() && !frames_.close_sent();
}

base::Async<std::optional<std::string>> WebSocketConnection::receive() {
  for (;;) {
    std::optional<std::string> message = frames_.next_message();
    if (message) co_return message;
    if (!open()) co_return std::nullopt;
    const bool read = co_await read_some();
    if (!read) co_return std::nullopt;
  }
}

base::Async<bool> WebSocketConnection::read_some() {
  const IoResult ready = co_await transport_.wait_readable();
  if (ready.status != IoStatus::Ok || failed_) {
    fail();
    co_return false;
  }
  co_return take_input();
}

/// Not in a coroutine, whose frame would hold the buffer for as long as the peer is silent.
bool WebSocketConnection::take_input() {
  std::array<char, kReadBytes> bytes;
  const IoResult result = transport_.read_now(bytes);
  if (result.status == IoStatus::WouldBlock) return true;
  if (result.status != IoStatus::Ok) {
    fail();
    return false;
  }
  heard_ = now_;
  pinged_.reset();
  frames_.feed(std::string_view(bytes.data(), result.bytes));
  if (frames_.close_sent() && !closed_) closed_ = now_;
  write();
  return !failed_;
}

/// Our close frame is on its way; the peer's has come or is awaited.
base::Async<void> WebSocketConnection::finish_closing() {
  while (!failed_ && !frames_.ended()) {
    const bool read = co_await read_some();
    if (!read) co_return;
    while (frames_.next_message()) continue;  // nobody listens any more
  }
  if (!failed_ && writing_) co_await writers_.join();
}

bool WebSocketConnection::send(std::string_view text) {
  if (!open() || unsent_bytes() + text.size() > limits_.unsent_bytes_max) return false;
  if (!frames_.send(text)) return false;
  write();
  return !failed_;
}

void WebSocketConnection::close(CloseCode code, std::string_view reason) {
  if (failed_) return;
  if (!closed_) closed_ = now_;
  frames_.close(code, reason);
  write();
}

void WebSocketConnection::abort() { fail(); }

void WebSocketConnection::fail() {
  failed_ = true;
  transport_.close();
}

void WebSocketConnection::write() {
  if (failed_ || writing_) return;
  // Answers to pings have the same bound as messages.
  if (unsent_bytes() > 2 * limits_.unsent_bytes_max) return fail();
  if (write_now()) return;
  writing_ = true;
  writers_.spawn("websocket write", write_when_possible());
}

/// True when nothing is left to be written, or ever will.
bool WebSocketConnection::write_now() {
  while (!failed_ && !frames_.output().empty()) {
    const std::string_view output = frames_.output();
    const IoResult result = transport_.write_now({&output, 1});
    if (result.status == IoStatus::WouldBlock) return false;
    if (result.status != IoStatus::Ok) {
      fail();
      break;
    }
    moved_ = now_;
    frames_.wrote(result.bytes);
  }
  moved_ = now_;
  return true;
}

base::Async<void> WebSocketConnection::write_when_possible() {
  const auto self = shared_from_this();
  for (;;) {
    const IoResult ready = co_await transport_.wait_writable();
    if (ready.status != IoStatus::Ok && !failed_) fail();
    if (failed_ || write_now()) break;
  }
  writing_ = false;
}

void WebSocketConnection::sweep(SteadyTime now) {
  now_ = now;
  const bool no_answer = pinged_ && now >= *pinged_ + limits_.answer_within;
  const bool no_reading = writing_ && now >= moved_ + limits_.answer_within;
  const bool no_closing = closed_ && now >= *closed_ + limits_.close_within;
  if (no_answer || no_reading || no_closing) return fail();
  if (pinged_ || !open() || now < heard_ + limits_.ping_after) return;
  pinged_ = now;
  frames_.ping();
  write();
}

}  // namespace fanfare::http
