#pragma once
/// Bodies to publish and files to read, for the tests of events.
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <string_view>

#include "event/publish_body.h"

namespace fanfare::event::test {

inline const std::string kTopic =
    "/subscriptions/0/resourceGroups/local/providers/Microsoft.EventGrid/topics/events";

inline std::string read_file(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  std::stringstream out;
  out << in.rdbuf();
  return out.str();
}

inline std::filesystem::path data_path(std::string_view below) {
  return std::filesystem::path(FANFARE_TEST_DATA) / below;
}

/// A body whose bytes end where the text ends, so that a sanitizer sees every read behind it.
inline BodyView body_of(std::string_view text) {
  std::shared_ptr<char[]> bytes(new char[text.size()]);
  text.copy(bytes.get(), text.size());
  const std::string_view view(bytes.get(), text.size());
  return {std::move(bytes), view};
}

/// An Event Grid event whose members are replaced, added or (value empty) left out.
inline std::string grid_event(std::string_view name = "", std::string_view value = "") {
  std::string out;
  bool replaced = false;
  for (const auto& [key, text] : {std::pair<std::string_view, std::string_view>{"id", "\"1\""},
                                  {"subject", "\"a/b\""},
                                  {"eventType", "\"T\""},
                                  {"eventTime", "\"2020-09-18T00:47:13Z\""},
                                  {"data", "{\"x\":1}"},
                                  {"dataVersion", "\"1.0\""}}) {
    const auto chosen = key == name ? value : text;
    replaced |= key == name;
    if (!chosen.empty()) out.append(",\"").append(key).append("\":").append(chosen);
  }
  if (!replaced && !name.empty()) out.append(",\"").append(name).append("\":").append(value);
  return "{" + out.substr(1) + "}";
}

/// The same for a CloudEvent.
inline std::string cloud_event(std::string_view name = "", std::string_view value = "") {
  std::string out;
  bool replaced = false;
  for (const auto& [key, text] :
       {std::pair<std::string_view, std::string_view>{"specversion", "\"1.0\""},
        {"id", "\"1\""},
        {"source", "\"/s\""},
        {"type", "\"T\""}}) {
    const auto chosen = key == name ? value : text;
    replaced |= key == name;
    if (!chosen.empty()) out.append(",\"").append(key).append("\":").append(chosen);
  }
  if (!replaced && !name.empty()) out.append(",\"").append(name).append("\":").append(value);
  return "{" + out.substr(1) + "}";
}

}  // namespace fanfare::event::test
