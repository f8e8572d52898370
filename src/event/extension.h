#pragma once
/// The extension attributes of a CloudEvent, as Event::extensions holds them: `,"name":value` in a
/// row.
#include <optional>
#include <string_view>

#include "event/event.h"

namespace fanfare::event {

/// `name` without quotes; `value` a string, a whole number or a boolean.
struct Extension {
  std::string_view name;
  RawJson value;
};

/// Cuts the first extension off `rest`; nullopt when none is left.
std::optional<Extension> next_extension(std::string_view& rest);

/// The value of the extension of that name, or empty.
RawJson find_extension(const Event& event, std::string_view name);

/// CloudEvents 1.0, naming conventions: lower-case ASCII letters and digits.
bool valid_extension_name(std::string_view name);

}  // namespace fanfare::event
