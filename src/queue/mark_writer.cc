#include "queue/mark_writer.h"

#include <asio/post.hpp>
#include <utility>

namespace fanfare::queue {

namespace {

constexpr base::Duration kRetryEvery = base::seconds(1);

}  // namespace

void MarkWriter::write(log::Payload mark) {
  if (!has_refused_ && log_.append_relaxed(mark)) return;
  const std::lock_guard lock(mutex_);
  refused_.push_back(std::move(mark));
  has_refused_ = true;
  if (try_refused() || stopped_ || std::exchange(alarm_asked_, true)) return;
  asio::post(executor_, [this] { set_alarm(); });
}

std::size_t MarkWriter::refused() const {
  const std::lock_guard lock(mutex_);
  return refused_.size();
}

/// With the mutex held. True when none is left.
bool MarkWriter::try_refused() {
  while (!refused_.empty() && log_.append_relaxed(refused_.front())) refused_.pop_front();
  has_refused_ = !refused_.empty();
  return refused_.empty();
}

void MarkWriter::set_alarm() {
  {
    const std::lock_guard lock(mutex_);
    if (stopped_) return;
  }
  alarm_ = clock_.alarm(clock_.now() + kRetryEvery, executor_, [this] { retry(); });
}

void MarkWriter::retry() {
  {
    const std::lock_guard lock(mutex_);
    alarm_asked_ = !try_refused();
    if (!alarm_asked_) return;
  }
  set_alarm();
}

void MarkWriter::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopped_ = true;
  }
  base::run_on(executor_, [this] { alarm_.reset(); });
}

}  // namespace fanfare::queue
