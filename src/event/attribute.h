#pragma once
/// Single values of an event by name: envelope members, and paths into data.
#include <optional>
#include <string>
#include <string_view>

#include "event/event.h"

namespace fanfare::event {

/// The envelope members that filters and delivery attributes can name.
enum class Field {
  Id,
  Source,
  Subject,
  Type,
  Time,
  DataVersion,
  SpecVersion,
  DataContentType,
  DataSchema,
  Data
};

/// The member of that name in the schema, ignoring case: `eventType` or `type`, `topic` or
/// `source`.
std::optional<Field> find_field(Schema schema, std::string_view name);

/// Its JSON text; empty when the event has none.
RawJson field_value(const Event& event, Field field);

/// The value at a path such as `subject`, `data.system.name` or an extension attribute's name, as
/// text, when it is a string, a number or a boolean; else nullopt. Names within data match exactly
/// or, when no member does, ignoring ASCII case; of repeated names the last counts.
std::optional<std::string> attribute_value(const Event& event, std::string_view path);

}  // namespace fanfare::event
