#include "grid/topic.h"

#include <algorithm>
#include <array>

#include "base/bytes.h"

namespace fanfare::grid {

namespace {

bool name_characters(std::string_view name) {
  return std::ranges::all_of(name, [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-';
  });
}

}  // namespace

std::string Topic::arm_id() const {
  std::string out;
  out.reserve(96 + subscription_id.size() + resource_group.size() + name.size());
  out.append("/subscriptions/").append(subscription_id);
  out.append("/resourceGroups/").append(resource_group);
  out.append("/providers/Microsoft.EventGrid/");
  out.append(kind == TopicKind::System ? "systemTopics/" : "topics/").append(name);
  return out;
}

bool valid_topic_name(std::string_view name) {
  if (name.size() < 3 || name.size() > 50 || !name_characters(name)) return false;
  constexpr std::array<std::string_view, 3> kReserved = {"Microsoft", "EventGrid", "System"};
  return std::ranges::none_of(kReserved, [name](std::string_view word) {
    return base::ascii_iequals(name.substr(0, word.size()), word);
  });
}

}  // namespace fanfare::grid
