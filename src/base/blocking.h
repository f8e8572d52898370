#pragma once
/// Runs what blocks on a worker thread, for coroutines on I/O threads.
#include <asio/co_spawn.hpp>
#include <functional>
#include <utility>

#include "base/async.h"

namespace fanfare::base {

template <class T>
Async<T> run_blocking(std::function<T()> work) {
  co_return work();
}

/// Runs `work` on `worker` and comes back with its result.
template <class T>
Async<T> on_worker(Executor worker, std::function<T()> work) {
  auto task = run_blocking<T>(std::move(work));
  co_return co_await asio::co_spawn(worker, std::move(task), asio::use_awaitable_t<Executor>{});
}

}  // namespace fanfare::base
