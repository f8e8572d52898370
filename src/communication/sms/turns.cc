#include "communication/sms/turns.h"

#include <asio/async_result.hpp>
#include <asio/post.hpp>
#include <asio/this_coro.hpp>
#include <asio/use_awaitable.hpp>
#include <vector>

namespace fanfare::communication::sms {

/// Lets a coroutine in, or puts it behind those that wait for the key already.
struct TurnQueueing {
  Turns* turns;
  std::string key;
  Turns::Mode mode;
  base::Executor executor;

  template <class Handler>
  void operator()(Handler handler) {
    auto resume = [executor = executor, handler = std::move(handler)]() mutable {
      asio::post(executor, std::move(handler));
    };
    {
      const std::lock_guard lock(turns->mutex_);
      auto& lane = turns->lanes_[key];
      if (!lane.waiting.empty() || !lane.admits(mode)) {
        lane.waiting.push_back({mode, std::move(resume)});
        return;
      }
      lane.admit(mode);
    }
    resume();
  }
};

base::Async<Turns::Turn> Turns::enter(std::string key, Mode mode) {
  const base::Executor executor = co_await asio::this_coro::executor;
  TurnQueueing queueing{this, key, mode, executor};
  const asio::use_awaitable_t<base::Executor> token;
  co_await asio::async_initiate<const asio::use_awaitable_t<base::Executor>, void()>(
      std::move(queueing), token);
  co_return Turn(this, std::move(key));
}

void Turns::leave(const std::string& key) {
  std::vector<std::move_only_function<void()>> next;
  {
    const std::lock_guard lock(mutex_);
    const auto found = lanes_.find(key);
    auto& lane = found->second;
    --lane.inside;
    lane.alone = false;
    while (!lane.waiting.empty() && lane.admits(lane.waiting.front().mode)) {
      lane.admit(lane.waiting.front().mode);
      next.push_back(std::move(lane.waiting.front().resume));
      lane.waiting.pop_front();
    }
    if (lane.inside == 0) lanes_.erase(found);
  }
  for (auto& resume : next) resume();
}

std::size_t Turns::size() const {
  const std::lock_guard lock(mutex_);
  return lanes_.size();
}

}  // namespace fanfare::communication::sms
