#pragma once
/// What each user is told, in order, for those who are connected or were a moment ago: one mailbox
/// a user, read by any number of his connections, each at its own position. Memory only and
/// bounded; who reads too slowly, or comes back too late, misses the oldest and is told so.
/// Clients find what they missed by reading their threads.
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/random.h"
#include "communication/chat/notifications.h"
#include "communication/resource.h"

namespace fanfare::communication::chat::realtime {

/// Counts notifications of this run of the server, from 1.
using Position = std::uint64_t;

struct FeedLimits {
  std::size_t entries_per_user_max = 512;
  std::size_t bytes_per_user_max = 1024 * 1024;
  std::size_t users_max = 50'000;
  std::size_t bytes_max =
      256 * 1024 * 1024;  ///< all mailboxes; a shared notification counts in each
  /// How long an entry is kept, and the mailbox of a user without a connection. For as long after
  /// the start of the server everybody has a mailbox, so that those who come back from the run
  /// before miss nothing of this one.
  base::Duration kept_for = base::minutes(3);
};

struct FeedEntry {
  Position position = 0;
  std::shared_ptr<const Notification> notification;  ///< without its recipients
};

struct FeedPart {
  std::vector<FeedEntry> entries;
  /// Set when something between the position asked for and this one is gone.
  std::optional<Position> missed_until;
};

class Feed {
 public:
  struct State;

  /// One connection's interest in a user. Thread-safe; destroying it ends it.
  class Subscription {
   public:
    Subscription(std::shared_ptr<State> state, std::string key, std::function<void()> wake);
    ~Subscription();
    Subscription(const Subscription&) = delete;
    Subscription& operator=(const Subscription&) = delete;

    /// At most `entries_max` of those after `after`, in order. From then on the next notification
    /// wakes again.
    FeedPart read(Position after, std::size_t entries_max);

   private:
    std::shared_ptr<State> state_;
    std::string key_;
  };

  /// `clock` outlives it; `random` is asked once.
  Feed(base::Clock& clock, base::Random& random, FeedLimits limits = {});
  ~Feed();

  /// The listener of the chat services. Thread-safe.
  void post(const ResourcePtr& resource, const Notification& notification);

  /// `wake` is called on any thread, once for each read() that it follows, when there is something
  /// new. It must not call back into the feed.
  std::unique_ptr<Subscription> subscribe(const ResourcePtr& resource, std::string_view user,
                                          std::function<void()> wake);

  /// The position of the newest notification; 0 before the first.
  Position newest() const;

  /// Names this run of the server: positions of another mean nothing here.
  const std::string& run() const;

 private:
  std::shared_ptr<State> state_;
};

}  // namespace fanfare::communication::chat::realtime
