#include "event/extension.h"

#include <algorithm>

namespace fanfare::event {

namespace {

/// The size of the scalar at the start of `text`.
std::size_t scalar_size(std::string_view text) {
  if (!text.starts_with('"')) return std::min(text.find(','), text.size());
  for (std::size_t i = 1; i < text.size(); ++i) {
    if (text[i] == '\\') {
      ++i;
    } else if (text[i] == '"') {
      return i + 1;
    }
  }
  return text.size();
}

}  // namespace

std::optional<Extension> next_extension(std::string_view& rest) {
  if (!rest.starts_with(",\"")) return std::nullopt;
  const auto name_end = rest.find('"', 2);
  if (name_end == std::string_view::npos || name_end + 2 > rest.size()) return std::nullopt;
  const auto name = rest.substr(2, name_end - 2);
  rest.remove_prefix(name_end + 2);
  const auto value = rest.substr(0, scalar_size(rest));
  rest.remove_prefix(value.size());
  return Extension{name, value};
}

RawJson find_extension(const Event& event, std::string_view name) {
  std::string_view rest = event.extensions;
  while (const auto extension = next_extension(rest)) {
    if (extension->name == name) return extension->value;
  }
  return {};
}

bool valid_extension_name(std::string_view name) {
  return !name.empty() && std::ranges::all_of(name, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
  });
}

}  // namespace fanfare::event
