#pragma once
/// The body of one publish request and how much of it is taken.
/// Limits: the published event reference, size and count, as measured on the service.
#include <cstddef>
#include <memory>
#include <string_view>

namespace fanfare::event {

/// Bytes and whoever keeps them alive; batches made from them share the ownership.
struct BodyView {
  std::shared_ptr<const void> owner;
  std::string_view text;

  /// A body of its own, for events that are raised inside the server.
  static BodyView copy_of(std::string_view text);
};

inline constexpr std::size_t kEventBytesMax = 1'049'600;
inline constexpr std::size_t kEventsMax = 5'000;
inline constexpr int kJsonDepthMax = 64;

/// What one request may hold. Over `event_bytes_max` or `events_max` is TooLarge, deeper than
/// `depth_max` (the whole body counts) is InvalidArgument.
struct Limits {
  std::size_t event_bytes_max = kEventBytesMax;
  std::size_t events_max = kEventsMax;
  int depth_max = kJsonDepthMax;
};

}  // namespace fanfare::event
