#pragma once
/// From a file or flags to the body of a publish request. Pure.
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "cli/failure.h"
#include "json/value.h"

namespace fanfare::cli {

enum class EventForm { EventGrid, CloudEvents, Custom };

std::string_view to_string(EventForm form);
/// Of a topic's inputSchema; nullopt for a name that is none.
std::optional<EventForm> form_of_input_schema(std::string_view input_schema);
/// By the members of an event: `specversion` makes a CloudEvent, `eventType` an Event Grid event.
EventForm detect_form(const json::Value& event);

/// Where ids and times come from.
struct Stamps {
  std::function<std::string()> id;
  std::function<std::string()> time;
};

struct PublishBody {
  std::string text;
  std::string content_type;
  std::size_t events = 0;
};

enum class Missing { Leave, Fill };

/// `text` is one event or an array of them and goes out as it is, byte for byte, except that a
/// single event becomes an array where its schema wants one. With Fill, absent ids and times are
/// added and the JSON is written anew. `form` is the topic's when known; otherwise the events
/// decide. `name` stands in messages, which carry a line where JSON is broken.
Got<PublishBody> body_of_text(std::string_view text, const std::string& name,
                              std::optional<EventForm> form, Missing missing, const Stamps& stamps);

struct EventParts {
  std::string type;
  std::string subject;
  std::string data;    ///< JSON text; empty means none
  std::string source;  ///< of a CloudEvent
  std::string id;      ///< stamped when empty
};

/// One event from its parts. Custom events have no parts: an error.
Got<PublishBody> body_of_parts(const EventParts& parts, EventForm form, const Stamps& stamps);

}  // namespace fanfare::cli
