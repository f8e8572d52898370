#pragma once
/// The kept history of a store as lists of JSON: what was published, and every delivery attempt.
#include <cstddef>
#include <optional>
#include <string>

#include "base/result.h"
#include "grid/registry.h"
#include "json/value.h"
#include "queue/queue.h"

namespace fanfare::app {

/// One element of `GET /fanfare/v1/events`, as text since the event is spliced in verbatim.
std::string event_json(const grid::Catalog& catalog, const queue::HistoryEvent& event);

/// Elements of `GET /fanfare/v1/attempts`: one for each task of the settlement.
/// `event_id` tells the id of the event of a task, or an empty text when its record is gone.
std::vector<json::Value> attempts_json(
    const grid::Catalog& catalog, const queue::HistorySettlement& settlement,
    const std::function<std::string(const queue::TaskKey&)>& event_id);

struct EventQuery {
  std::optional<std::string> topic, type, id, subject;
  std::size_t limit = 100;
};
struct AttemptQuery {
  std::optional<std::string> topic, subscription, event_id;
  std::size_t limit = 100;
};

/// Newest first. Blocks: not from an I/O thread.
base::Result<std::string> list_events(queue::Queue& queue, const grid::Catalog& catalog,
                                      const EventQuery& query);
base::Result<std::string> list_attempts(queue::Queue& queue, log::Log& log,
                                        const grid::Catalog& catalog, const AttemptQuery& query);

}  // namespace fanfare::app
