#include "base/task_group.h"

#include <asio/basic_waitable_timer.hpp>
#include <asio/co_spawn.hpp>
#include <chrono>

#include "base/log.h"

namespace fanfare::base {

namespace {

using Timer = asio::basic_waitable_timer<std::chrono::steady_clock,
                                         asio::wait_traits<std::chrono::steady_clock>, Executor>;

void log_escaped(std::string_view name, std::exception_ptr failure) {
  try {
    std::rethrow_exception(std::move(failure));
  } catch (const std::exception& e) {
    log(LogLevel::Error, "base", "a task ended with an exception",
        {{"task", name}, {"what", e.what()}});
  } catch (...) {
    log(LogLevel::Error, "base", "a task ended with an unknown exception", {{"task", name}});
  }
}

}  // namespace

struct TaskGroup::State {
  explicit State(Executor executor) : all_done(executor, Timer::time_point::max()) {}
  std::size_t running = 0;
  Timer all_done;  // cancelled when the last task ends
};

TaskGroup::TaskGroup(Executor executor)
    : executor_(executor), state_(std::make_shared<State>(executor)) {}

TaskGroup::~TaskGroup() = default;

std::size_t TaskGroup::size() const { return state_->running; }

void TaskGroup::spawn(std::string_view name, Async<void> task) {
  ++state_->running;
  asio::co_spawn(executor_, std::move(task), [state = state_, name](std::exception_ptr failure) {
    if (failure) log_escaped(name, std::move(failure));
    if (--state->running == 0) state->all_done.cancel();
  });
}

Async<void> TaskGroup::join() {
  const auto state = state_;
  while (state->running > 0) {
    state->all_done.expires_at(Timer::time_point::max());
    co_await state->all_done.async_wait(as_result);
  }
}

}  // namespace fanfare::base
