#include "app/virtual_time.h"

#include <algorithm>
#include <asio/basic_waitable_timer.hpp>
#include <asio/post.hpp>

namespace fanfare::app {

namespace {

using Timer =
    asio::basic_waitable_timer<std::chrono::steady_clock,
                               asio::wait_traits<std::chrono::steady_clock>, base::Executor>;

/// Lets every executor run what was posted to it before.
base::Async<void> pass_through(const std::vector<base::Executor>& executors) {
  const auto home = co_await asio::this_coro::executor;
  for (const auto& executor : executors) {
    co_await asio::post(executor, asio::use_awaitable_t<base::Executor>{});
    co_await asio::post(home, asio::use_awaitable_t<base::Executor>{});
  }
}

}  // namespace

VirtualTime::VirtualTime(base::VirtualClock& clock, std::vector<base::Executor> executors,
                         std::function<bool()> busy, std::function<base::TimePoint()> next_due)
    : clock_(clock),
      executors_(std::move(executors)),
      busy_(std::move(busy)),
      next_due_(std::move(next_due)) {}

base::Async<base::Result<void>> VirtualTime::settle(base::Duration patience) {
  const auto home = co_await asio::this_coro::executor;
  Timer pause(home);
  const auto until = std::chrono::steady_clock::now() + patience;
  for (int calm = 0; calm < 2;) {
    co_await pass_through(executors_);
    calm = busy_() ? 0 : calm + 1;
    if (calm > 0) continue;
    if (std::chrono::steady_clock::now() > until) {
      co_return base::Error{base::Errc::TimedOut,
                            "deliveries did not end; is an endpoint hanging? The clock stands at " +
                                base::format_rfc3339(clock_.now()),
                            {}};
    }
    pause.expires_after(std::chrono::microseconds(200));
    co_await pause.async_wait(base::as_result);
  }
  co_return base::Result<void>();
}

base::Async<base::Result<Advanced>> VirtualTime::advance(base::Duration by,
                                                         base::Duration patience) {
  const auto target = clock_.now() + by;
  std::size_t steps = 0;
  for (;;) {
    auto settled = co_await settle(patience);
    if (!settled) co_return settled.error();
    const auto next = std::min(clock_.next_alarm(), next_due_());
    if (next > target) break;
    clock_.advance_to(next);
    ++steps;
  }
  clock_.advance_to(target);
  auto settled = co_await settle(patience);
  if (!settled) co_return settled.error();
  co_return Advanced{clock_.now(), steps};
}

}  // namespace fanfare::app
