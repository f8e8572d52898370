#include "communication/chat/realtime/feed.h"

#include <algorithm>
#include <deque>
#include <list>
#include <mutex>
#include <unordered_map>
#include <utility>

#include "base/bytes.h"

namespace fanfare::communication::chat::realtime {

namespace {

/// About what a notification costs besides its texts.
constexpr std::size_t kEntryBytes = 512;

std::size_t size_of(const Notification& notification) {
  std::size_t bytes = kEntryBytes;
  if (const auto* notice = std::get_if<MessageNotice>(&notification.body)) {
    bytes += notice->message.content.size();
  }
  if (const auto* notice = std::get_if<ParticipantsNotice>(&notification.body)) {
    bytes += notice->participants.size() * kEntryBytes;
  }
  return bytes;
}

std::string key_of(const ResourcePtr& resource, std::string_view user) {
  return std::to_string(resource->id.value).append("/").append(user);
}

struct Mailbox;

/// The entries of all mailboxes in the order of their coming.
struct Arrival {
  Mailbox* mailbox = nullptr;
  base::TimePoint at{};
};
using Arrivals = std::list<Arrival>;

struct Stored {
  Position position = 0;
  std::size_t bytes = 0;
  std::shared_ptr<const Notification> notification;
  Arrivals::iterator arrival;
};

struct Watcher {
  const Feed::Subscription* owner = nullptr;
  std::shared_ptr<const std::function<void()>> wake;
  bool woken = false;
};

using Departed = std::list<std::pair<std::string, base::TimePoint>>;

struct Mailbox {
  std::deque<Stored> entries;
  std::size_t bytes = 0;
  Position complete_after = 0;  ///< every entry later than this is here
  std::vector<Watcher> watchers;
  std::optional<Departed::iterator> departed;  ///< without watchers
};

}  // namespace

struct Feed::State {
  State(base::Clock& c, base::Random& random, FeedLimits l)
      : clock(c), limits(l), started(c.now()), run(random_name(random)) {}

  static std::string random_name(base::Random& random) {
    const std::uint64_t number = random.next();
    std::string bytes;
    base::ByteWriter(bytes).u64(number);
    return base::hex_encode(bytes);
  }

  Mailbox& open(const std::string& key, base::TimePoint now) {
    const auto [found, is_new] = mailboxes.try_emplace(key);
    if (is_new) {
      const bool from_the_start = now < started + limits.kept_for;
      found->second.complete_after = from_the_start ? 0 : newest;
      depart(found->first, found->second, now);
    }
    return found->second;
  }

  void depart(const std::string& key, Mailbox& mailbox, base::TimePoint now) {
    mailbox.departed = departed.insert(departed.end(), {key, now});
  }

  void drop_front(Mailbox& mailbox) {
    const Stored& oldest = mailbox.entries.front();
    mailbox.complete_after = oldest.position;
    mailbox.bytes -= oldest.bytes;
    bytes -= oldest.bytes;
    arrivals.erase(oldest.arrival);
    mailbox.entries.pop_front();
  }

  void put(Mailbox& mailbox, Stored entry, base::TimePoint now) {
    while (!mailbox.entries.empty() && (mailbox.entries.size() >= limits.entries_per_user_max ||
                                        mailbox.bytes + entry.bytes > limits.bytes_per_user_max)) {
      drop_front(mailbox);
    }
    mailbox.bytes += entry.bytes;
    bytes += entry.bytes;
    entry.arrival = arrivals.insert(arrivals.end(), {&mailbox, now});
    mailbox.entries.push_back(std::move(entry));
  }

  void forget(const std::string& key) {
    const auto found = mailboxes.find(key);
    while (!found->second.entries.empty()) drop_front(found->second);
    mailboxes.erase(found);
  }

  /// Old entries, mailboxes of those who stayed away, and whatever is too much.
  void clean(base::TimePoint now) {
    const base::TimePoint old = now - limits.kept_for;
    while (!departed.empty() &&
           (departed.front().second <= old || mailboxes.size() > limits.users_max)) {
      const std::string key = std::move(departed.front().first);
      departed.pop_front();
      forget(key);
    }
    while (!arrivals.empty() && (arrivals.front().at <= old || bytes > limits.bytes_max)) {
      drop_front(*arrivals.front().mailbox);  // a mailbox's oldest comes first here too
    }
  }

  base::Clock& clock;
  const FeedLimits limits;
  const base::TimePoint started;
  const std::string run;

  std::mutex mutex;
  Position newest = 0;
  std::size_t bytes = 0;
  std::unordered_map<std::string, Mailbox> mailboxes;
  Departed departed;
  Arrivals arrivals;
};

Feed::Feed(base::Clock& clock, base::Random& random, FeedLimits limits)
    : state_(std::make_shared<State>(clock, random, limits)) {}
Feed::~Feed() = default;

void Feed::post(const ResourcePtr& resource, const Notification& notification) {
  State& state = *state_;
  const base::TimePoint now = state.clock.now();
  const bool everybody = now < state.started + state.limits.kept_for;
  std::shared_ptr<const Notification> shared;
  std::vector<std::shared_ptr<const std::function<void()>>> wakes;
  {
    const std::lock_guard lock(state.mutex);
    state.clean(now);
    const Position position = state.newest + 1;
    std::string key = key_of(resource, {});
    const std::size_t prefix = key.size();
    for (const std::string& recipient : notification.recipients) {
      key.resize(prefix);
      key.append(recipient);
      if (!everybody && !state.mailboxes.contains(key)) continue;
      Mailbox& mailbox = state.open(key, now);
      if (!shared) {
        shared = std::make_shared<const Notification>(
            Notification{notification.kind, notification.thread, {}, notification.body});
      }
      state.put(mailbox, {position, size_of(notification), shared, {}}, now);
      for (Watcher& watcher : mailbox.watchers) {
        if (!std::exchange(watcher.woken, true)) wakes.push_back(watcher.wake);
      }
    }
    state.newest = position;
  }
  for (const auto& wake : wakes) (*wake)();
}

std::unique_ptr<Feed::Subscription> Feed::subscribe(const ResourcePtr& resource,
                                                    std::string_view user,
                                                    std::function<void()> wake) {
  return std::make_unique<Subscription>(state_, key_of(resource, user), std::move(wake));
}

Position Feed::newest() const {
  const std::lock_guard lock(state_->mutex);
  return state_->newest;
}

const std::string& Feed::run() const { return state_->run; }

Feed::Subscription::Subscription(std::shared_ptr<State> state, std::string key,
                                 std::function<void()> wake)
    : state_(std::move(state)), key_(std::move(key)) {
  const base::TimePoint now = state_->clock.now();
  const std::lock_guard lock(state_->mutex);
  state_->clean(now);
  Mailbox& mailbox = state_->open(key_, now);
  if (mailbox.departed) state_->departed.erase(*std::exchange(mailbox.departed, std::nullopt));
  mailbox.watchers.push_back(
      {this, std::make_shared<const std::function<void()>>(std::move(wake))});
}

Feed::Subscription::~Subscription() {
  const base::TimePoint now = state_->clock.now();
  const std::lock_guard lock(state_->mutex);
  Mailbox& mailbox = state_->mailboxes.at(key_);
  std::erase_if(mailbox.watchers, [this](const Watcher& w) { return w.owner == this; });
  if (mailbox.watchers.empty()) state_->depart(key_, mailbox, now);
}

FeedPart Feed::Subscription::read(Position after, std::size_t entries_max) {
  const std::lock_guard lock(state_->mutex);
  Mailbox& mailbox = state_->mailboxes.at(key_);
  for (Watcher& watcher : mailbox.watchers) {
    if (watcher.owner == this) watcher.woken = false;
  }
  FeedPart part;
  if (after < mailbox.complete_after) part.missed_until = mailbox.complete_after;
  const auto first = std::ranges::upper_bound(mailbox.entries, after, {}, &Stored::position);
  for (auto entry = first; entry != mailbox.entries.end(); ++entry) {
    if (part.entries.size() == entries_max) break;
    part.entries.push_back({entry->position, entry->notification});
  }
  return part;
}

}  // namespace fanfare::communication::chat::realtime
