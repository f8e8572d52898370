#pragma once
/// What is done in chat without a request, each at its time: threads whose retention has passed are
/// ended, the records of ended ones cleaned up batch by batch, tokens forgotten.
#include <functional>
#include <memory>
#include <vector>

#include "base/async.h"
#include "base/clock.h"
#include "base/task_group.h"
#include "communication/chat/desk.h"
#include "communication/chat/threads.h"

namespace fanfare::communication::chat {

class Upkeep {
 public:
  using Resources = std::function<std::vector<ResourcePtr>()>;

  /// Everything outlives it; start() and close() are called on `executor`, where all of it runs.
  /// Takes the desk's due listener.
  Upkeep(Desk& desk, Threads& threads, Resources resources, base::Executor executor);
  ~Upkeep();

  /// Also looks for what came due while the server was down.
  void start();
  /// No more work is begun; what runs ends.
  base::Async<void> close();

  struct State;

 private:
  std::shared_ptr<State> state_;
};

}  // namespace fanfare::communication::chat
