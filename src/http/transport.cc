#include "http/transport.h"

#include <sys/socket.h>
#include <sys/uio.h>

#include <algorithm>
#include <array>
#include <asio/error.hpp>
#include <cerrno>

namespace fanfare::http {

namespace {

constexpr std::size_t kPartsPerCall = 64;

IoStatus status_of(const std::error_code& error) {
  if (!error) return IoStatus::Ok;
  if (error == asio::error::operation_aborted || error == asio::error::bad_descriptor) {
    return IoStatus::Cancelled;
  }
  return error == asio::error::eof ? IoStatus::Closed : IoStatus::Failed;
}

IoResult from_errno() {
  const bool would_block = errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR;
  return {would_block ? IoStatus::WouldBlock : IoStatus::Failed, 0};
}

}  // namespace

/// A TLS session knows a descriptor by its number, which after close() may be another connection's.
std::optional<IoResult> Transport::closed_tls() const {
  if (socket_.is_open()) return std::nullopt;
  return IoResult{IoStatus::Cancelled, 0};
}

IoResult Transport::from_step(const tls::Step& step) {
  tls_wants_write_ = step.kind == tls::StepKind::WantWrite;
  switch (step.kind) {
    case tls::StepKind::Done:
      return {IoStatus::Ok, step.bytes};
    case tls::StepKind::WantRead:
    case tls::StepKind::WantWrite:
      return {IoStatus::WouldBlock, 0};
    case tls::StepKind::Closed:
      return {IoStatus::Closed, 0};
    case tls::StepKind::Failed:
      return {IoStatus::Failed, 0};
  }
  return {};
}

base::Async<IoResult> Transport::wait(Socket::wait_type what) {
  const auto [error] = co_await socket_.async_wait(what, base::as_result);
  co_return IoResult{status_of(error), 0};
}

base::Async<IoResult> Transport::wait_readable() {
  if (tls_ && socket_.is_open() && tls_->has_pending()) co_return IoResult{IoStatus::Ok, 0};
  const IoResult result = co_await wait(Socket::wait_read);
  co_return result;
}

base::Async<IoResult> Transport::wait_writable() {
  const bool reads = tls_ && !tls_wants_write_;
  const Socket::wait_type what = reads ? Socket::wait_read : Socket::wait_write;
  const IoResult result = co_await wait(what);
  co_return result;
}

base::Async<IoResult> Transport::handshake() {
  for (;;) {
    if (const auto closed = closed_tls()) co_return *closed;
    const IoResult step = from_step(tls_->handshake());
    if (step.status != IoStatus::WouldBlock) co_return step;
    const IoResult waited = co_await wait_writable();
    if (waited.status != IoStatus::Ok) co_return waited;
  }
}

base::Async<IoResult> Transport::read(std::span<char> into) {
  if (tls_) {
    const IoResult result = co_await read_tls(into);
    co_return result;
  }
  const auto [error, bytes] =
      co_await socket_.async_read_some(asio::buffer(into.data(), into.size()), base::as_result);
  co_return IoResult{status_of(error), bytes};
}

base::Async<IoResult> Transport::read_tls(std::span<char> into) {
  for (;;) {
    if (const auto closed = closed_tls()) co_return *closed;
    const tls::Step step = tls_->read(into);
    const bool waits =
        step.kind == tls::StepKind::WantRead || step.kind == tls::StepKind::WantWrite;
    if (!waits) co_return from_step(step);
    const bool reads = step.kind == tls::StepKind::WantRead;
    const Socket::wait_type what = reads ? Socket::wait_read : Socket::wait_write;
    const IoResult waited = co_await wait(what);
    if (waited.status != IoStatus::Ok) co_return waited;
  }
}

IoResult Transport::read_now(std::span<char> into) {
  if (tls_) {
    if (const auto closed = closed_tls()) return *closed;
    return from_step(tls_->read(into));
  }
  const ssize_t got = ::recv(socket_.native_handle(), into.data(), into.size(), MSG_DONTWAIT);
  if (got < 0) return from_errno();
  return {got == 0 ? IoStatus::Closed : IoStatus::Ok, static_cast<std::size_t>(got)};
}

IoResult Transport::write_now(std::span<const std::string_view> parts, std::size_t skip) {
  if (tls_) return write_tls(parts, skip);
  std::array<iovec, kPartsPerCall> vectors;
  std::size_t used = 0;
  for (std::string_view part : parts) {
    const std::size_t skipped = std::min(skip, part.size());
    skip -= skipped;
    part.remove_prefix(skipped);
    if (part.empty()) continue;
    if (used == vectors.size()) break;
    vectors[used++] = {const_cast<char*>(part.data()), part.size()};
  }
  msghdr message{};
  message.msg_iov = vectors.data();
  message.msg_iovlen = used;
  const ssize_t sent = ::sendmsg(socket_.native_handle(), &message, MSG_NOSIGNAL | MSG_DONTWAIT);
  if (sent < 0) return from_errno();
  return {IoStatus::Ok, static_cast<std::size_t>(sent)};
}

IoResult Transport::write_tls(std::span<const std::string_view> parts, std::size_t skip) {
  if (const auto closed = closed_tls()) return *closed;
  std::size_t written = 0;
  for (std::string_view part : parts) {
    const std::size_t skipped = std::min(skip, part.size());
    skip -= skipped;
    part.remove_prefix(skipped);
    while (!part.empty()) {
      const IoResult step = from_step(tls_->write(part));
      if (step.status != IoStatus::Ok) {
        const bool some = written > 0 && step.status == IoStatus::WouldBlock;
        return some ? IoResult{IoStatus::Ok, written} : step;
      }
      written += step.bytes;
      part.remove_prefix(step.bytes);
    }
  }
  return {IoStatus::Ok, written};
}

void Transport::shutdown() {
  if (tls_ && socket_.is_open()) tls_->shutdown();
  std::error_code ignored;
  socket_.shutdown(Socket::shutdown_send, ignored);
}

void Transport::close() {
  std::error_code ignored;
  socket_.close(ignored);
}

}  // namespace fanfare::http
