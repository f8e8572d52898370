#include "communication/resource.h"

#include <array>
#include <cstdio>
#include <utility>

#include "base/bytes.h"

namespace fanfare::communication {

namespace {

constexpr std::array kRevisions{
    std::pair{EventsRevision::Seed2020, std::string_view("2020-09-18")},
    std::pair{EventsRevision::Seed2021, std::string_view("2021-02-11")},
    std::pair{EventsRevision::Transitional, std::string_view("transitional")},
    std::pair{EventsRevision::Current, std::string_view("current")},
};

}  // namespace

std::string_view to_string(EventsRevision revision) {
  for (const auto& [value, name] : kRevisions) {
    if (value == revision) return name;
  }
  return "";
}

std::optional<EventsRevision> parse_events_revision(std::string_view text) {
  for (const auto& [value, name] : kRevisions) {
    if (base::ascii_iequals(name, text)) return value;
  }
  return std::nullopt;
}

std::string Resource::arm_id() const {
  return "/subscriptions/" + subscription_id + "/resourceGroups/" + resource_group +
         "/providers/Microsoft.Communication/communicationServices/" + name;
}

std::string area_prefix(ResourceId id, std::string_view area) {
  std::array<char, 16> digits{};
  std::snprintf(digits.data(), digits.size(), "%010u", id.value);
  std::string out = "comm/";
  out.append(digits.data()).append("/").append(area).append("/");
  return out;
}

}  // namespace fanfare::communication
