#include "http/server_connection.h"

#include <sys/socket.h>

#include <algorithm>
#include <optional>

#include "base/log.h"
#include "http/response_writer.h"
#include "http/server_stream.h"
#include "http/websocket_connection.h"

namespace fanfare::http {

namespace {

constexpr char kTlsHandshakeByte = 0x16;
constexpr auto kLingerLimit = std::chrono::seconds(2);

HeadLimits head_limits(const ServerLimits& limits) {
  return {limits.request_line_bytes_max, limits.header_bytes_max, limits.header_count_max};
}

}  // namespace

void log_handler_failure() {
  try {
    throw;
  } catch (const std::exception& e) {
    base::log(base::LogLevel::Error, "http", "a handler ended with an exception",
              {{"what", e.what()}});
  } catch (...) {
    base::log(base::LogLevel::Error, "http", "a handler ended with an unknown exception");
  }
}

ServerConnection::ServerConnection(ServerShard& shard, Socket socket, const Accepted& accepted)
    : kept_shard_(shard.shared_from_this()),
      shard_(shard),
      options_(shard.shared().options),
      transport_(std::move(socket)),
      peer_(accepted.peer.address()),
      peer_text_(peer_.to_string()),
      local_port_(accepted.local_port),
      parser_(head_limits(options_.limits)),
      since_(shard.now()) {}

base::Async<void> ServerConnection::run() {
  const auto self = shared_from_this();
  struct Leave {
    ServerConnection& connection;
    ~Leave() {
      connection.transport_.close();
      connection.shard_.remove(connection);
    }
  } leave{*this};
  Next next = co_await open();
  while (next == Next::Continue) {
    next = co_await read_head();
    if (next == Next::Continue) next = co_await serve();
  }
  if (next == Next::Close) co_await linger();
}

void ServerConnection::enter(Phase phase) {
  const bool idle = phase == Phase::Idle;
  if (idle != listed_idle) {
    if (idle) {
      shard_.mark_idle(*this);
    } else {
      shard_.mark_active(*this);
    }
  }
  phase_ = phase;
  since_ = shard_.now();
  moved_ = 0;
  timed_out_ = false;
}

SteadyTime ServerConnection::deadline() const {
  const ServerTimeouts& limits = options_.timeouts;
  // The shard's time is that of its last sweep; one more sweep makes a limit never early.
  const SteadyTime from = since_ + limits.sweep;
  switch (phase_) {
    case Phase::Idle:
      return from + (served_ ? limits.idle : limits.head);
    case Phase::Handshake:
      return from + limits.tls_handshake;
    case Phase::Head:
      return from + limits.head;
    case Phase::Body:
    case Phase::Writing:
      return from + limits.transfer_grace +
             std::chrono::seconds(moved_ /
                                  std::max<std::size_t>(1, limits.transfer_bytes_per_second_min));
    case Phase::Lingering:
      return from + kLingerLimit;
    case Phase::Handling:
      break;
  }
  return SteadyTime::max();
}

void ServerConnection::sweep(SteadyTime now) {
  if (const auto websocket = websocket_.lock()) return websocket->sweep(now);
  if (now >= deadline()) return expire();
}

void ServerConnection::expire() {
  const bool can_answer = phase_ == Phase::Idle || phase_ == Phase::Head || phase_ == Phase::Body;
  if (!can_answer) return abort();
  timed_out_ = true;
  std::error_code ignored;
  transport_.socket().cancel(ignored);
}

void ServerConnection::drain() {
  if (const auto stream = stream_.lock()) stream->close();
  if (const auto websocket = websocket_.lock()) websocket->go_away();
  if (phase_ != Phase::Idle) return;
  wake_to_drain_ = true;
  std::error_code ignored;
  transport_.socket().cancel(ignored);
}

void ServerConnection::abort() {
  aborted_ = true;
  if (const auto stream = stream_.lock()) stream->close();
  if (const auto websocket = websocket_.lock()) websocket->abort();
  transport_.close();
}

base::Async<ServerConnection::Next> ServerConnection::open() {
  enter(Phase::Idle);
  co_await transport_.wait_readable();
  char first = 0;
  const ssize_t seen =
      ::recv(transport_.socket().native_handle(), &first, 1, MSG_PEEK | MSG_DONTWAIT);
  if (seen != 1) co_return Next::Abort;
  wake_to_drain_ = false;
  if (first == kTlsHandshakeByte && options_.tls) {
    enter(Phase::Handshake);
    transport_.start_tls(options_.tls->accept(transport_.socket().native_handle()));
    const IoResult shaken = co_await transport_.handshake();
    co_return shaken.status == IoStatus::Ok ? Next::Continue : Next::Abort;
  }
  if (options_.plain_http == PlainHttp::Refuse) {
    const Refusal refusal{403, "this port answers HTTPS only"};
    const Next next = co_await refuse(refusal);
    co_return next;
  }
  co_return Next::Continue;
}

void ServerConnection::complete(Request& request) const {
  request.tls = transport_.session() != nullptr;
  request.local_port = local_port_;
  request.peer = peer_text_;
}

std::size_t ServerConnection::body_limit(const Request& request) const {
  return options_.body_bytes_max_of ? options_.body_bytes_max_of(request)
                                    : options_.limits.body_bytes_max;
}

/// The request whose head has been read.
base::Async<ServerConnection::Next> ServerConnection::serve() {
  Next next = Next::Continue;
  Request request = parser_.take_request();
  framing_ = parser_.framing();
  in_.consume(parser_.head_bytes());
  parser_.reset();
  complete(request);
  if (framing_.body != BodyFraming::None) {
    const std::size_t limit = body_limit(request);
    next = co_await read_body(request.body, limit);
    if (next != Next::Continue) co_return next;
  }
  shard_.count_request();
  served_ = true;
  in_.keep();
  if (!out_.empty()) write_soon();
  enter(Phase::Handling);
  const Method method = request.method;
  Response response;
  try {
    base::Async<Response> handled = shard_.shared().handler(std::move(request));
    response = co_await std::move(handled);
  } catch (...) {
    log_handler_failure();
    response = Response::text(500, "internal error\n");
  }
  const bool keep_alive = framing_.keep_alive && !shard_.draining();
  const bool at_once = !response.stream && !response.upgrade && keep_alive &&
                       response.body.size() <= kCopiedBodyBytesMax;
  if (at_once) {  // the usual case, without a further coroutine
    append_head(response, response.body.size(), keep_alive);
    if (method != Method::Head && !has_no_content(response.status)) out_.append(response.body);
    const bool more_may_follow = !in_.empty() && out_.size() < kWaitingBytesMax &&
                                 ++answers_waiting_ < options_.limits.pipeline_depth_max;
    std::size_t done = 0;
    if (more_may_follow || write_now({}, done) == Written::All) co_return Next::Continue;
    const bool written = co_await finish_writing({}, done);
    co_return written ? Next::Continue : Next::Abort;
  }
  next = co_await send(std::move(response), method);
  co_return next;
}

}  // namespace fanfare::http
