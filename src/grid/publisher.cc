#include "grid/publisher.h"

#include <algorithm>
#include <vector>

namespace fanfare::grid {

namespace {

using Counts = std::vector<std::pair<queue::SubscriptionId, std::size_t>>;

struct Tally {
  std::size_t events = 0;
  std::size_t unmatched = 0;
  Counts matched;
};

std::vector<queue::MatchedEvent> match_all(const TopicEntry& topic,
                                           const std::vector<event::Event>& events) {
  static thread_local MatchScratch scratch;
  std::vector<queue::MatchedEvent> out;
  out.reserve(events.size());
  for (const auto& event : events) {
    auto& matched = out.emplace_back();
    matched.event = event;
    topic.matcher->match(event, scratch, matched.subscriptions);
  }
  return out;
}

Counts count_matches(std::vector<queue::SubscriptionId>& ids) {
  std::ranges::sort(ids);
  Counts out;
  for (const auto id : ids) {
    if (out.empty() || out.back().first != id) out.emplace_back(id, 0);
    ++out.back().second;
  }
  return out;
}

Tally tally(const std::vector<queue::MatchedEvent>& events) {
  Tally out;
  out.events = events.size();
  std::vector<queue::SubscriptionId> ids;
  for (const auto& matched : events) {
    if (matched.subscriptions.empty()) ++out.unmatched;
    ids.insert(ids.end(), matched.subscriptions.begin(), matched.subscriptions.end());
  }
  out.matched = count_matches(ids);
  return out;
}

}  // namespace

Publisher::Publisher(queue::Queue& queue, base::Clock& clock, Listener listener)
    : queue_(queue), clock_(clock), listener_(std::move(listener)) {}

base::Async<base::Result<queue::Receipt>> Publisher::publish(
    std::shared_ptr<const TopicEntry> topic, event::EventBatch batch) {
  view::Batch no_state;
  std::optional<log::Guard> no_guard;
  co_return co_await raise(std::move(topic), std::move(no_state), std::move(batch),
                           std::move(no_guard));
}

base::Async<base::Result<queue::Receipt>> Publisher::raise(std::shared_ptr<const TopicEntry> topic,
                                                           view::Batch state,
                                                           event::EventBatch batch,
                                                           std::optional<log::Guard> guard) {
  queue::Commit commit;
  commit.guard = std::move(guard);
  commit.state = std::move(state);
  commit.topic = topic->topic->id;
  commit.published = clock_.now();
  commit.events = match_all(*topic, batch.events);
  const auto arrived = commit.published;
  Tally counts;
  if (listener_) counts = tally(commit.events);
  auto receipt = co_await queue_.commit(std::move(commit));
  if (receipt && listener_) {
    const auto latency = clock_.now() - arrived;
    listener_(Published{*topic, counts.events, counts.unmatched, counts.matched, latency});
  }
  co_return receipt;
}

}  // namespace fanfare::grid
