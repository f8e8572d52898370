#pragma once
/// Subscriptions and matching in a line, for the tests of the matcher.
#include <memory>
#include <string>
#include <vector>

#include "grid/matcher.h"
#include "json/value.h"

namespace fanfare::grid::test {

using SubscriptionPtr = std::shared_ptr<const EventSubscription>;

inline constexpr std::string_view kTopic = "/subscriptions/0/topics/Events";

inline SubscriptionPtr subscription(std::uint32_t id, Filter filter,
                                    ProvisioningState state = ProvisioningState::Succeeded) {
  EventSubscription out;
  out.id = {id};
  out.filter = std::move(filter);
  out.state = state;
  return std::make_shared<const EventSubscription>(std::move(out));
}

inline Filter filter(std::string_view text) {
  return parse_filter(json::parse(text).value()).value();
}

inline std::vector<std::uint32_t> matches(const Matcher& matcher, MatchScratch& scratch,
                                          const event::Event& event) {
  std::vector<queue::SubscriptionId> ids;
  matcher.match(event, scratch, ids);
  std::vector<std::uint32_t> out;
  for (const auto id : ids) out.push_back(id.value);
  std::ranges::sort(out);
  return out;
}

inline bool matches(const Filter& one, const event::Event& event, MatchOptions options = {}) {
  const std::vector<SubscriptionPtr> all = {subscription(1, one)};
  const Matcher matcher(all, std::string(kTopic), options);
  MatchScratch scratch;
  return !matches(matcher, scratch, event).empty();
}

}  // namespace fanfare::grid::test
