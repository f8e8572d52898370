#include "app/history.h"

#include <algorithm>
#include <deque>
#include <unordered_map>

#include "base/bytes.h"
#include "event/cloud_events.h"
#include "event/custom_schema.h"
#include "event/event_grid_schema.h"

namespace fanfare::app {

namespace {

/// Records looked at in one step back through the history.
constexpr log::Position kStride = 2048;

std::string topic_name(const grid::Catalog& catalog, queue::TopicId id) {
  const auto entry = catalog.topic(id);
  return entry ? entry->topic->name : std::to_string(id.value);
}

std::string subscription_name(const grid::Catalog& catalog, queue::SubscriptionId id) {
  const auto subscription = catalog.subscription(id);
  return subscription ? subscription->name : "(deleted)";
}

std::string_view to_string(queue::Verdict verdict) {
  switch (verdict) {
    case queue::Verdict::Done:
      return "Done";
    case queue::Verdict::Retry:
      return "Retry";
    case queue::Verdict::DeadLettered:
      return "DeadLettered";
    case queue::Verdict::Dropped:
      return "Dropped";
    case queue::Verdict::DeadLetterLater:
      return "DeadLetterLater";
  }
  return "Unknown";
}

void append_as_published(std::string& out, const event::Event& event) {
  switch (event.schema) {
    case event::Schema::EventGrid:
      return event::append_event_grid(out, event);
    case event::Schema::CloudEvents:
      return event::append_cloud_event(out, event);
    case event::Schema::Custom:
      return event::append_custom(out, event);
  }
}

/// Walks the history backwards in strides; `visit` gets one stride's range at a time, newest first,
/// and returns false to stop.
base::Result<void> walk_back(
    queue::Queue& queue,
    const std::function<base::Result<bool>(log::Position, log::Position)>& visit) {
  const auto first = std::max<log::Position>(queue.first_kept(), 1);
  auto end = queue.next_position();
  while (end > first) {
    const auto from = end - std::min(end - first, kStride);
    auto more = visit(from, end);
    if (!more) return more.error();
    if (!*more) return {};
    end = from;
  }
  return {};
}

bool matches(const std::optional<std::string>& wanted, std::string_view text) {
  return !wanted || base::ascii_iequals(*wanted, text);
}

bool matches_token(const std::optional<std::string>& wanted, event::RawJson token) {
  return !wanted || (!token.empty() && event::unescape(token) == *wanted);
}

std::string as_list(const std::deque<std::string>& items) {
  std::string out = "{\"value\":[";
  for (std::size_t i = 0; i < items.size(); ++i) {
    if (i > 0) out.push_back(',');
    out.append(items[i]);
  }
  return out.append("]}");
}

/// Adds one stride's findings (oldest first) in front of nothing newer: newest first overall.
void add_newest_first(std::deque<std::string>& all, std::vector<std::string>& stride,
                      std::size_t limit) {
  for (auto item = stride.rbegin(); item != stride.rend() && all.size() < limit; ++item) {
    all.push_back(std::move(*item));
  }
}

}  // namespace

std::string event_json(const grid::Catalog& catalog, const queue::HistoryEvent& event) {
  std::string out = "{\"position\":" + std::to_string(event.position) +
                    ",\"index\":" + std::to_string(event.index) + ",\"topic\":";
  json::append_string(out, topic_name(catalog, event.topic));
  out.append(",\"published\":\"").append(base::format_rfc3339(event.published));
  out.append("\",\"eventSubscriptions\":[");
  for (std::size_t i = 0; i < event.subscriptions.size(); ++i) {
    if (i > 0) out.push_back(',');
    json::append_string(out, subscription_name(catalog, event.subscriptions[i]));
  }
  out.append("],\"event\":");
  append_as_published(out, event.event);
  return out.append("}");
}

std::vector<json::Value> attempts_json(
    const grid::Catalog& catalog, const queue::HistorySettlement& history,
    const std::function<std::string(const queue::TaskKey&)>& event_id) {
  const auto& settlement = history.settlement;
  const auto subscription = catalog.subscription(settlement.subscription);
  std::vector<json::Value> out;
  for (const auto& task : settlement.tasks) {
    auto value = json::Value::object();
    value.set("time", base::format_rfc3339(settlement.state.last_attempt));
    value.set("topic", subscription ? topic_name(catalog, subscription->topic) : "");
    value.set("eventSubscription", subscription_name(catalog, settlement.subscription));
    value.set("eventId", event_id(task));
    value.set("position", task.position);
    value.set("index", task.index);
    value.set("attempt", settlement.state.attempts);
    value.set("outcome", queue::to_string(settlement.state.last_outcome));
    value.set("status", settlement.state.last_status);
    value.set("latencyInMs", std::chrono::duration<double, std::milli>(settlement.latency).count());
    value.set("verdict", to_string(settlement.verdict));
    if (settlement.verdict == queue::Verdict::Retry ||
        settlement.verdict == queue::Verdict::DeadLetterLater) {
      value.set("due", base::format_rfc3339(settlement.due));
    }
    if (settlement.state.giving_up != queue::DeadLetterReason::None) {
      value.set("reason", queue::to_string(settlement.state.giving_up));
    }
    out.push_back(std::move(value));
  }
  return out;
}

base::Result<std::string> list_events(queue::Queue& queue, const grid::Catalog& catalog,
                                      const EventQuery& query) {
  std::deque<std::string> found;
  const auto visit = [&](log::Position from, log::Position end) -> base::Result<bool> {
    std::vector<std::string> stride;
    const auto on_event = [&](const queue::HistoryEvent& event) {
      if (event.position >= end) return false;
      if (matches(query.topic, topic_name(catalog, event.topic)) &&
          matches_token(query.type, event.event.type) && matches_token(query.id, event.event.id) &&
          matches_token(query.subject, event.event.subject)) {
        stride.push_back(event_json(catalog, event));
      }
      return true;
    };
    const auto on_settlement = [&](const queue::HistorySettlement& s) { return s.position < end; };
    if (auto read = queue.history(from, on_event, on_settlement); !read) return read.error();
    add_newest_first(found, stride, query.limit);
    return found.size() < query.limit;
  };
  if (auto walked = walk_back(queue, visit); !walked) return walked.error();
  return as_list(found);
}

namespace {

/// The ids of events by task, read from their records and kept for the length of one list.
class EventIds {
 public:
  explicit EventIds(log::Log& log) : log_(log) {}

  std::string operator()(const queue::TaskKey& task) {
    auto& ids = of_record(task.position);
    return task.index < ids.size() ? ids[task.index] : std::string();
  }

 private:
  const std::vector<std::string>& of_record(log::Position position) {
    const auto [found, added] = known_.try_emplace(position);
    if (!added) return found->second;
    const auto payload = log_.read(position);
    if (!payload) return found->second;
    auto& ids = found->second;
    const auto on_event = [&](const queue::HistoryEvent& event) {
      if (ids.size() <= event.index) ids.resize(event.index + 1);
      ids[event.index] = event.event.id.empty() ? "" : event::unescape(event.event.id);
      return true;
    };
    const auto decoded = queue::decode_record(position, *payload, on_event,
                                              [](const queue::HistorySettlement&) { return true; });
    if (!decoded) ids.clear();
    return ids;
  }

  log::Log& log_;
  std::unordered_map<log::Position, std::vector<std::string>> known_;
};

}  // namespace

base::Result<std::string> list_attempts(queue::Queue& queue, log::Log& log,
                                        const grid::Catalog& catalog, const AttemptQuery& query) {
  std::deque<std::string> found;
  EventIds ids(log);
  const auto wanted = [&](const queue::HistorySettlement& history) {
    const auto subscription = catalog.subscription(history.settlement.subscription);
    if (!subscription) return !query.topic && !query.subscription;
    return matches(query.subscription, subscription->name) &&
           matches(query.topic, topic_name(catalog, subscription->topic));
  };
  const auto visit = [&](log::Position from, log::Position end) -> base::Result<bool> {
    std::vector<std::string> stride;
    const auto on_event = [&](const queue::HistoryEvent& event) { return event.position < end; };
    const auto on_settlement = [&](const queue::HistorySettlement& history) {
      if (history.position >= end) return false;
      if (!wanted(history)) return true;
      for (auto& value : attempts_json(catalog, history, std::ref(ids))) {
        const auto* id = value.find("eventId")->if_string();
        if (!query.event_id || *id == *query.event_id) stride.push_back(json::write(value));
      }
      return true;
    };
    if (auto read = queue.history(from, on_event, on_settlement); !read) return read.error();
    add_newest_first(found, stride, query.limit);
    return found.size() < query.limit;
  };
  if (auto walked = walk_back(queue, visit); !walked) return walked.error();
  return as_list(found);
}

}  // namespace fanfare::app
