#include "delivery/settling.h"

#include <algorithm>

namespace fanfare::delivery {

namespace {

using queue::AttemptState;
using queue::Task;

bool same(const AttemptState& a, const AttemptState& b) {
  return a.attempts == b.attempts && a.first_attempt == b.first_attempt &&
         a.last_attempt == b.last_attempt && a.last_outcome == b.last_outcome &&
         a.last_status == b.last_status && a.giving_up == b.giving_up;
}

/// How many of the first tasks have the same state, so that one settlement serves them.
std::size_t same_state(std::span<const Task> tasks) {
  std::size_t count = 1;
  while (count < tasks.size() && same(tasks[count].state, tasks.front().state)) ++count;
  return count;
}

}  // namespace

void Settling::end(const grid::EventSubscription& subscription, queue::Verdict verdict,
                   const AttemptState& state, const Outcome& outcome, std::span<const Task> tasks,
                   base::TimePoint due) {
  queue::Settlement settlement;
  settlement.subscription = subscription.id;
  settlement.verdict = verdict;
  settlement.due = due;
  settlement.state = state;
  settlement.latency = outcome.latency;
  settlement.tasks.reserve(tasks.size());
  for (const auto& task : tasks) settlement.tasks.push_back(task.key);
  around_.queue.settle(std::move(settlement));
  report(subscription, verdict, state.giving_up, outcome, tasks);
}

void Settling::end_each(const grid::EventSubscription& subscription, queue::Verdict verdict,
                        Outcome outcome, std::span<const Task> tasks, base::TimePoint due) {
  while (!tasks.empty()) {
    const auto alike = tasks.first(same_state(tasks));
    end(subscription, verdict, alike.front().state, outcome, alike, due);
    outcome.latency = {};
    tasks = tasks.subspan(alike.size());
  }
}

void Settling::report(const grid::EventSubscription& subscription, queue::Verdict verdict,
                      queue::DeadLetterReason reason, const Outcome& outcome,
                      std::span<const Task> tasks) {
  if (!around_.listener || tasks.empty()) return;
  auto oldest = tasks.front().published;
  for (const auto& task : tasks) oldest = std::min(oldest, task.published);
  around_.listener(AttemptReport{subscription, outcome, verdict, reason, tasks.size(),
                                 around_.clock.now() - oldest});
}

}  // namespace fanfare::delivery
