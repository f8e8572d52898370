#include "delivery/burial.h"

#include <algorithm>
#include <vector>

#include "base/log.h"

namespace fanfare::delivery {

using queue::DeadLetterReason;
using queue::Task;
using queue::Verdict;
using Subscription = grid::EventSubscription;

void Burial::drop(const Subscription& subscription, const Outcome& outcome,
                  std::span<const Task> tasks) {
  settling_.end_each(subscription, Verdict::Dropped, outcome, tasks);
}

base::Async<void> Burial::bury(const Subscription& subscription, Work& work,
                               std::function<bool()> counts) {
  if (!subscription.dead_letter) {
    drop(subscription, work.outcome, work.tasks);
    co_return;
  }
  if (delay(subscription, work)) co_return;
  auto writing = around_.dead_letters.write(letters_for(subscription, work));
  const auto written = co_await std::move(writing);
  if (!counts()) co_return;
  if (written) {
    failing_since_.reset();
    settling_.end_each(subscription, Verdict::DeadLettered, work.outcome, work.tasks);
  } else {
    keep_for_later(subscription, work, written.error());
  }
}

std::vector<DeadLetter> Burial::letters_for(const Subscription& subscription,
                                            const Work& work) const {
  std::vector<DeadLetter> letters;
  const auto now = around_.clock.now();
  for (const auto& task : work.tasks) {
    letters.push_back(
        render_dead_letter(subscription, task, task.state.giving_up, now, around_.store_id));
  }
  return letters;
}

/// By setting, some time passes between the last attempt and the dead letter; not after an answer
/// that is final.
bool Burial::delay(const Subscription& subscription, const Work& work) {
  const auto delay = around_.options.rules.dead_letter_delay;
  const auto& state = work.tasks.front().state;
  if (work.kind != Work::Kind::Deliver || delay <= base::Duration::zero() ||
      state.giving_up == DeadLetterReason::UndeliverableDueToHttpStatus) {
    return false;
  }
  settling_.end(subscription, Verdict::DeadLetterLater, state, work.outcome, work.tasks,
                around_.clock.now() + delay);
  return true;
}

void Burial::keep_for_later(const Subscription& subscription, Work& work, const base::Error& why) {
  const auto now = around_.clock.now();
  if (!failing_since_) {
    failing_since_ = now;
    base::log(base::LogLevel::Warn, "delivery", "a dead letter could not be written",
              {{"subscription", subscription.name}, {"reason", why.message}});
  }
  std::vector<Task> over;
  std::vector<Task> waiting;
  for (auto& task : work.tasks) {
    const bool is_over = patience_is_over(subscription, task, now);
    if (is_over) task.state.giving_up = DeadLetterReason::DeadLetterDestinationUnavailable;
    (is_over ? over : waiting).push_back(task);
  }
  settling_.end_each(subscription, Verdict::Dropped, work.outcome, over);
  settling_.end_each(subscription, Verdict::DeadLetterLater, work.outcome, waiting,
                     now + around_.options.dead_letter_retry);
}

/// The destination has failed for that long, and this event waits for it that long.
bool Burial::patience_is_over(const Subscription& subscription, const Task& task,
                              base::TimePoint now) const {
  auto waits_since = task.state.last_attempt;
  if (task.state.giving_up == DeadLetterReason::TimeToLiveExceeded) {
    const auto expired =
        task.published + base::minutes(subscription.retry.event_time_to_live_in_minutes);
    waits_since = std::max(waits_since, expired);
  }
  const auto patience = around_.options.dead_letter_patience;
  return now - waits_since >= patience && now - *failing_since_ >= patience;
}

}  // namespace fanfare::delivery
