#include "http/server_shard.h"

#include <sys/socket.h>
#include <unistd.h>

#include <asio/post.hpp>

#include "base/log.h"
#include "http/server_connection.h"

namespace fanfare::http {

namespace {

/// How long an aborted connection may take to notice.
constexpr auto kAfterAbort = std::chrono::milliseconds(500);

asio::ip::address counted_as(const asio::ip::address& address) {
  if (!address.is_v6()) return address;
  auto bytes = address.to_v6().to_bytes();
  std::fill(bytes.begin() + 8, bytes.end(), static_cast<unsigned char>(0));
  return asio::ip::address_v6(bytes);
}

}  // namespace

std::size_t AddressCounts::enter(const asio::ip::address& address) {
  const std::lock_guard lock(mutex_);
  return ++counts_[counted_as(address)];
}

void AddressCounts::leave(const asio::ip::address& address) {
  const std::lock_guard lock(mutex_);
  const auto entry = counts_.find(counted_as(address));
  if (entry != counts_.end() && --entry->second == 0) counts_.erase(entry);
}

ServerShard::ServerShard(base::Executor executor, std::shared_ptr<ServerShared> shared)
    : executor_(executor),
      shared_(std::move(shared)),
      tasks_(executor),
      sweeper_(executor),
      timer_(executor),
      last_ended_(executor) {}

void ServerShard::start() {
  asio::post(executor_, [self = shared_from_this()] {
    self->sweeper_.spawn("http sweep", self->sweep_until_closed());
  });
}

void ServerShard::adopt(Accepted accepted) {
  connections_.fetch_add(1, std::memory_order_relaxed);
  asio::post(executor_, [self = shared_from_this(), accepted] { self->adopt_here(accepted); });
}

void ServerShard::adopt_here(Accepted accepted) {
  Socket socket(executor_);
  std::error_code error;
  const bool v6 = accepted.peer.address().is_v6();
  socket.assign(v6 ? asio::ip::tcp::v6() : asio::ip::tcp::v4(), accepted.descriptor, error);
  if (error) ::close(accepted.descriptor);
  const bool refused =
      error || draining_ || (accepted.over_address_limit && !evict_one_of(accepted.peer.address()));
  if (refused) {
    shared_->refused.fetch_add(1, std::memory_order_relaxed);
    shared_->addresses.leave(accepted.peer.address());
    shared_->open.fetch_sub(1, std::memory_order_relaxed);
    connections_.fetch_sub(1, std::memory_order_relaxed);
    return;
  }
  active_.push_back(std::make_shared<ServerConnection>(*this, std::move(socket), accepted));
  ServerConnection& connection = *active_.back();
  connection.place = std::prev(active_.end());
  tasks_.spawn("http connection", connection.run());
}

void ServerShard::mark_idle(ServerConnection& connection) {
  idle_.splice(idle_.end(), active_, connection.place);
  connection.listed_idle = true;
}

void ServerShard::mark_active(ServerConnection& connection) {
  active_.splice(active_.end(), idle_, connection.place);
  connection.listed_idle = false;
}

void ServerShard::remove(ServerConnection& connection) {
  shared_->addresses.leave(connection.peer_address());
  shared_->open.fetch_sub(1, std::memory_order_relaxed);
  connections_.fetch_sub(1, std::memory_order_relaxed);
  (connection.listed_idle ? idle_ : active_).erase(connection.place);
  if (draining_ && empty()) last_ended_.cancel();
}

void ServerShard::evict_oldest_idle() {
  asio::post(executor_, [this] {
    shared_->evictions_pending.fetch_sub(1, std::memory_order_relaxed);
    if (idle_.empty()) return;
    const auto oldest = idle_.front();
    mark_active(*oldest);  // so that the next eviction finds another
    oldest->abort();
    evicted_.fetch_add(1, std::memory_order_relaxed);
  });
}

bool ServerShard::evict_one_of(const asio::ip::address& address) {
  for (const auto& candidate : idle_) {
    if (candidate->peer_address() != address) continue;
    const auto evicted = candidate;
    mark_active(*evicted);
    evicted->abort();
    evicted_.fetch_add(1, std::memory_order_relaxed);
    return true;
  }
  return false;
}

base::Async<void> ServerShard::sweep_until_closed() {
  while (!closed_) {
    timer_.expires_after(shared_->options.timeouts.sweep);
    co_await timer_.async_wait(base::as_result);
    sweep();
  }
}

void ServerShard::sweep() {
  now_ = std::chrono::steady_clock::now();
  const bool out_of_patience = now_ >= drain_deadline_;
  for (ConnectionList* list : {&active_, &idle_}) {
    for (const auto& connection : *list) {
      if (out_of_patience) {
        connection->abort();
      } else {
        connection->sweep(now_);
      }
    }
  }
  const SteadyTime oldest = idle_.empty() ? SteadyTime::max() : idle_.front()->phase_since();
  oldest_idle_.store(oldest.time_since_epoch().count(), std::memory_order_relaxed);
}

void ServerShard::begin_drain(SteadyTime deadline) {
  draining_ = true;
  drain_deadline_ = std::min(drain_deadline_, deadline);
  for (ConnectionList* list : {&active_, &idle_}) {
    for (const auto& connection : *list) connection->drain();
  }
  if (drain_deadline_ <= std::chrono::steady_clock::now()) sweep();
}

base::Async<void> ServerShard::wait_until_empty(SteadyTime deadline) {
  if (empty()) co_return;
  last_ended_.expires_at(deadline);
  co_await last_ended_.async_wait(base::as_result);
}

base::Async<void> ServerShard::join() {
  const auto self = shared_from_this();
  co_await asio::post(base::as_result);  // behind begin_drain()
  co_await wait_until_empty(drain_deadline_);
  if (!empty()) {
    sweep();  // aborts them
    co_await wait_until_empty(std::chrono::steady_clock::now() + kAfterAbort);
  }
  if (empty()) {
    co_await tasks_.join();
  } else {
    base::log(base::LogLevel::Error, "http", "requests hang in their handlers",
              {{"requests", std::to_string(active_.size() + idle_.size())}});
  }
  closed_ = true;
  timer_.cancel();
  co_await sweeper_.join();
}

}  // namespace fanfare::http
