#include "base/async.h"

#include <asio/co_spawn.hpp>
#include <asio/executor_work_guard.hpp>
#include <asio/post.hpp>
#include <condition_variable>
#include <future>
#include <mutex>

#include "base/check.h"

namespace fanfare::base {

struct IoThreads::Worker {
  asio::io_context context{1};
  asio::executor_work_guard<Executor> work{context.get_executor()};
  std::thread thread;
};

IoThreads::IoThreads(std::size_t count) {
  FANFARE_CHECK(count > 0);
  for (std::size_t i = 0; i < count; ++i) {
    auto worker = std::make_unique<Worker>();
    worker->thread = std::thread([context = &worker->context] { context->run(); });
    threads_.push_back(std::move(worker));
  }
}

IoThreads::~IoThreads() { stop(); }

Executor IoThreads::executor(std::size_t index) const {
  return threads_[index % threads_.size()]->context.get_executor();
}

void IoThreads::stop() {
  for (auto& worker : threads_) worker->work.reset();
  for (auto& worker : threads_) {
    if (worker->thread.joinable()) worker->thread.join();
  }
}

void run_on(Executor executor, std::function<void()> work) {
  std::promise<void> done;
  asio::post(executor, [&] {
    work();
    done.set_value();
  });
  done.get_future().get();
}

void block_on(Executor executor, std::function<Async<void>()> coroutine) {
  std::promise<void> done;
  asio::co_spawn(executor, std::move(coroutine), [&](std::exception_ptr failure) {
    if (failure) {
      done.set_exception(failure);
    } else {
      done.set_value();
    }
  });
  done.get_future().get();
}

}  // namespace fanfare::base
