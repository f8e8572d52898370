#pragma once
/// Owns coroutines: whoever starts one can wait for its end. Replaces co_spawn(…, detached).
#include <memory>
#include <string_view>

#include "base/async.h"

namespace fanfare::base {

/// Bound to one executor; spawn(), cancel() and join() are called on it.
/// Exceptions that escape a task are logged with its name and end that task alone.
class TaskGroup {
 public:
  explicit TaskGroup(Executor executor);
  ~TaskGroup();  ///< the group must be empty or its executor stopped
  TaskGroup(const TaskGroup&) = delete;
  TaskGroup& operator=(const TaskGroup&) = delete;

  Executor executor() const { return executor_; }

  /// Starts `task`. `name` must be a literal; it appears in logs.
  void spawn(std::string_view name, Async<void> task);

  /// How many tasks have not ended.
  std::size_t size() const;

  /// Waits until every task has ended. Tasks end by themselves: their owner first closes what they
  /// wait for.
  Async<void> join();

  struct State;

 private:
  Executor executor_;
  std::shared_ptr<State> state_;
};

}  // namespace fanfare::base
