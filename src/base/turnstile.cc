#include "base/turnstile.h"

#include <asio/async_result.hpp>
#include <asio/post.hpp>
#include <asio/this_coro.hpp>
#include <asio/use_awaitable.hpp>

namespace fanfare::base {

/// Puts a coroutine that asks to enter behind those that wait already, or lets it in.
struct Queueing {
  Turnstile* turnstile;
  Executor executor;

  template <class Handler>
  void operator()(Handler handler) const {
    auto resume = [executor = executor, handler = std::move(handler)]() mutable {
      asio::post(executor, std::move(handler));
    };
    {
      const std::lock_guard lock(turnstile->mutex_);
      if (turnstile->taken_) {
        turnstile->waiting_.emplace_back(std::move(resume));
        return;
      }
      turnstile->taken_ = true;
    }
    resume();
  }
};

Async<Turnstile::Turn> Turnstile::enter() {
  const Executor executor = co_await asio::this_coro::executor;
  const Queueing queueing{this, executor};
  const asio::use_awaitable_t<Executor> token;
  co_await asio::async_initiate<const asio::use_awaitable_t<Executor>, void()>(queueing, token);
  co_return Turn(this);
}

void Turnstile::leave() {
  std::move_only_function<void()> next;
  {
    const std::lock_guard lock(mutex_);
    if (waiting_.empty()) {
      taken_ = false;
      return;
    }
    next = std::move(waiting_.front());
    waiting_.pop_front();
  }
  next();
}

}  // namespace fanfare::base
