#include <algorithm>

#include "http/chunked_decoder.h"
#include "http/server_connection.h"

namespace fanfare::http {

namespace {

/// A long body gets its buffer in steps, so that an announcement alone holds little memory.
constexpr std::size_t kFirstBodyBytes = 256 * 1024;
constexpr std::size_t kChunkInputBytes = 64 * 1024;

}  // namespace

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

}  // namespace fanfare::http
