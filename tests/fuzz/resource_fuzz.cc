/// Any body of a PUT or PATCH for a topic or an event subscription: refused with the member that is
/// wrong, or stored, read back and shown as what was asked for. Input: its kind (1 byte), the body.
#include <cstdint>
#include <string>
#include <string_view>

#include "base/check.h"
#include "grid/subscription_json.h"
#include "grid/topic_json.h"
#include "json/value.h"
#include "management/subscription_resource.h"
#include "management/topic_resource.h"

namespace {

using namespace fanfare;
using grid::EventSubscription;
using grid::Topic;
using management::ShownAs;

const base::TimePoint kNow = base::parse_rfc3339("2029-01-01T00:00:00Z").value();

void check_topic(base::Result<Topic> topic) {
  if (!topic) return FANFARE_CHECK(!topic.error().message.empty());
  topic->id = {1};
  const auto stored = grid::write_topic(*topic);
  const auto read = grid::read_topic(stored);
  FANFARE_CHECK(read && grid::write_topic(*read) == stored);
  const auto shown = management::topic_resource(*topic, "https://h", ShownAs::Succeeded);
  auto again = management::topic_from_put(shown, &*topic);
  if (again) again->id = topic->id;
  FANFARE_CHECK(again && grid::write_topic(*again) == stored);
}

void check_subscription(EventSubscription wanted, const std::string& path) {
  wanted.id = {1};
  wanted.topic = {1};
  const auto allowed = management::check_wanted(wanted, http::AddressFilter(), kNow, path);
  if (!allowed) FANFARE_CHECK(allowed.error().target.starts_with(path));
  const auto stored = grid::write_subscription(wanted);
  const auto read = grid::read_subscription(stored);
  FANFARE_CHECK(read && grid::write_subscription(*read) == stored);
  FANFARE_CHECK(management::same_wish(wanted, *read));

  const auto shown = management::subscription_resource(wanted, management::IdForm::Extension);
  const auto properties = management::properties_from_put(shown);
  FANFARE_CHECK(properties);
  auto again = management::merge_put(*properties, Topic{}, &wanted);
  auto& webhook = std::get<grid::WebHookDestination>(again.destination);
  FANFARE_CHECK(webhook.endpoint_url.empty());  // the URL is a secret
  const auto& before = std::get<grid::WebHookDestination>(wanted.destination);
  webhook.endpoint_url = before.endpoint_url;
  webhook.max_events_per_batch = before.max_events_per_batch;  // shown with its default
  webhook.preferred_batch_size_in_kilobytes = before.preferred_batch_size_in_kilobytes;
  if (!allowed) webhook.attributes = before.attributes;  // names may be there twice
  FANFARE_CHECK(management::same_wish(wanted, again));
}

EventSubscription existing_subscription() {
  EventSubscription out;
  out.destination =
      grid::WebHookDestination{.endpoint_url = "https://h/?code=s",
                               .max_events_per_batch = 1,
                               .preferred_batch_size_in_kilobytes = 64,
                               .attributes = {{.name = "X-Key", .value = "v", .is_secret = true}}};
  out.labels = {"a"};
  return out;
}

void check_put(const json::Value& body) {
  const auto properties = management::properties_from_put(body);
  if (!properties) return FANFARE_CHECK(!properties.error().message.empty());
  const auto existing = existing_subscription();
  check_subscription(management::merge_put(*properties, Topic{}, &existing), "properties.");
}

void check_patch(const json::Value& body) {
  const auto properties = management::properties_from_patch(body);
  if (!properties) return FANFARE_CHECK(!properties.error().message.empty());
  check_subscription(management::merge_patch(*properties, existing_subscription()), "");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view text(reinterpret_cast<const char*>(data + 1), size - 1);
  static_cast<void>(grid::read_topic(text).has_value());
  static_cast<void>(grid::read_subscription(text).has_value());
  const auto body = json::parse(text);
  if (!body) return 0;
  const char kind = static_cast<char>(data[0]);
  if (kind == 't') check_topic(management::topic_from_put(*body, nullptr));
  if (kind == 'u') check_topic(management::topic_from_patch(*body, Topic{}));
  if (kind == 's') check_put(*body);
  if (kind == 'p') check_patch(*body);
  return 0;
}
