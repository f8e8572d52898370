#pragma once
/// Accepts on one address and hands each connection to the shard with the fewest. Keeps its head
/// when descriptors run out: makes room, sheds a little, waits a little, never spins.
#include <asio/basic_socket_acceptor.hpp>
#include <asio/ip/tcp.hpp>
#include <asio/ip/v6_only.hpp>
#include <memory>
#include <span>
#include <vector>

#include "base/async.h"
#include "base/result.h"
#include "base/task_group.h"
#include "http/server_shard.h"

namespace fanfare::http {

class Acceptor {
 public:
  Acceptor(base::Executor executor, std::shared_ptr<ServerShared> shared,
           std::span<const std::shared_ptr<ServerShard>> shards);
  ~Acceptor();

  /// Binds, so that an error is known at once. Returns the port.
  base::Result<std::uint16_t> bind(const asio::ip::tcp::endpoint& endpoint);
  /// On the executor. run() ends after close().
  base::Async<void> run();
  void close();

 private:
  enum class Turn { Drained, More, OutOfDescriptors };
  Turn accept_some();
  void take(int descriptor, const asio::ip::tcp::endpoint& peer);
  bool evict();
  void shed_one();
  ServerShard& least_busy();

  base::Executor executor_;
  std::shared_ptr<ServerShared> shared_;
  std::span<const std::shared_ptr<ServerShard>> shards_;
  asio::basic_socket_acceptor<asio::ip::tcp, base::Executor> acceptor_;
  SteadyTimer pause_;
  std::uint16_t port_ = 0;
  int reserve_descriptor_ = -1;
  std::size_t next_shard_ = 0;
  bool closed_ = false;
};

}  // namespace fanfare::http
