#include "http/acceptor.h"

#include <fcntl.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <asio/post.hpp>
#include <cerrno>
#include <utility>

#include "base/log.h"

namespace fanfare::http {

namespace {

constexpr int kBacklog = 4096;
constexpr int kAcceptsPerTurn = 64;
constexpr int kLastTurnsMax = kBacklog / kAcceptsPerTurn;
constexpr auto kOutOfDescriptorsPause = std::chrono::milliseconds(100);

bool is_out_of_descriptors(int error) {
  return error == EMFILE || error == ENFILE || error == ENOBUFS || error == ENOMEM;
}

int open_reserve() { return ::open("/dev/null", O_RDONLY | O_CLOEXEC); }

base::Error bind_error(const std::error_code& error, const asio::ip::tcp::endpoint& endpoint) {
  const std::string where =
      endpoint.address().to_string() + " port " + std::to_string(endpoint.port());
  return {base::Errc::Unavailable, "cannot listen on " + where + ": " + error.message(), "listen"};
}

}  // namespace

Acceptor::Acceptor(base::Executor executor, std::shared_ptr<ServerShared> shared,
                   std::span<const std::shared_ptr<ServerShard>> shards)
    : executor_(executor),
      shared_(std::move(shared)),
      shards_(shards),
      acceptor_(executor),
      pause_(executor),
      reserve_descriptor_(open_reserve()) {}

Acceptor::~Acceptor() {
  if (reserve_descriptor_ >= 0) ::close(reserve_descriptor_);
}

base::Result<std::uint16_t> Acceptor::bind(const asio::ip::tcp::endpoint& endpoint) {
  std::error_code error;
  acceptor_.open(endpoint.protocol(), error);
  if (error) return bind_error(error, endpoint);
  acceptor_.set_option(asio::socket_base::reuse_address(true), error);
  if (endpoint.address().is_v6()) acceptor_.set_option(asio::ip::v6_only(true), error);
  acceptor_.bind(endpoint, error);
  if (!error) port_ = acceptor_.local_endpoint(error).port();
  if (error) return bind_error(error, endpoint);
  if (const auto& own = shared_->options.own_ports) own->add(port_);
  acceptor_.listen(kBacklog, error);
  if (!error) acceptor_.native_non_blocking(true, error);
  if (error) return bind_error(error, endpoint);
  return port_;
}

void Acceptor::close() {
  if (std::exchange(closed_, true)) return;
  // Who has connected may have sent its request; the kernel would reset what nobody accepted.
  for (int turn = 0; turn < kLastTurnsMax && accept_some() == Turn::More; ++turn) continue;
  std::error_code ignored;
  acceptor_.close(ignored);
  pause_.cancel();
}

base::Async<void> Acceptor::run() {
  while (!closed_) {
    const Turn turn = accept_some();
    if (turn == Turn::More) {
      co_await asio::post(executor_, asio::use_awaitable_t<base::Executor>());
    } else if (turn == Turn::OutOfDescriptors) {
      pause_.expires_after(kOutOfDescriptorsPause);
      co_await pause_.async_wait(base::as_result);
    } else {
      co_await acceptor_.async_wait(asio::socket_base::wait_read, base::as_result);
    }
  }
}

Acceptor::Turn Acceptor::accept_some() {
  for (int i = 0; i < kAcceptsPerTurn; ++i) {
    asio::ip::tcp::endpoint peer;
    socklen_t size = static_cast<socklen_t>(peer.capacity());
    const int descriptor =
        ::accept4(acceptor_.native_handle(), peer.data(), &size, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (descriptor >= 0) {
      peer.resize(size);
      take(descriptor, peer);
      continue;
    }
    if (is_out_of_descriptors(errno)) {
      if (!evict()) shed_one();
      return Turn::OutOfDescriptors;
    }
    if (errno == EAGAIN || errno == EWOULDBLOCK) return Turn::Drained;
    if (errno == EBADF || errno == EINVAL) return Turn::Drained;  // closed; run() notices
  }
  return Turn::More;  // ECONNABORTED and its like came and went, or many connections did
}

void Acceptor::take(int descriptor, const asio::ip::tcp::endpoint& peer) {
  const std::size_t open = shared_->open.load(std::memory_order_relaxed);
  const std::size_t leaving = shared_->evictions_pending.load(std::memory_order_relaxed);
  const bool full = open >= shared_->connections_max + leaving;
  if (full && !evict()) {
    ::close(descriptor);
    shared_->refused.fetch_add(1, std::memory_order_relaxed);
    return;
  }
  const int on = 1;
  ::setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  Accepted accepted{descriptor, peer, port_, false};
  const std::size_t of_address = shared_->addresses.enter(peer.address());
  const bool exempt =
      shared_->options.loopback_exempt_from_address_limit && peer.address().is_loopback();
  accepted.over_address_limit =
      !exempt && of_address > shared_->options.connections_per_address_max;
  shared_->accepted.fetch_add(1, std::memory_order_relaxed);
  shared_->open.fetch_add(1, std::memory_order_relaxed);
  least_busy().adopt(accepted);
}

ServerShard& Acceptor::least_busy() {
  const std::size_t first = next_shard_++ % shards_.size();
  ServerShard* best = shards_[first].get();
  for (std::size_t i = 1; i < shards_.size(); ++i) {
    ServerShard* other = shards_[(first + i) % shards_.size()].get();
    if (other->connections() < best->connections()) best = other;
  }
  return *best;
}

/// Asks the shard whose idle connection has waited longest to end it. False: none is idle.
bool Acceptor::evict() {
  ServerShard* chosen = nullptr;
  for (const auto& shard : shards_) {
    if (shard->oldest_idle() == SteadyTime::max()) continue;
    if (!chosen || shard->oldest_idle() < chosen->oldest_idle()) chosen = shard.get();
  }
  if (!chosen) return false;
  shared_->evictions_pending.fetch_add(1, std::memory_order_relaxed);
  chosen->evict_oldest_idle();
  return true;
}

/// With no descriptor left, the reserved one takes a waiting client only to tell it to go.
void Acceptor::shed_one() {
  if (reserve_descriptor_ >= 0) ::close(reserve_descriptor_);
  const int descriptor = ::accept4(acceptor_.native_handle(), nullptr, nullptr, SOCK_CLOEXEC);
  if (descriptor >= 0) {
    ::close(descriptor);
    shared_->refused.fetch_add(1, std::memory_order_relaxed);
  }
  reserve_descriptor_ = open_reserve();
}

}  // namespace fanfare::http
