#include "communication/raised_event.h"

#include <utility>

#include "base/bytes.h"

namespace fanfare::communication {

event::EventBatch to_batch(const Resource& resource, std::vector<RaisedEvent> events) {
  event::EventBatch out;
  const auto source = out.keep(event::quote(resource.arm_id()));
  const auto lower = out.keep(event::quote(base::ascii_lower(resource.arm_id())));
  const auto version = out.keep("\"1.0\"");
  for (auto& raised : events) {
    auto& event = out.events.emplace_back();
    event.schema = event::Schema::EventGrid;
    event.id = out.keep(event::quote(raised.id));
    event.source = raised.source_case == SourceCase::Lower ? lower : source;
    event.subject = out.keep(event::quote(raised.subject));
    event.type = out.keep(event::quote(raised.type));
    event.time = out.keep(event::quote(raised.time_text.empty() ? base::format_rfc3339(raised.time)
                                                                : raised.time_text));
    event.data_version = version;
    event.data = out.keep(std::move(raised.data));
  }
  return out;
}

}  // namespace fanfare::communication
