/// Any publish body in any schema: refused with a reason, or every event survives storing and,
/// rendered, is taken again with the same members.
#include <cstdint>
#include <vector>

#include "base/check.h"
#include "base/random.h"
#include "event/attribute.h"
#include "event/binary_cloud_event.h"
#include "event/cloud_events.h"
#include "event/custom_schema.h"
#include "event/event_grid_schema.h"

namespace {

using namespace fanfare;
using event::Event;

const std::string kTopic = "/subscriptions/0/topics/events";

bool same(const Event& a, const Event& b) {
  return a.schema == b.schema && a.id == b.id && a.source == b.source && a.subject == b.subject &&
         a.type == b.type && a.time == b.time && a.data_version == b.data_version &&
         a.data_content_type == b.data_content_type && a.data_schema == b.data_schema &&
         a.extensions == b.extensions && a.data == b.data && a.data_base64 == b.data_base64;
}

void check_stored(const Event& one) {
  std::string bytes;
  base::ByteWriter writer(bytes);
  event::encode(one, writer);
  base::ByteReader reader(bytes);
  FANFARE_CHECK(same(event::decode(reader), one) && reader.ok() && reader.at_end());
}

void check_rendered(const Event& one) {
  std::string cloud;
  event::append_cloud_event(cloud, one, ",\"deliveryattempts\":1");
  const auto read = event::parse_cloud_event(event::BodyView::copy_of(cloud),
                                             {.event_bytes_max = SIZE_MAX, .depth_max = 66});
  FANFARE_CHECK(read);
  FANFARE_CHECK(read->events[0].id == one.id && read->events[0].type == one.type);
  if (one.data != "null") FANFARE_CHECK(read->events[0].data == one.data);
  if (one.schema == event::Schema::CloudEvents) return;
  std::string grid;
  event::append_event_grid(grid, one);
  const auto again = event::parse_event_grid(event::BodyView::copy_of("[" + grid + "]"), kTopic,
                                             {.event_bytes_max = SIZE_MAX, .depth_max = 66});
  FANFARE_CHECK(again);
  FANFARE_CHECK(again->events[0].subject == one.subject && again->events[0].time == one.time);
}

base::Result<event::EventBatch> parse_binary(std::string_view text) {
  std::vector<event::HeaderField> headers;
  while (!text.empty()) {
    const auto line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(line.size() + 1, text.size()));
    if (line.empty()) break;
    const auto colon = std::min(line.find(':'), line.size());
    headers.push_back({line.substr(0, colon), line.substr(std::min(colon + 1, line.size()))});
  }
  return event::parse_binary_cloud_event(headers, event::BodyView::copy_of(text));
}

base::Result<event::EventBatch> parse(char schema, std::string_view text) {
  const auto body = event::BodyView::copy_of(text);
  if (schema == 'g') return event::parse_event_grid(body, kTopic);
  if (schema == 'c') return event::parse_cloud_event(body);
  if (schema == 'b') return event::parse_cloud_event_batch(body);
  if (schema == 'h') return parse_binary(text);
  event::InputMapping mapping;
  mapping.id = "id";
  mapping.event_time = "time";
  mapping.event_type = {"type", "T"};
  mapping.subject = {std::nullopt, "s"};
  mapping.data_version = {"v", ""};
  base::SeededRandom random(1);
  return event::parse_custom(body, mapping, kTopic, {}, random);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  const auto batch = parse(input[0], input.substr(1));
  if (!batch) {
    FANFARE_CHECK(!batch.error().message.empty());
    return 0;
  }
  for (const auto& one : batch->events) {
    check_stored(one);
    check_rendered(one);
    for (const char* path : {"data.a.b", "id", "Subject", "x"})
      static_cast<void>(event::attribute_value(one, path));
  }
  return 0;
}
