#pragma once
/// The connections that chat clients have been given: an address to be told at, which outlives the
/// sockets that serve it one after the other, and the registrations that make it be told anything.
/// Memory only and bounded.
#include <cstddef>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/random.h"
#include "base/result.h"
#include "communication/chat/realtime/feed.h"
#include "communication/resource.h"

namespace fanfare::communication::chat::realtime {

struct ConnectionLimits {
  base::Duration lifetime = base::days(7);  ///< as the client is told
  /// How long one without a socket is kept.
  base::Duration kept_for = base::minutes(3);
  std::size_t per_user_max = 64;
  std::size_t registrations_max = 16;  ///< of one connection
  base::Duration registration_max = base::days(1);
};

/// What serves a connection at the moment. Both calls come from any thread.
class Link {
 public:
  virtual ~Link() = default;
  /// There may be something to tell.
  virtual void wake() = 0;
  /// Sends `frame` and closes.
  virtual void end(std::string frame) = 0;
};

/// Thread-safe.
class Connection : public std::enable_shared_from_this<Connection> {
 public:
  /// Tells nothing that is at `from` or before it.
  Connection(ResourcePtr resource, std::string user, std::string id, std::string secret,
             Position from, base::TimePoint expires);
  /// Once, before anything is read.
  void listen(Feed& feed);

  const std::string& id() const { return id_; }
  const std::string& secret() const { return secret_; }
  const ResourcePtr& resource() const { return resource_; }
  const std::string& user() const { return user_; }
  base::TimePoint expires() const { return expires_; }

  /// The newest token that its user has shown.
  std::string token() const;
  void set_token(std::string token);

  /// Takes the place of the link before, which is ended. Returns up to where the client has been
  /// told.
  Position attach(std::shared_ptr<Link> link);
  /// The client has been told up to there.
  void acknowledge(Position position);
  /// Nothing when another has taken its place.
  void detach(const Link* link, base::TimePoint now);
  /// Since when it has no link; nullopt while it has.
  std::optional<base::TimePoint> idle_since() const;

  FeedPart read(Position after, std::size_t entries_max) {
    return subscription_->read(after, entries_max);
  }

  /// False: it has too many.
  bool enroll(const std::string& registration, base::TimePoint until,
              std::size_t registrations_max);
  bool withdraw(const std::string& registration);
  bool is_registered(base::TimePoint now) const;

  void end(std::string frame);

 private:
  void wake() const;

  const ResourcePtr resource_;
  const std::string user_;
  const std::string id_;
  const std::string secret_;
  const base::TimePoint expires_;

  mutable std::mutex mutex_;
  std::string token_;
  Position acknowledged_;
  std::weak_ptr<Link> link_;
  std::optional<base::TimePoint> idle_since_;
  std::map<std::string, base::TimePoint> registrations_;

  std::unique_ptr<Feed::Subscription> subscription_;
};
using ConnectionPtr = std::shared_ptr<Connection>;

class Connections {
 public:
  /// All outlive it; `random` is thread-safe.
  Connections(Feed& feed, base::Clock& clock, base::Random& random, ConnectionLimits limits = {});

  /// What a client shows of the connection it had; empty when it had none.
  struct Former {
    std::string id;
    std::string secret;
  };
  /// The one that it had, if that is still there; else a new one, which goes on where this run of
  /// the server began if the client had one of a run before. Errors: Unavailable when the user has
  /// as many sockets open as are allowed, and after close().
  base::Result<ConnectionPtr> allocate(const ResourcePtr& resource, const std::string& user,
                                       const Former& former);

  /// nullptr when there is none, or the secret is another.
  ConnectionPtr find(std::string_view id, std::string_view secret) const;
  /// Of that user.
  ConnectionPtr find_of(const ResourcePtr& resource, std::string_view user,
                        std::string_view id) const;

  /// Takes a registration from whichever connection of the user has it. False: none has.
  bool withdraw(const ResourcePtr& resource, const std::string& user,
                const std::string& registration);

  /// Ends every link; from then on there are none.
  void close();

  const ConnectionLimits& limits() const { return limits_; }
  std::size_t size() const;

 private:
  using UserKey = std::pair<ResourceId, std::string>;

  void clean(base::TimePoint now);
  bool make_room(const UserKey& user);
  void erase(const std::string& id);
  std::string new_id();

  Feed& feed_;
  base::Clock& clock_;
  base::Random& random_;
  const ConnectionLimits limits_;

  mutable std::mutex mutex_;
  std::map<std::string, ConnectionPtr, std::less<>> by_id_;
  std::map<UserKey, std::vector<std::string>> by_user_;
  base::TimePoint next_clean_{};
  bool closed_ = false;
};

}  // namespace fanfare::communication::chat::realtime
