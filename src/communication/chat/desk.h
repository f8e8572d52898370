#pragma once
/// What the services of chat share: one change of a thread at a time, the threads in memory, and
/// the commit that makes state and events durable together and then tells the listeners.
#include <array>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/async.h"
#include "base/clock.h"
#include "base/random.h"
#include "base/result.h"
#include "base/turnstile.h"
#include "communication/chat/events.h"
#include "communication/chat/notifications.h"
#include "communication/chat/options.h"
#include "communication/chat/rules.h"
#include "communication/chat/store.h"
#include "communication/chat/thread_cache.h"
#include "communication/chat/thread_change.h"
#include "communication/committer.h"
#include "communication/identity/access.h"

namespace fanfare::communication::chat {

/// Whether an identity of the resource exists. `user` has the form of one of that resource.
using UserLookup =
    std::function<base::Async<base::Result<bool>>(ResourcePtr resource, std::string user)>;

/// A thread as the caller finds it.
struct Opened {
  Thread thread;
  Standing standing = Standing::Participant;
  Window window;  ///< of its history
};

/// What a change tells and raises, gathered until it is committed.
struct Outcome {
  std::vector<RaisedEvent> events;
  std::vector<Notification> notifications;
};

class Desk {
 public:
  /// Everything outlives it. `records` are read on `worker` alone.
  Desk(Committer& committer, const view::Records& records, base::Executor worker,
       base::Clock& clock, base::Random& random, UserLookup users, ChatOptions options);

  /// Both are set before the first request.
  void set_listener(NotificationListener listener) { listener_ = std::move(listener); }
  /// Told when something is to be done at `due`.
  using DueListener = std::function<void(base::TimePoint due)>;
  void set_due_listener(DueListener listener) { due_listener_ = std::move(listener); }

  /// The turn of a thread. Whoever has one must not ask for another thread's: they may be the same.
  base::Async<base::Turnstile::Turn> enter(ResourceId resource, std::string_view thread);
  /// The turn of a repeatable request, as token_name() names it. Before a thread's, if both.
  base::Async<base::Turnstile::Turn> enter_token(ResourceId resource, std::string_view name);

  /// The thread, if the caller may do that there. Errors: as check_scopes and check_standing.
  /// Whoever is going to change it has its turn.
  base::Async<base::Result<Opened>> open(const identity::Caller& caller, std::string thread,
                                         Operation operation, bool has_turn);
  /// The thread, deleted ones included.
  base::Async<base::Result<std::optional<Thread>>> find(ResourceId resource, std::string thread,
                                                        bool has_turn);

  /// State and events at once, then the thread is seen by others and the listeners are told.
  base::Async<base::Result<void>> commit(ResourcePtr resource, ThreadChange& change,
                                         Outcome outcome);
  /// A batch of records that changes no thread that others see.
  base::Async<base::Result<void>> commit_records(ResourcePtr resource, view::Batch records);

  void raise(Outcome& outcome, const Resource& resource, const Occurrence& occurrence);
  /// Tells without a commit.
  void tell(const ResourcePtr& resource, const Notification& notification) const;
  void due_at(base::TimePoint due) const;

  Store& store() { return store_; }
  ThreadCache& cache() { return cache_; }
  const ChatOptions& options() const { return options_; }
  const UserLookup& users() const { return users_; }
  base::Clock& clock() { return clock_; }
  base::Random& random() { return random_; }

 private:
  using Turnstiles = std::array<base::Turnstile, 1024>;

  Committer& committer_;
  base::Clock& clock_;
  base::Random& random_;
  UserLookup users_;
  ChatOptions options_;
  Store store_;
  ThreadCache cache_;
  NotificationListener listener_;
  DueListener due_listener_;
  Turnstiles thread_turns_;
  Turnstiles token_turns_;
};

/// Raw ids of everybody in the thread.
std::vector<std::string> everybody(const Thread& thread);

}  // namespace fanfare::communication::chat
