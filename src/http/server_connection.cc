#include "http/server_connection.h"

#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <asio/post.hpp>
#include <optional>

#include "base/check.h"
#include "base/log.h"
#include "http/chunked_decoder.h"
#include "http/response_writer.h"

namespace fanfare::http {

namespace {

constexpr char kTlsHandshakeByte = 0x16;

/// A body up to this size is copied behind its head, a larger one written from where it is.
constexpr std::size_t kCopiedBodyBytesMax = 4 * 1024;
constexpr std::size_t kWaitingBytesMax = 64 * 1024;

/// A long body gets its buffer in steps, so that an announcement alone holds little memory.
constexpr std::size_t kFirstBodyBytes = 256 * 1024;
constexpr std::size_t kChunkInputBytes = 64 * 1024;

constexpr auto kLingerLimit = std::chrono::seconds(2);
constexpr std::size_t kLingerBytesMax = 1024 * 1024;

HeadLimits head_limits(const ServerLimits& limits) {
  return {limits.request_line_bytes_max, limits.header_bytes_max, limits.header_count_max};
}

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

}  // namespace

/// Outlives the connection if its user keeps it; is closed by then.
class ServerConnection::Stream final : public ResponseStream {
 public:
  Stream(std::weak_ptr<ServerConnection> connection, base::Executor executor)
      : connection_(std::move(connection)), executor_(executor) {}

  base::Async<bool> write(std::string piece) override {
    const auto connection = connection_.lock();
    if (!open_ || !connection) co_return false;
    const bool written = co_await connection->write_piece(piece);
    if (!written) close();
    co_return written;
  }

  bool open() const override { return open_; }

  void on_close(std::function<void()> closed) override {
    if (open_) {
      closed_ = std::move(closed);
    } else {
      asio::post(executor_, std::move(closed));
    }
  }

  void close() {
    open_ = false;
    if (closed_) asio::post(executor_, std::exchange(closed_, nullptr));
  }

 private:
  std::weak_ptr<ServerConnection> connection_;
  base::Executor executor_;
  std::function<void()> closed_;
  bool open_ = true;
};

ServerConnection::ServerConnection(ServerShard& shard, Socket socket, const Accepted& accepted)
    : shard_(shard),
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
  while (next == Next::Continue) next = co_await serve_one();
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
  if (now >= deadline()) return expire();
  const bool settled = now >= since_ + 2 * options_.timeouts.sweep;
  const bool holds_memory = in_.holds_memory() || out_.capacity() > std::string().capacity();
  if (phase_ == Phase::Idle && settled && holds_memory) {
    give_memory_back_ = true;
    std::error_code ignored;
    transport_.socket().cancel(ignored);
  }
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
  if (phase_ != Phase::Idle) return;
  wake_to_drain_ = true;
  std::error_code ignored;
  transport_.socket().cancel(ignored);
}

void ServerConnection::abort() {
  aborted_ = true;
  if (const auto stream = stream_.lock()) stream->close();
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

base::Async<ServerConnection::Next> ServerConnection::serve_one() {
  Next next = co_await read_head();
  if (next != Next::Continue) co_return next;
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
  const bool at_once =
      !response.stream && keep_alive && response.body.size() <= kCopiedBodyBytesMax;
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

base::Async<ServerConnection::Next> ServerConnection::read_head() {
  for (;;) {
    if (!in_.empty()) {
      if (phase_ != Phase::Head) enter(Phase::Head);
      const ParseState state = parser_.feed(in_.view());
      if (state == ParseState::Complete) co_return Next::Continue;
      if (state == ParseState::Refused) {
        const Refusal refusal = parser_.refusal();
        const Next next = co_await refuse(refusal);
        co_return next;
      }
    }
    if (!out_.empty()) {
      const bool written = co_await finish_writing({}, 0);
      if (!written) co_return Next::Abort;
      if (!in_.empty()) enter(Phase::Head);
    }
    if (in_.empty()) enter(Phase::Idle);
    const bool got = co_await read_input();
    if (got) continue;
    const Next next = co_await end_unfinished();
    co_return next;
  }
}

base::Async<bool> ServerConnection::read_input() {
  for (;;) {
    const bool idle = phase_ == Phase::Idle;
    if (idle && shard_.draining()) {  // what has come by now is still answered
      const auto room = in_.room();
      const IoResult result = transport_.read_now(room);
      if (result.status == IoStatus::Ok) in_.commit(result.bytes);
      co_return result.status == IoStatus::Ok;
    }
    if (idle && std::exchange(give_memory_back_, false)) {
      in_.release();
      out_ = std::string();
      const IoResult ready = co_await transport_.wait_readable();
      const bool woken = std::exchange(wake_to_drain_, false) || give_memory_back_;
      if (ready.status != IoStatus::Ok && !woken) co_return false;
      continue;
    }
    const auto room = in_.room();
    const IoResult result = co_await transport_.read(room);
    if (result.status == IoStatus::Ok) {
      in_.commit(result.bytes);
      moved_ += result.bytes;
      give_memory_back_ = wake_to_drain_ = false;
      co_return !timed_out_;
    }
    const bool woken = give_memory_back_ || std::exchange(wake_to_drain_, false);
    const bool goes_on = result.status == IoStatus::Cancelled && woken && !timed_out_ && !aborted_;
    if (!goes_on) co_return false;
  }
}

base::Async<ServerConnection::Next> ServerConnection::end_unfinished() {
  if (aborted_) co_return Next::Abort;
  if (phase_ == Phase::Idle) co_return timed_out_ || shard_.draining() ? Next::Close : Next::Abort;
  if (!timed_out_) co_return Next::Abort;
  const Refusal refusal{408, "the request did not arrive in time"};
  const Next next = co_await refuse(refusal);
  co_return next;
}

base::Async<ServerConnection::Next> ServerConnection::send_continue() {
  out_.append("HTTP/1.1 100 Continue\r\n\r\n");
  const bool written = co_await finish_writing({}, 0);
  co_return written ? Next::Continue : Next::Abort;
}

base::Async<ServerConnection::Next> ServerConnection::read_body(Body& body, std::size_t limit) {
  if (framing_.body == BodyFraming::Length && framing_.content_length > limit) {
    const Refusal refusal{413, "the body is larger than this server takes"};
    const Next next = co_await refuse(refusal);
    co_return next;
  }
  if (framing_.expects_continue && in_.empty()) {
    const Next next = co_await send_continue();
    if (next != Next::Continue) co_return next;
  }
  if (framing_.body == BodyFraming::Chunked) {
    const Next next = co_await read_chunked_body(body, limit);
    co_return next;
  }
  const auto length = static_cast<std::size_t>(framing_.content_length);
  body.reserve(std::min(length, kFirstBodyBytes));
  const std::string_view here = in_.view().substr(0, length);
  body.append(here);
  in_.consume(here.size());
  if (body.size() == length) co_return Next::Continue;
  const Next next = co_await read_length_body(body);
  co_return next;
}

base::Async<ServerConnection::Next> ServerConnection::read_length_body(Body& body) {
  if (!out_.empty()) {
    const bool written = co_await finish_writing({}, 0);
    if (!written) co_return Next::Abort;
  }
  enter(Phase::Body);
  const auto length = static_cast<std::size_t>(framing_.content_length);
  while (body.size() < length) {
    const std::size_t left = length - body.size();
    if (body.room() == 0) body.reserve(std::min(length, body.size() * 4));
    const std::size_t room = std::min(left, body.room());
    const std::span<char> into(body.prepare(room), room);
    const IoResult result = co_await transport_.read(into);
    if (result.status != IoStatus::Ok || timed_out_) {
      const Next next = co_await end_unfinished();
      co_return next;
    }
    body.commit(result.bytes);
    moved_ += result.bytes;
  }
  co_return Next::Continue;
}

base::Async<ServerConnection::Next> ServerConnection::read_more_body() {
  if (!out_.empty()) {
    const bool written = co_await finish_writing({}, 0);
    if (!written) co_return Next::Abort;
  }
  if (phase_ != Phase::Body) enter(Phase::Body);
  const bool got = co_await read_input();
  if (got) co_return Next::Continue;
  const Next next = co_await end_unfinished();
  co_return next;
}

base::Async<ServerConnection::Next> ServerConnection::read_chunked_body(Body& body,
                                                                        std::size_t limit) {
  const ServerLimits& limits = options_.limits;
  ChunkedDecoder decoder(limits.chunk_line_bytes_max, limits.trailer_bytes_max);
  Refusal refusal{0, {}};
  for (;;) {
    while (!in_.empty()) {
      const ChunkedDecoder::Step step = decoder.next(in_.view());
      const bool too_large =
          step.data.size() + decoder.chunk_left() > limit - std::min(limit, body.size());
      if (step.state == ChunkState::Malformed) refusal = {400, "malformed chunked body"};
      if (step.state == ChunkState::TrailersTooLarge) refusal = {431, "trailers too large"};
      if (too_large) refusal = {413, "the body is larger than this server takes"};
      if (refusal.status != 0) {
        const Next next = co_await refuse(refusal);
        co_return next;
      }
      body.append(step.data);
      in_.consume(step.consumed);
      if (step.state == ChunkState::Done) {
        in_.shrink();
        co_return Next::Continue;
      }
    }
    if (decoder.chunk_left() > kChunkInputBytes) in_.reserve(kChunkInputBytes);
    const Next next = co_await read_more_body();
    if (next != Next::Continue) co_return next;
  }
}

void ServerConnection::append_head(const Response& response, std::size_t body_bytes,
                                   bool keep_alive) {
  ResponseHead head;
  head.framing =
      has_no_content(response.status) ? ResponseFraming::NoContent : ResponseFraming::Length;
  head.content_length = body_bytes;
  head.keep_alive = keep_alive;
  head.http10 = framing_.http10;
  if (response.stream) {
    stream_is_chunked_ = !framing_.http10;
    head.framing = stream_is_chunked_ ? ResponseFraming::Chunked : ResponseFraming::UntilClose;
  }
  append_response_head(out_, response.status, response.headers, head);
}

base::Async<ServerConnection::Next> ServerConnection::send(Response response, Method method) {
  if (response.stream) {
    const Next next = co_await send_stream(std::move(response), method);
    co_return next;
  }
  const bool keep_alive = framing_.keep_alive && !shard_.draining();
  append_head(response, response.body.size(), keep_alive);
  const bool no_body = method == Method::Head || has_no_content(response.status);
  const std::string_view body = no_body ? std::string_view() : std::string_view(response.body);
  const bool written = co_await finish_writing(body, 0);
  if (!written) co_return Next::Abort;
  co_return keep_alive ? Next::Continue : Next::Close;
}

Response ServerConnection::refusal_response(const Refusal& refusal) const {
  if (options_.refusal) return options_.refusal(refusal.status, refusal.reason);
  return Response::text(refusal.status, std::string(refusal.reason) + "\n");
}

base::Async<ServerConnection::Next> ServerConnection::refuse(Refusal refusal) {
  shard_.count_refused_request();
  const bool head_only = in_.view().starts_with("HEAD ");
  const Response response = refusal_response(refusal);
  append_head(response, response.body.size(), false);
  const std::string_view text = head_only ? std::string_view() : std::string_view(response.body);
  enter(Phase::Writing);
  const bool written = co_await finish_writing(text, 0);
  co_return written ? Next::Close : Next::Abort;
}

base::Async<void> ServerConnection::linger() {
  enter(Phase::Lingering);
  transport_.shutdown();
  in_.consume(in_.view().size());
  // Closing while bytes of the peer are unread would reset the connection under our answer.
  while (moved_ < kLingerBytesMax) {
    const auto room = in_.room();
    const auto [error, bytes] = co_await transport_.socket().async_read_some(
        asio::buffer(room.data(), room.size()), base::as_result);
    if (error) co_return;
    moved_ += bytes;
  }
}

ServerConnection::Written ServerConnection::write_now(std::string_view body, std::size_t& done) {
  const std::array<std::string_view, 2> parts = {out_, body};
  const IoResult result = transport_.write_now(parts, done);
  if (result.status == IoStatus::WouldBlock) return Written::Part;
  if (result.status != IoStatus::Ok) return Written::Failed;
  done += result.bytes;
  if (done < out_.size() + body.size()) return Written::Part;
  wrote_all();
  return Written::All;
}

void ServerConnection::wrote_all() {
  if (out_.capacity() > kWaitingBytesMax) {
    out_ = std::string();
  } else {
    out_.clear();
  }
  answers_waiting_ = 0;
}

base::Async<bool> ServerConnection::finish_writing(std::string_view body, std::size_t done) {
  writing_ = true;
  for (;;) {
    const std::size_t before = done;
    const Written written = write_now(body, done);
    moved_ += done - before;
    if (written != Written::Part) {
      writing_ = false;
      co_return written == Written::All;
    }
    if (done > before) continue;
    if (phase_ != Phase::Writing) enter(Phase::Writing);
    const IoResult ready = co_await transport_.wait_writable();
    if (ready.status != IoStatus::Ok) {
      writing_ = false;
      co_return false;
    }
  }
}

/// Answers that wait behind a handler go out once the handler really waits for something.
void ServerConnection::write_soon() {
  asio::post(shard_.executor(), [weak = weak_from_this()] {
    const auto self = weak.lock();
    if (!self || self->writing_ || self->out_.empty() || self->phase_ != Phase::Handling) return;
    const std::string_view waiting = self->out_;
    const IoResult result = self->transport_.write_now({&waiting, 1});
    if (result.status == IoStatus::Ok) self->out_.erase(0, result.bytes);
  });
}

base::Async<ServerConnection::Next> ServerConnection::send_stream(Response response,
                                                                  Method method) {
  append_head(response, 0, false);
  const bool begun = co_await finish_writing({}, 0);
  if (!begun) co_return Next::Abort;
  if (method == Method::Head) co_return Next::Close;
  enter(Phase::Handling);
  const auto stream = std::make_shared<Stream>(weak_from_this(), shard_.executor());
  stream_ = stream;
  if (shard_.draining()) stream->close();
  shard_.spawn("http stream watch", watch_stream(stream));
  bool completed = false;
  try {
    base::Async<void> writing = response.stream(stream);
    co_await std::move(writing);
    completed = true;
  } catch (...) {
    log_handler_failure();
  }
  stream->close();
  std::error_code ignored;
  transport_.socket().cancel(ignored);  // ends the watch
  if (!completed || aborted_) co_return Next::Abort;
  if (!stream_is_chunked_) co_return Next::Close;
  out_.append(kLastChunk);
  const bool ended = co_await finish_writing({}, 0);
  co_return ended ? Next::Close : Next::Abort;
}

base::Async<bool> ServerConnection::write_piece(std::string_view piece) {
  FANFARE_CHECK(!writing_);
  if (piece.empty()) co_return !aborted_;
  if (stream_is_chunked_) {
    append_chunk(out_, piece);
  } else {
    out_.append(piece);
  }
  const bool written = co_await finish_writing({}, 0);
  if (!written) abort();
  if (phase_ != Phase::Handling) enter(Phase::Handling);
  co_return written;
}

/// Nothing is expected from the client during a stream, so whatever comes means that it has gone.
base::Async<void> ServerConnection::watch_stream(std::shared_ptr<Stream> stream) {
  const auto self = shared_from_this();
  while (stream->open()) {
    const auto [error] =
        co_await transport_.socket().async_wait(Socket::wait_read, base::as_result);
    if (error) co_return;
    char byte = 0;
    const ssize_t seen =
        ::recv(transport_.socket().native_handle(), &byte, 1, MSG_PEEK | MSG_DONTWAIT);
    const bool spurious = seen < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR);
    if (!spurious) stream->close();
  }
}

}  // namespace fanfare::http
