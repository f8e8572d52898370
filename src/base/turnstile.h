#pragma once
/// One after the other: whoever enters waits until those before have left. For coroutines of any
/// thread; nobody blocks. Not re-entrant.
#include <deque>
#include <functional>
#include <mutex>
#include <utility>

#include "base/async.h"

namespace fanfare::base {

class Turnstile {
 public:
  /// Leaves when destroyed.
  class Turn {
   public:
    explicit Turn(Turnstile* owner) : owner_(owner) {}
    Turn(Turn&& other) noexcept : owner_(std::exchange(other.owner_, nullptr)) {}
    Turn& operator=(Turn&&) = delete;
    ~Turn() {
      if (owner_ != nullptr) owner_->leave();
    }

   private:
    Turnstile* owner_;
  };

  Async<Turn> enter();

 private:
  friend struct Queueing;
  void leave();

  std::mutex mutex_;
  bool taken_ = false;
  std::deque<std::move_only_function<void()>> waiting_;
};

}  // namespace fanfare::base
