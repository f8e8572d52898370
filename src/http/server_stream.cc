#include "http/server_stream.h"

#include <sys/socket.h>

#include <asio/post.hpp>
#include <cerrno>
#include <utility>

#include "base/check.h"
#include "http/response_writer.h"
#include "http/server_connection.h"

namespace fanfare::http {

base::Async<bool> ServerStream::write(std::string piece) {
  const auto connection = connection_.lock();
  if (!open_ || !connection) co_return false;
  const bool written = co_await connection->write_piece(piece);
  if (!written) close();
  co_return written;
}

void ServerStream::on_close(std::function<void()> closed) {
  if (open_) {
    closed_ = std::move(closed);
  } else {
    asio::post(executor_, std::move(closed));
  }
}

void ServerStream::close() {
  open_ = false;
  if (closed_) asio::post(executor_, std::exchange(closed_, nullptr));
}

base::Async<ServerConnection::Next> ServerConnection::send_stream(Response response,
                                                                  Method method) {
  append_head(response, 0, false);
  const bool begun = co_await finish_writing({}, 0);
  if (!begun) co_return Next::Abort;
  if (method == Method::Head) co_return Next::Close;
  enter(Phase::Handling);
  const auto stream = std::make_shared<ServerStream>(weak_from_this(), shard_.executor());
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
base::Async<void> ServerConnection::watch_stream(std::shared_ptr<ServerStream> stream) {
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
