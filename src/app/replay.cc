#include "app/replay.h"

#include <algorithm>

#include "base/blocking.h"
#include "base/bytes.h"
#include "delivery/dead_letter.h"
#include "event/cloud_events.h"
#include "event/event_grid_schema.h"
#include "json/value.h"

namespace fanfare::app {

namespace {

/// The first member that dead-lettering adds, in either schema; everything behind it is added too.
constexpr std::string_view kFirstAdded[] = {",\"deadLetterReason\":", ",\"deadletterreason\":"};

constexpr std::size_t kReplayMax = 10'000;
constexpr std::size_t kPage = 1'000;

base::Error not_found(std::string message) {
  return base::Error{base::Errc::NotFound, std::move(message), {}};
}

/// One dead letter on its way back.
struct Letter {
  std::string name;
  std::string content;
};

base::Result<std::vector<std::string>> names_of(const std::filesystem::path& folder,
                                                const std::string& subscription) {
  std::vector<std::string> names;
  delivery::DeadLetterQuery query{.subscription = subscription, .limit = kPage};
  while (names.size() < kReplayMax) {
    const auto page = delivery::list_dead_letters(folder, query);
    if (!page) return page.error();
    for (const auto& entry : *page) names.push_back(entry.name);
    if (page->size() < kPage) break;
    query.after = names.back();
  }
  std::ranges::reverse(names);
  return names;
}

base::Result<std::vector<Letter>> read_letters(const std::filesystem::path& folder,
                                               const ReplayRequest& request) {
  auto names = request.names;
  if (names.empty()) {
    auto listed = names_of(folder, request.subscription);
    if (!listed) return listed.error();
    names = std::move(*listed);
  }
  std::vector<Letter> letters;
  for (auto& name : names) {
    auto content = delivery::read_dead_letter(folder, name);
    if (!content) return content.error();
    letters.push_back({std::move(name), std::move(*content)});
  }
  return letters;
}

/// The event subscription's name: the second part of container/NAME/year/….
std::string subscription_of(std::string_view name) {
  const auto from = name.find('/') + 1;
  return std::string(name.substr(from, name.find('/', from) - from));
}

struct Target {
  std::shared_ptr<const grid::TopicEntry> entry;
  std::shared_ptr<const grid::EventSubscription> subscription;
};

/// Names are unique per topic only, so the event's topic or source decides among several.
base::Result<Target> find_target(const grid::Catalog& catalog, const std::string& name,
                                 const std::string& source) {
  std::vector<Target> candidates;
  for (const auto& entry : catalog.topics()) {
    if (auto found = entry->find(name)) candidates.push_back({entry, std::move(found)});
  }
  for (auto& candidate : candidates) {
    if (base::ascii_iequals(candidate.entry->topic->source_id(), source)) return candidate;
  }
  if (candidates.size() == 1) return candidates.front();
  if (candidates.empty())
    return not_found("There is no event subscription '" + name + "' any more.");
  return base::invalid("Several topics have an event subscription '" + name +
                           "' and the event does not tell which one it came from.",
                       "names");
}

std::string source_of(const std::string& text, bool cloud_event) {
  const auto value = json::parse(text);
  const auto* list = value ? value->if_array() : nullptr;
  if (list == nullptr || list->empty()) return {};
  const auto* member = list->front().find(cloud_event ? "source" : "topic");
  const auto* source = member != nullptr ? member->if_string() : nullptr;
  return source != nullptr ? *source : std::string();
}

base::Result<queue::Commit> commit_of(const grid::Catalog& catalog, const Letter& letter,
                                      event::EventBatch& batch, base::TimePoint now) {
  const bool cloud_event = letter.content.find(kFirstAdded[1]) != std::string::npos;
  const auto text = without_dead_letter_members(letter.content);
  const auto told = source_of(text, cloud_event);
  const auto target = find_target(catalog, subscription_of(letter.name), told);
  if (!target) return target.error();
  const auto& topic = *target->entry->topic;
  const auto body = event::BodyView::copy_of(text);
  // Some events of system topics name their source in lower case, and do so again.
  const auto source = base::ascii_iequals(topic.source_id(), told) ? told : topic.source_id();
  auto parsed =
      cloud_event ? event::parse_cloud_event_batch(body) : event::parse_event_grid(body, source);
  if (!parsed) return parsed.error();
  batch = std::move(*parsed);
  queue::Commit commit;
  commit.topic = topic.id;
  commit.published = now;
  for (auto& event : batch.events) {
    event.schema = topic.input_schema;
    commit.events.push_back({event, {target->subscription->id}});
  }
  return commit;
}

}  // namespace

base::Result<std::string> list_dead_letters_json(const std::filesystem::path& folder,
                                                 const std::string& subscription,
                                                 std::size_t limit) {
  const delivery::DeadLetterQuery query{.subscription = subscription, .limit = limit};
  const auto listed = delivery::list_dead_letters(folder, query);
  if (!listed) return listed.error();
  auto list = json::Value::array();
  for (const auto& entry : *listed) {
    list.push(json::Value::object({{"name", entry.name},
                                   {"container", entry.container},
                                   {"eventSubscription", entry.subscription},
                                   {"time", base::format_rfc3339(entry.written)},
                                   {"bytes", entry.bytes}}));
  }
  return json::write(json::Value::object({{"value", std::move(list)}}));
}

base::Result<ReplayRequest> parse_replay(std::string_view body) {
  const auto bad = [] {
    return base::invalid(R"(The body must be {"names":["…"]} or {"eventSubscription":"name"}.)",
                         "names");
  };
  const auto value = json::parse(body);
  if (!value) return value.error();
  ReplayRequest request;
  if (const auto* names = value->find("names")) {
    const auto* list = names->if_array();
    if (list == nullptr || list->empty() || list->size() > kReplayMax) return bad();
    for (const auto& item : *list) {
      const auto* name = item.if_string();
      if (name == nullptr) return bad();
      request.names.push_back(*name);
    }
    return request;
  }
  const auto* subscription = value->find("eventSubscription");
  const auto* name = subscription != nullptr ? subscription->if_string() : nullptr;
  if (name == nullptr || name->empty()) return bad();
  request.subscription = *name;
  return request;
}

std::string without_dead_letter_members(std::string_view content) {
  for (const auto mark : kFirstAdded) {
    // Behind the event's own members stand only added ones, which hold no text of a publisher's.
    const auto at = content.rfind(mark);
    if (at != std::string_view::npos) return std::string(content.substr(0, at)) + "}]";
  }
  return std::string(content);
}

base::Async<base::Result<std::size_t>> replay_dead_letters(
    queue::Queue& queue, const grid::Registry& registry, base::Clock& clock,
    std::filesystem::path folder, base::Executor worker, ReplayRequest request) {
  std::function<base::Result<std::vector<Letter>>()> read = [folder, request] {
    return read_letters(folder, request);
  };
  auto letters = co_await base::on_worker(worker, std::move(read));
  if (!letters) co_return letters.error();
  std::size_t replayed = 0;
  for (const auto& letter : *letters) {
    event::EventBatch batch;
    const auto catalog = registry.catalog();
    auto commit = commit_of(*catalog, letter, batch, clock.now());
    if (!commit) co_return commit.error();
    replayed += commit->events.size();
    auto committed = co_await queue.commit(std::move(*commit));
    if (!committed) co_return committed.error();
  }
  co_return replayed;
}

}  // namespace fanfare::app
