#include "base/clock.h"

#include <asio/basic_waitable_timer.hpp>
#include <asio/post.hpp>
#include <map>
#include <vector>

namespace fanfare::base {

namespace {

using SteadyTimer =
    asio::basic_waitable_timer<std::chrono::steady_clock,
                               asio::wait_traits<std::chrono::steady_clock>, Executor>;

TimePoint read_wall() {
  return std::chrono::time_point_cast<Duration>(std::chrono::system_clock::now());
}

class SystemAlarm final : public Alarm {
 public:
  SystemAlarm(Executor executor, Duration wait, std::function<void()> wake)
      : timer_(executor, wait) {
    timer_.async_wait([wake = std::move(wake)](std::error_code error) {
      if (!error) wake();
    });
  }

 private:
  SteadyTimer timer_;
};

struct Waiting {
  Executor executor;
  std::function<void()> wake;
};

}  // namespace

SystemClock::SystemClock() : SystemClock(read_wall()) {}

SystemClock::SystemClock(TimePoint start)
    : anchor_(start), anchor_steady_(std::chrono::steady_clock::now()) {}

TimePoint SystemClock::now() const {
  return anchor_ + (std::chrono::steady_clock::now() - anchor_steady_);
}

TimePoint SystemClock::wall() const { return read_wall(); }

std::unique_ptr<Alarm> SystemClock::alarm(TimePoint when, Executor executor,
                                          std::function<void()> wake) {
  const auto wait = std::max(Duration::zero(), when - now());
  return std::make_unique<SystemAlarm>(executor, wait, std::move(wake));
}

struct VirtualClock::State {
  mutable std::mutex mutex;
  TimePoint now;
  std::uint64_t next_id = 0;
  std::map<std::pair<TimePoint, std::uint64_t>, std::shared_ptr<Waiting>> waiting;
};

namespace {

class VirtualAlarm final : public Alarm {
 public:
  VirtualAlarm(std::shared_ptr<VirtualClock::State> state, std::pair<TimePoint, std::uint64_t> key,
               std::shared_ptr<bool> alive)
      : state_(std::move(state)), key_(key), alive_(std::move(alive)) {}
  ~VirtualAlarm() override {
    *alive_ = false;
    const std::lock_guard lock(state_->mutex);
    state_->waiting.erase(key_);
  }

 private:
  std::shared_ptr<VirtualClock::State> state_;
  std::pair<TimePoint, std::uint64_t> key_;
  std::shared_ptr<bool> alive_;  // read and written on the alarm's executor only
};

}  // namespace

VirtualClock::VirtualClock(TimePoint start) : state_(std::make_shared<State>()) {
  state_->now = start;
}
VirtualClock::~VirtualClock() = default;

TimePoint VirtualClock::now() const {
  const std::lock_guard lock(state_->mutex);
  return state_->now;
}

TimePoint VirtualClock::next_alarm() const {
  const std::lock_guard lock(state_->mutex);
  return state_->waiting.empty() ? TimePoint::max() : state_->waiting.begin()->first.first;
}

std::unique_ptr<Alarm> VirtualClock::alarm(TimePoint when, Executor executor,
                                           std::function<void()> wake) {
  auto alive = std::make_shared<bool>(true);
  auto guarded = [alive, wake = std::move(wake)] {
    if (*alive) wake();
  };
  const std::lock_guard lock(state_->mutex);
  const auto key = std::pair(when, state_->next_id++);
  if (when <= state_->now) {
    asio::post(executor, std::move(guarded));
  } else {
    state_->waiting.emplace(key, std::make_shared<Waiting>(executor, std::move(guarded)));
  }
  return std::make_unique<VirtualAlarm>(state_, key, std::move(alive));
}

void VirtualClock::advance_to(TimePoint when) {
  std::vector<std::shared_ptr<Waiting>> due;
  {
    const std::lock_guard lock(state_->mutex);
    if (when > state_->now) state_->now = when;
    while (!state_->waiting.empty() && state_->waiting.begin()->first.first <= state_->now) {
      due.push_back(std::move(state_->waiting.begin()->second));
      state_->waiting.erase(state_->waiting.begin());
    }
  }
  for (auto& w : due) asio::post(w->executor, std::move(w->wake));
}

}  // namespace fanfare::base
