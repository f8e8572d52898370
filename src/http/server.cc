#include "http/server.h"

#include <sys/resource.h>

#include <algorithm>
#include <asio/co_spawn.hpp>
#include <vector>

#include "base/check.h"
#include "base/task_group.h"
#include "http/acceptor.h"
#include "http/server_shard.h"

namespace fanfare::http {

namespace {

constexpr std::size_t kConnectionsMin = 16;

std::size_t connections_within_descriptor_limit(const ServerOptions& options) {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY) {
    return options.connections_max;
  }
  const auto descriptors = static_cast<std::size_t>(limit.rlim_cur);
  const std::size_t usable = descriptors - std::min(descriptors, options.descriptors_reserved);
  return std::min(options.connections_max, std::max(kConnectionsMin, usable));
}

}  // namespace

struct Server::State {
  State(base::IoThreads& threads, Handler handler, ServerOptions options)
      : executor(threads.executor(0)), accepting(executor) {
    shared->handler = std::move(handler);
    shared->connections_max = connections_within_descriptor_limit(options);
    shared->options = std::move(options);
    for (std::size_t i = 0; i < threads.size(); ++i) {
      shards.push_back(std::make_shared<ServerShard>(threads.executor(i), shared));
      shards.back()->start();
    }
  }

  base::Async<void> drain(base::Duration limit) {
    if (drained) co_return;
    for (const auto& acceptor : acceptors) acceptor->close();
    co_await accepting.join();
    const SteadyTime deadline =
        std::chrono::steady_clock::now() + std::chrono::duration_cast<SteadyTime::duration>(limit);
    for (const auto& shard : shards) {
      asio::post(shard->executor(), [shard, deadline] { shard->begin_drain(deadline); });
    }
    for (const auto& shard : shards) {
      base::Async<void> joined = shard->join();
      co_await asio::co_spawn(shard->executor(), std::move(joined),
                              asio::use_awaitable_t<base::Executor>());
    }
    drained = true;
  }

  base::Executor executor;  // of the acceptors
  std::shared_ptr<ServerShared> shared = std::make_shared<ServerShared>();
  std::vector<std::shared_ptr<ServerShard>> shards;
  std::vector<std::unique_ptr<Acceptor>> acceptors;
  base::TaskGroup accepting;
  bool drained = false;
};

Server::Server(base::IoThreads& threads, Handler handler, ServerOptions options)
    : state_(std::make_shared<State>(threads, std::move(handler), std::move(options))) {}

Server::~Server() { close(); }

base::Result<std::uint16_t> Server::listen(const std::string& address, std::uint16_t port) {
  std::error_code error;
  const asio::ip::address literal = asio::ip::make_address(address, error);
  if (error) return base::invalid("not an IP address: '" + address + "'", "listen");
  State& state = *state_;
  base::Result<std::uint16_t> bound = port;
  base::run_on(state.executor, [&] {
    auto acceptor = std::make_unique<Acceptor>(state.executor, state.shared, state.shards);
    bound = acceptor->bind({literal, port});
    if (!bound) return;
    state.accepting.spawn("http accept", acceptor->run());
    state.acceptors.push_back(std::move(acceptor));
  });
  return bound;
}

base::Async<void> Server::drain(base::Duration limit) {
  const auto state = state_;
  base::Async<void> drained = state->drain(limit);
  co_await asio::co_spawn(state->executor, std::move(drained),
                          asio::use_awaitable_t<base::Executor>());
}

void Server::close() {
  const auto state = state_;
  base::block_on(state->executor, [state] { return state->drain(base::Duration::zero()); });
}

ServerCounts Server::counts() const {
  ServerCounts counts;
  counts.connections_accepted = state_->shared->accepted.load(std::memory_order_relaxed);
  counts.connections_refused = state_->shared->refused.load(std::memory_order_relaxed);
  counts.connections_open = state_->shared->open.load(std::memory_order_relaxed);
  for (const auto& shard : state_->shards) {
    counts.connections_evicted += shard->evicted();
    counts.requests += shard->requests();
    counts.requests_refused += shard->requests_refused();
  }
  return counts;
}

}  // namespace fanfare::http
