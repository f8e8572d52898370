#include <sys/socket.h>

#include <array>
#include <asio/post.hpp>
#include <cerrno>

#include "http/response_writer.h"
#include "http/server_connection.h"

namespace fanfare::http {

namespace {

constexpr std::size_t kLingerBytesMax = 1024 * 1024;
constexpr std::size_t kUsualAnswerBytes = 500;

}  // namespace

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
  if (out_.empty()) out_.reserve(kUsualAnswerBytes);
  append_response_head(out_, response.status, response.headers, head);
}

base::Async<ServerConnection::Next> ServerConnection::send(Response response, Method method) {
  if (response.stream) {
    const Next next = co_await send_stream(std::move(response), method);
    co_return next;
  }
  if (response.upgrade) {
    const Next next = co_await send_upgrade(std::move(response), method);
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
  in_.consume(in_.view().size());  // nothing more is read here
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
  in_.release();
  // Closing while bytes of the peer are unread would reset the connection under our answer.
  while (moved_ < kLingerBytesMax) {
    const auto [error] =
        co_await transport_.socket().async_wait(Socket::wait_read, base::as_result);
    if (error || !discard_input()) co_return;
  }
}

/// False once nothing more will come.
bool ServerConnection::discard_input() {
  const std::span<char> scratch = shard_.scratch();
  const ssize_t got =
      ::recv(transport_.socket().native_handle(), scratch.data(), scratch.size(), MSG_DONTWAIT);
  if (got > 0) moved_ += static_cast<std::size_t>(got);
  return got > 0 || (got < 0 && (errno == EAGAIN || errno == EINTR));
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
  out_ = std::string();  // a connection that waits holds no memory
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

}  // namespace fanfare::http
