#include "queue/history.h"

#include <algorithm>

#include "queue/record.h"

namespace fanfare::queue {

namespace {

using OnEvent = std::function<bool(const HistoryEvent&)>;
using OnSettlement = std::function<bool(const HistorySettlement&)>;
enum class Walk { On, Enough, Damaged };

Walk walk_events(log::Position position, std::string_view body, const OnEvent& on_event) {
  const auto view = EventsView::parse(body);
  const auto matches = view ? view->matches() : std::nullopt;
  if (!matches) return Walk::Damaged;
  std::vector<std::vector<SubscriptionId>> subscriptions(view->size());
  for (const auto& match : *matches) {
    for (const auto& run : match.indices) {
      for (std::uint32_t i = 0; i < run.count; ++i) {
        subscriptions[run.first + i].push_back(match.subscription);
      }
    }
  }
  for (std::uint32_t i = 0; i < view->size(); ++i) {
    const auto event = view->event(i);
    if (!event) return Walk::Damaged;
    const HistoryEvent seen{.position = position,
                            .index = i,
                            .topic = view->topic(),
                            .published = view->published(),
                            .event = *event,
                            .subscriptions = std::move(subscriptions[i])};
    if (!on_event(seen)) return Walk::Enough;
  }
  return Walk::On;
}

Walk walk_settled(log::Position position, std::string_view body,
                  const OnSettlement& on_settlement) {
  auto part = parse_settled(body);
  if (!part) return Walk::Damaged;
  std::size_t tasks = 0;
  for (const auto& ref : part->refs) tasks += count_of(ref.indices);
  if (tasks > kIndicesMax) return Walk::Damaged;
  HistorySettlement seen{position, part->at, std::move(part->settlement)};
  seen.settlement.tasks.reserve(tasks);
  for (const auto& ref : part->refs) {
    for (const auto& run : ref.indices) {
      for (std::uint32_t i = 0; i < run.count; ++i) {
        seen.settlement.tasks.push_back(
            {seen.settlement.subscription, ref.key.position, run.first + i});
      }
    }
  }
  return on_settlement(seen) ? Walk::On : Walk::Enough;
}

Walk walk_record(log::Position position, const log::Payload& payload, const OnEvent& on_event,
                 const OnSettlement& on_settlement) {
  PartReader parts(*payload);
  while (const auto part = parts.next()) {
    auto walk = Walk::On;
    if (part->tag == Tag::Events && on_event) walk = walk_events(position, part->body, on_event);
    if (part->tag == Tag::Settled && on_settlement) {
      walk = walk_settled(position, part->body, on_settlement);
    }
    if (walk != Walk::On) return walk;
  }
  return parts.ok() ? Walk::On : Walk::Damaged;
}

}  // namespace

base::Result<void> decode_record(log::Position position, const log::Payload& payload,
                                 const OnEvent& on_event, const OnSettlement& on_settlement) {
  if (walk_record(position, payload, on_event, on_settlement) == Walk::Damaged) {
    return corrupt_record(position);
  }
  return {};
}

base::Result<void> walk_history(log::Log& log, log::Position from, const OnEvent& on_event,
                                const OnSettlement& on_settlement) {
  for (auto position = std::max(from, log.first()); position < log.next(); ++position) {
    const auto payload = log.read(position);
    if (!payload && payload.error().code == base::Errc::NotFound) {
      position = std::max(position, log.first() - 1);  // trimmed meanwhile
      continue;
    }
    if (!payload) return payload.error();
    const auto walk = walk_record(position, *payload, on_event, on_settlement);
    if (walk == Walk::Damaged) return corrupt_record(position);
    if (walk == Walk::Enough) break;
  }
  return {};
}

}  // namespace fanfare::queue
