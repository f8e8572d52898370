#pragma once
/// A TCP connection with or without TLS on top: what server and client have in common.
/// Tries the system call first and waits only when it would block. One coroutine reads and one
/// writes at a time, on the socket's executor.
#include <asio/basic_stream_socket.hpp>
#include <asio/ip/tcp.hpp>
#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/async.h"
#include "tls/session.h"

namespace fanfare::http {

using Socket = asio::basic_stream_socket<asio::ip::tcp, base::Executor>;

enum class IoStatus {
  Ok,
  WouldBlock,
  Closed,     ///< the peer ended its side in order
  Failed,     ///< reset, TLS error
  Cancelled,  ///< Socket::cancel or close by its owner
};

struct IoResult {
  IoStatus status = IoStatus::Failed;
  std::size_t bytes = 0;
};

class Transport {
 public:
  explicit Transport(Socket socket) : socket_(std::move(socket)) {}

  Socket& socket() { return socket_; }
  const Socket& socket() const { return socket_; }

  void start_tls(std::unique_ptr<tls::Session> session) { tls_ = std::move(session); }
  const tls::Session* session() const { return tls_.get(); }
  base::Async<IoResult> handshake();

  /// At least one byte, or why there is none.
  base::Async<IoResult> read(std::span<char> into);
  /// What is there; WouldBlock: nothing before the socket is ready as waits_for() says.
  IoResult read_now(std::span<char> into);
  Socket::wait_type waits_for() const {
    return tls_ && tls_wants_write_ ? Socket::wait_write : Socket::wait_read;
  }

  /// Waits until a read would not block, holding no buffer meanwhile.
  base::Async<IoResult> wait_readable();
  /// Waits until a write would not block.
  base::Async<IoResult> wait_writable();

  /// Writes what the socket takes at once of all parts, in order, from byte `skip` on;
  /// `bytes` may be less than the rest.
  IoResult write_now(std::span<const std::string_view> parts, std::size_t skip = 0);

  /// Ends our side in order; the other side may still send.
  void shutdown();
  /// Ends everything at once.
  void close();

 private:
  base::Async<IoResult> wait(Socket::wait_type what);
  base::Async<IoResult> read_tls(std::span<char> into);
  IoResult write_tls(std::span<const std::string_view> parts, std::size_t skip);
  IoResult from_step(const tls::Step& step);
  std::optional<IoResult> closed_tls() const;

  Socket socket_;
  std::unique_ptr<tls::Session> tls_;
  bool tls_wants_write_ =
      false;  // whether the blocked TLS step waits for the socket to be writable
};

}  // namespace fanfare::http
