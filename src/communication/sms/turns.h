#pragma once
/// Who decides on something is alone with it: keyed turns for coroutines of any thread. Several may
/// share a key; who wants it alone waits until they have left, and they wait for him. Nobody
/// blocks; first come, first served. Not re-entrant.
#include <cstddef>
#include <deque>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <utility>

#include "base/async.h"

namespace fanfare::communication::sms {

class Turns {
 public:
  enum class Mode { Shared, Alone };

  /// Leaves when destroyed.
  class Turn {
   public:
    Turn(Turns* owner, std::string key) : owner_(owner), key_(std::move(key)) {}
    Turn(Turn&& other) noexcept
        : owner_(std::exchange(other.owner_, nullptr)), key_(std::move(other.key_)) {}
    Turn& operator=(Turn&&) = delete;
    ~Turn() {
      if (owner_ != nullptr) owner_->leave(key_);
    }

   private:
    Turns* owner_;
    std::string key_;
  };

  base::Async<Turn> enter(std::string key, Mode mode);

  /// Keys that somebody has or waits for.
  std::size_t size() const;

 private:
  friend struct TurnQueueing;
  struct Waiting {
    Mode mode;
    std::move_only_function<void()> resume;
  };
  struct Lane {
    std::size_t inside = 0;
    bool alone = false;
    std::deque<Waiting> waiting;

    bool admits(Mode mode) const { return mode == Mode::Shared ? !alone : inside == 0; }
    void admit(Mode mode) {
      ++inside;
      alone = mode == Mode::Alone;
    }
  };
  void leave(const std::string& key);

  mutable std::mutex mutex_;
  std::map<std::string, Lane, std::less<>> lanes_;
};

}  // namespace fanfare::communication::sms
