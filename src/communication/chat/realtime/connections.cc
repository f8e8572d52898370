#include "communication/chat/realtime/connections.h"

#include <algorithm>
#include <utility>

#include "auth/shared_key.h"
#include "base/bytes.h"
#include "communication/chat/realtime/trouter_session.h"

namespace fanfare::communication::chat::realtime {

namespace {

constexpr std::size_t kSecretWords = 2;

std::string random_text(base::Random& random, std::size_t words) {
  std::string bytes;
  base::ByteWriter writer(bytes);
  for (std::size_t i = 0; i < words; ++i) writer.u64(random.next());
  return base::hex_encode(bytes);  // stands in a query unescaped
}

bool shows_secret(std::string_view shown, const Connection& connection) {
  return auth::check_shared_key(shown, {connection.secret(), {}}).has_value();
}

}  // namespace

Connection::Connection(ResourcePtr resource, std::string user, std::string id, std::string secret,
                       Position from, base::TimePoint expires)
    : resource_(std::move(resource)),
      user_(std::move(user)),
      id_(std::move(id)),
      secret_(std::move(secret)),
      expires_(expires),
      acknowledged_(from) {}

void Connection::listen(Feed& feed) {
  subscription_ = feed.subscribe(resource_, user_, [weak = weak_from_this()] {
    if (const auto self = weak.lock()) self->wake();
  });
}

std::string Connection::token() const {
  const std::lock_guard lock(mutex_);
  return token_;
}

void Connection::set_token(std::string token) {
  const std::lock_guard lock(mutex_);
  token_ = std::move(token);
}

Position Connection::attach(std::shared_ptr<Link> link) {
  std::shared_ptr<Link> before;
  Position from = 0;
  {
    const std::lock_guard lock(mutex_);
    before = std::exchange(link_, link).lock();
    idle_since_.reset();
    from = acknowledged_;
  }
  if (before) before->end(duplicate_frame());
  return from;
}

void Connection::acknowledge(Position position) {
  const std::lock_guard lock(mutex_);
  acknowledged_ = std::max(acknowledged_, position);
}

void Connection::detach(const Link* link, base::TimePoint now) {
  const std::lock_guard lock(mutex_);
  if (link_.lock().get() != link) return;
  link_.reset();
  idle_since_ = now;
}

std::optional<base::TimePoint> Connection::idle_since() const {
  const std::lock_guard lock(mutex_);
  return idle_since_;
}

bool Connection::enroll(const std::string& registration, base::TimePoint until,
                        std::size_t registrations_max) {
  {
    const std::lock_guard lock(mutex_);
    const bool full = registrations_.size() >= registrations_max;
    if (full && !registrations_.contains(registration)) return false;
    registrations_[registration] = until;
  }
  wake();
  return true;
}

bool Connection::withdraw(const std::string& registration) {
  const std::lock_guard lock(mutex_);
  return registrations_.erase(registration) > 0;
}

bool Connection::is_registered(base::TimePoint now) const {
  const std::lock_guard lock(mutex_);
  return std::ranges::any_of(registrations_, [now](const auto& r) { return now < r.second; });
}

void Connection::wake() const {
  std::shared_ptr<Link> link;
  {
    const std::lock_guard lock(mutex_);
    link = link_.lock();
  }
  if (link) link->wake();
}

void Connection::end(std::string frame) {
  std::shared_ptr<Link> link;
  {
    const std::lock_guard lock(mutex_);
    link = link_.lock();
  }
  if (link) link->end(std::move(frame));
}

Connections::Connections(Feed& feed, base::Clock& clock, base::Random& random,
                         ConnectionLimits limits)
    : feed_(feed), clock_(clock), random_(random), limits_(limits) {}

/// Tells which run of the server gave it.
std::string Connections::new_id() { return feed_.run() + "-" + random_text(random_, kSecretWords); }

base::Result<ConnectionPtr> Connections::allocate(const ResourcePtr& resource,
                                                  const std::string& user, const Former& former) {
  const base::TimePoint now = clock_.now();
  const bool of_a_run_before = !former.id.empty() && !former.id.starts_with(feed_.run() + "-");
  const bool came_too_late = !former.id.empty() && !of_a_run_before;
  const std::lock_guard lock(mutex_);
  if (closed_) return base::Error{base::Errc::Unavailable, "the server stops", ""};
  clean(now);
  const auto known = by_id_.find(former.id);
  if (known != by_id_.end()) {
    const Connection& connection = *known->second;
    const bool same_user = connection.user() == user && connection.resource()->id == resource->id;
    const bool lasts = now + limits_.lifetime / 2 < connection.expires();
    if (same_user && lasts && shows_secret(former.secret, connection)) return known->second;
  }
  const UserKey key{resource->id, user};
  if (!make_room(key)) {
    return base::Error{base::Errc::Unavailable, "the user has too many connections", ""};
  }
  const Position from = of_a_run_before || came_too_late ? 0 : feed_.newest();
  auto made = std::make_shared<Connection>(
      resource, user, new_id(), random_text(random_, kSecretWords), from, now + limits_.lifetime);
  made->listen(feed_);
  made->detach(nullptr, now);
  by_id_.emplace(made->id(), made);
  by_user_[key].push_back(made->id());
  return made;
}

/// The one that has been without a socket for longest goes; false when all have one.
bool Connections::make_room(const UserKey& user) {
  const auto mine = by_user_.find(user);
  if (mine == by_user_.end() || mine->second.size() < limits_.per_user_max) return true;
  std::string oldest;
  base::TimePoint since = base::TimePoint::max();
  for (const std::string& id : mine->second) {
    const auto idle = by_id_.at(id)->idle_since();
    if (!idle || *idle >= since) continue;
    since = *idle;
    oldest = id;
  }
  if (oldest.empty()) return false;
  erase(oldest);
  return true;
}

void Connections::clean(base::TimePoint now) {
  if (now < next_clean_) return;
  next_clean_ = now + limits_.kept_for / 4;
  std::vector<std::string> gone;
  for (const auto& [id, connection] : by_id_) {
    const auto idle = connection->idle_since();
    if (idle && *idle + limits_.kept_for <= now) gone.push_back(id);
  }
  for (const std::string& id : gone) erase(id);
}

void Connections::erase(const std::string& id) {
  const auto found = by_id_.find(id);
  const UserKey key{found->second->resource()->id, found->second->user()};
  const auto mine = by_user_.find(key);
  std::erase(mine->second, id);
  if (mine->second.empty()) by_user_.erase(mine);
  by_id_.erase(found);
}

ConnectionPtr Connections::find(std::string_view id, std::string_view secret) const {
  const std::lock_guard lock(mutex_);
  const auto found = by_id_.find(id);
  if (found == by_id_.end()) return nullptr;
  return shows_secret(secret, *found->second) ? found->second : nullptr;
}

ConnectionPtr Connections::find_of(const ResourcePtr& resource, std::string_view user,
                                   std::string_view id) const {
  const std::lock_guard lock(mutex_);
  const auto found = by_id_.find(id);
  if (found == by_id_.end()) return nullptr;
  const Connection& connection = *found->second;
  const bool theirs = connection.user() == user && connection.resource()->id == resource->id;
  return theirs ? found->second : nullptr;
}

bool Connections::withdraw(const ResourcePtr& resource, const std::string& user,
                           const std::string& registration) {
  const base::TimePoint now = clock_.now();
  const std::lock_guard lock(mutex_);
  const auto mine = by_user_.find({resource->id, user});
  if (mine == by_user_.end()) return false;
  const std::vector<std::string> ids = mine->second;
  bool had = false;
  for (const std::string& id : ids) {
    const ConnectionPtr connection = by_id_.at(id);
    if (!connection->withdraw(registration)) continue;
    had = true;
    // Nobody comes back to a connection that has been given up.
    if (connection->idle_since() && !connection->is_registered(now)) erase(id);
  }
  return had;
}

void Connections::close() {
  std::vector<ConnectionPtr> all;
  {
    const std::lock_guard lock(mutex_);
    closed_ = true;
    for (const auto& [id, connection] : by_id_) all.push_back(connection);
    by_id_.clear();
    by_user_.clear();
  }
  for (const ConnectionPtr& connection : all) connection->end({});
}

std::size_t Connections::size() const {
  const std::lock_guard lock(mutex_);
  return by_id_.size();
}

}  // namespace fanfare::communication::chat::realtime
