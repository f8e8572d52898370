#pragma once
/// Coroutines and the threads that run them. Concrete executors throughout: any_io_executor costs.
#include <asio/awaitable.hpp>
#include <asio/experimental/as_tuple.hpp>
#include <asio/io_context.hpp>
#include <asio/use_awaitable.hpp>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

namespace fanfare::base {

using Executor = asio::io_context::executor_type;

template <class T>
using Async = asio::awaitable<T, Executor>;

/// Completion token: errors come back as values, `auto [ec, n] = co_await op(as_result);`
inline constexpr asio::experimental::as_tuple_t<asio::use_awaitable_t<Executor>> as_result{};

/// One io_context per thread; a connection stays on the thread that accepted it.
class IoThreads {
 public:
  /// Threads start at once and idle until work comes. `count` of at least 1.
  explicit IoThreads(std::size_t count);
  ~IoThreads();
  IoThreads(const IoThreads&) = delete;
  IoThreads& operator=(const IoThreads&) = delete;

  std::size_t size() const { return threads_.size(); }
  Executor executor(std::size_t index) const;

  /// Lets each thread finish what is queued, then joins. Idempotent.
  void stop();

 private:
  struct Worker;
  std::vector<std::unique_ptr<Worker>> threads_;
};

/// Runs `work` on `executor` and blocks until it has returned. Not from an I/O thread.
void run_on(Executor executor, std::function<void()> work);

/// Starts a coroutine on `executor` and blocks until it is done. Not from an I/O thread.
/// For start-up, shut-down and tests.
void block_on(Executor executor, std::function<Async<void>()> coroutine);

}  // namespace fanfare::base
