#pragma once
/// How a topic with input schema CustomEventSchema finds an event's envelope in arbitrary objects
/// (inputSchemaMapping of the 2022-06-15 ARM specification).
#include <optional>
#include <string>

namespace fanfare::event {

/// `source_field` names a top-level member of the incoming object; `default_value` serves when no
/// field is named or the event lacks it.
struct MappedField {
  std::optional<std::string> source_field;
  std::optional<std::string> default_value;
};

/// An unmapped id becomes a new UUID, an unmapped time the time of publishing. eventType, subject
/// and dataVersion need a field or a default: without either the publish is refused.
struct InputMapping {
  std::optional<std::string> id;          ///< source field
  std::optional<std::string> topic;       ///< source field; routes within a domain
  std::optional<std::string> event_time;  ///< source field
  MappedField event_type;
  MappedField subject;
  MappedField data_version;
};

}  // namespace fanfare::event
