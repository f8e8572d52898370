#pragma once
/// Numbers of topics and event subscriptions as they stand in stored records. Given out once, never
/// reused.
#include <compare>
#include <cstdint>
#include <functional>

namespace fanfare::queue {

struct TopicId {
  std::uint32_t value = 0;
  auto operator<=>(const TopicId&) const = default;
};

struct SubscriptionId {
  std::uint32_t value = 0;
  auto operator<=>(const SubscriptionId&) const = default;
};

}  // namespace fanfare::queue

template <>
struct std::hash<fanfare::queue::TopicId> {
  std::size_t operator()(fanfare::queue::TopicId id) const noexcept { return id.value; }
};
template <>
struct std::hash<fanfare::queue::SubscriptionId> {
  std::size_t operator()(fanfare::queue::SubscriptionId id) const noexcept { return id.value; }
};
