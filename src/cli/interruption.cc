#include "cli/interruption.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdint>
#include <limits>

#include "base/check.h"

namespace fanfare::cli {
namespace {

sigset_t held_signals() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGINT);
  sigaddset(&set, SIGTERM);
  sigaddset(&set, SIGHUP);
  return set;
}

}  // namespace

Interruption::Interruption() {
  const auto set = held_signals();
  pthread_sigmask(SIG_BLOCK, &set, nullptr);
  signals_ = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
  done_ = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  FANFARE_CHECK(signals_ >= 0 && done_ >= 0);
}

Interruption::~Interruption() {
  close(signals_);
  close(done_);
  release();
}

void Interruption::release() {
  const auto set = held_signals();
  pthread_sigmask(SIG_UNBLOCK, &set, nullptr);
}

void Interruption::done() {
  const std::uint64_t one = 1;
  // Fails only when the counter is full, and then the wait ends anyway.
  [[maybe_unused]] const auto written = write(done_, &one, sizeof one);
}

Interruption::Reason Interruption::wait() {
  auto reason = Reason::TimedOut;
  while (reason == Reason::TimedOut) reason = wait_milliseconds(-1);
  return reason;
}

Interruption::Reason Interruption::wait_for(base::Duration limit) {
  const auto milliseconds = std::chrono::ceil<base::milliseconds>(limit).count();
  return wait_milliseconds(
      static_cast<int>(std::clamp<std::int64_t>(milliseconds, 0, std::numeric_limits<int>::max())));
}

Interruption::Reason Interruption::wait_milliseconds(int limit) {
  pollfd waits[] = {{signals_, POLLIN, 0}, {done_, POLLIN, 0}};
  const int ready = poll(waits, 2, limit);
  if (ready <= 0) return Reason::TimedOut;
  signalfd_siginfo info;
  if (read(signals_, &info, sizeof info) == static_cast<ssize_t>(sizeof info)) {
    return info.ssi_signo == SIGHUP ? Reason::Reload : Reason::Stop;
  }
  std::uint64_t count = 0;  // one wait ends, not all that follow
  [[maybe_unused]] const auto cleared = read(done_, &count, sizeof count);
  return Reason::Done;
}

}  // namespace fanfare::cli
