#include <algorithm>

#include "http/chunked_decoder.h"
#include "http/server_connection.h"

namespace fanfare::http {

namespace {

/// A long body gets its buffer in steps, so that an announcement alone holds little memory.
constexpr std::size_t kFirstBodyBytes = 256 * 1024;
constexpr std::size_t kChunkInputBytes = 64 * 1024;

}  // namespace

/// Holds little while it waits: most connections do that most of the time.
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
      in_.keep();
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

ServerConnection::Input ServerConnection::take_input() {
  const bool fresh = in_.empty();
  if (fresh) in_.release();
  const std::span<char> into = fresh ? shard_.scratch() : in_.room();
  const IoResult result = transport_.read_now(into);
  if (result.status == IoStatus::WouldBlock) return Input::None;
  if (result.status != IoStatus::Ok) return Input::Ended;
  if (fresh) {
    in_.borrow(into.first(result.bytes));
  } else {
    in_.commit(result.bytes);
  }
  moved_ += result.bytes;
  return Input::Some;
}

/// What it has got may be borrowed: see InputBuffer.
base::Async<bool> ServerConnection::read_input() {
  // TLS may hold what came with the last record; a plain socket is asked once it has something.
  Input input = transport_.session() ? take_input() : Input::None;
  while (input == Input::None) {
    if (phase_ == Phase::Idle && shard_.draining()) {  // what has come by now is still answered
      input = take_input();
      co_return input == Input::Some;
    }
    const Socket::wait_type what = transport_.waits_for();
    const auto [error] = co_await transport_.socket().async_wait(what, base::as_result);
    const bool woken = std::exchange(wake_to_drain_, false);
    if (timed_out_ || aborted_ || (error && !woken)) co_return false;
    input = take_input();
  }
  co_return input == Input::Some;
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

}  // namespace fanfare::http
