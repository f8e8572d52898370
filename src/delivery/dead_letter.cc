#include "delivery/dead_letter.h"

#include <algorithm>

#include "event/cloud_events.h"
#include "event/event_grid_schema.h"

namespace fanfare::delivery {

namespace {

constexpr std::size_t kPartBytesMax = 200;

bool harmless(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-';
}

/// One part of a path: whatever it holds, it is a name and leads nowhere else.
std::string safe_part(std::string_view text) {
  std::string part(text.substr(0, kPartBytesMax));
  std::replace_if(part.begin(), part.end(), [](char c) { return !harmless(c); }, '_');
  return part.empty() ? "_" : part;
}

std::string upper(std::string_view text) {
  std::string out(text);
  for (auto& c : out) c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  return out;
}

void add_member(std::string& out, std::string_view name, std::string_view json) {
  out += ",\"";
  out += name;
  out += "\":";
  out += json;
}

void add_text(std::string& out, std::string_view name, std::string_view text) {
  add_member(out, name, event::quote(text));
}

std::string event_grid_members(const queue::Task& task, std::string_view reason) {
  std::string out;
  add_text(out, "deadLetterReason", reason);
  add_member(out, "deliveryAttempts", std::to_string(task.state.attempts));
  add_text(out, "lastDeliveryOutcome", queue::to_string(task.state.last_outcome));
  add_text(out, "publishTime", base::format_rfc3339(task.published));
  if (task.state.attempts > 0) {
    add_text(out, "lastDeliveryAttemptTime", base::format_rfc3339(task.state.last_attempt));
  }
  return out;
}

std::string cloud_events_members(const queue::Task& task, std::string_view reason) {
  std::string out;
  add_text(out, "deadletterreason", reason);
  add_member(out, "deliveryattempts", std::to_string(task.state.attempts));
  add_text(out, "lastdeliveryoutcome", queue::to_string(task.state.last_outcome));
  add_text(out, "publishtime", base::format_rfc3339(task.published));
  return out;
}

std::string content_of(const queue::Task& task, grid::DeliverySchema schema,
                       std::string_view reason) {
  std::string content = "[";
  if (schema == grid::DeliverySchema::CloudEventSchemaV1_0) {
    event::append_cloud_event(content, task.event, cloud_events_members(task, reason));
  } else {
    event::append_event_grid(content, task.event, event_grid_members(task, reason));
  }
  content += "]";
  return content;
}

}  // namespace

std::string DeadLetter::name_at(base::TimePoint hour) const {
  const auto day = std::chrono::floor<std::chrono::days>(hour);
  const std::chrono::year_month_day date(day);
  const auto hours = std::chrono::floor<std::chrono::hours>(hour - day).count();
  return safe_part(subscription) + '/' + std::to_string(static_cast<int>(date.year())) + '/' +
         std::to_string(static_cast<unsigned>(date.month())) + '/' +
         std::to_string(static_cast<unsigned>(date.day())) + '/' + std::to_string(hours) + '/' +
         safe_part(id) + ".json";
}

DeadLetter render_dead_letter(const grid::EventSubscription& subscription, const queue::Task& task,
                              queue::DeadLetterReason reason, base::TimePoint now,
                              std::string_view store_id) {
  DeadLetter letter;
  if (subscription.dead_letter) letter.container = subscription.dead_letter->blob_container_name;
  letter.subscription = upper(subscription.name);
  letter.at = now;
  letter.published = task.published;
  letter.id = queue::output_event_id(store_id, task.key.position, task.key.index);
  letter.content = content_of(task, subscription.delivery_schema, queue::to_string(reason));
  return letter;
}

}  // namespace fanfare::delivery
