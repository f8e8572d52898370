#include "http/client_pool.h"

#include <algorithm>
#include <chrono>
#include <functional>

namespace fanfare::http {

ClientPool::ClientPool(base::Executor executor, const ClientOptions& options)
    : executor_(executor), options_(options) {}

ClientPool::~ClientPool() = default;

ClientPool::Holder::Holder(Origin& origin) : origin_(origin) { ++origin_.holders; }
ClientPool::Holder::~Holder() { --origin_.holders; }

std::size_t ClientPool::NameHash::operator()(const Name& name) const {
  const std::size_t host = std::hash<std::string_view>()(name.host);
  return host ^ (std::size_t{name.port} << 1) ^ reinterpret_cast<std::uintptr_t>(name.trust);
}

ClientPool::Origin& ClientPool::origin_of(const ClientRequest& request) {
  Name name{request.url.scheme, request.url.port, request.tls.get(), request.url.host};
  const auto found = origins_.find(name);
  if (found != origins_.end()) return *found->second;
  auto origin = std::make_unique<Origin>();
  origin->host = request.url.host;
  name.host = origin->host;
  return *origins_.emplace(name, std::move(origin)).first->second;
}

ClientPool::Connection ClientPool::take_idle(Origin& origin) {
  while (!origin.idle.empty()) {
    Connection connection = std::move(origin.idle.back());
    origin.idle.pop_back();
    --idle_count_;
    // However short the pause was: an answer that came unasked would be taken for that of the next
    // request.
    if (connection->still_quiet()) return connection;
    forget(origin, std::move(connection));
  }
  return nullptr;
}

ClientPool::Connection ClientPool::make(Origin& origin) {
  if (!has_room(origin)) return nullptr;
  auto connection = std::make_unique<ClientConnection>(executor_);
  ++origin.open;
  connections_.insert(connection.get());
  return connection;
}

void ClientPool::replace(Connection& connection) {
  connections_.erase(connection.get());
  connection = std::make_unique<ClientConnection>(executor_);
  connections_.insert(connection.get());
}

bool ClientPool::has_room(const Origin& origin) {
  if (origin.open >= options_.connections_per_origin_max) return false;
  return connections_.size() < options_.connections_max || drop_oldest_idle();
}

bool ClientPool::drop_oldest_idle() {
  Origin* oldest = nullptr;
  for (auto& [name, origin] : origins_) {
    if (origin->idle.empty()) continue;
    if (!oldest || origin->idle.front()->idle_since < oldest->idle.front()->idle_since) {
      oldest = origin.get();
    }
  }
  if (!oldest) return false;
  Connection connection = std::move(oldest->idle.front());
  oldest->idle.erase(oldest->idle.begin());
  --idle_count_;
  forget(*oldest, std::move(connection));
  return true;
}

void ClientPool::forget(Origin& origin, Connection connection) {
  connections_.erase(connection.get());
  --origin.open;
}

bool ClientPool::wake_first(Origin& origin) {
  for (Waiter* waiter : origin.waiting) {
    if (waiter->woken) continue;
    waiter->woken = true;
    waiter->timer.cancel();
    return true;
  }
  return false;
}

/// Of the same origin first; the room may have been the client's.
void ClientPool::wake_one(Origin& origin) {
  if (waiting_count_ == 0 || wake_first(origin)) return;
  for (auto& [name, other] : origins_) {
    if (wake_first(*other)) return;
  }
}

void ClientPool::put_back(Origin& origin, Connection connection, bool reusable) {
  const bool keep = reusable && !closing_ && idle_count_ < options_.idle_connections_max &&
                    origin.idle.size() < options_.idle_connections_per_origin_max;
  if (keep) {
    connection->idle_since = std::chrono::steady_clock::now();
    origin.idle.push_back(std::move(connection));
    ++idle_count_;
  } else {
    forget(origin, std::move(connection));
  }
  wake_one(origin);
}

base::Async<Fault> ClientPool::wait(Origin& origin, SteadyTime total) {
  Waiter waiter(executor_);
  waiter.timer.expires_at(total);
  const auto place = origin.waiting.insert(origin.waiting.end(), &waiter);
  ++waiting_count_;
  co_await waiter.timer.async_wait(base::as_result);
  origin.waiting.erase(place);
  --waiting_count_;
  const bool expired = std::chrono::steady_clock::now() >= total;
  if (expired && waiter.woken) wake_one(origin);
  if (closing_) co_return Fault{Failure::Cancelled, "the client was closed"};
  if (expired) co_return Fault{Failure::Timeout, "timed out while waiting for a free connection"};
  co_return Fault{};
}

void ClientPool::forget_older(Origin& origin, SteadyTime than) {
  const auto fresh = std::ranges::find_if(
      origin.idle, [&](const Connection& kept) { return kept->idle_since > than; });
  for (auto kept = origin.idle.begin(); kept != fresh; ++kept) {
    --idle_count_;
    forget(origin, std::move(*kept));
  }
  origin.idle.erase(origin.idle.begin(), fresh);
}

void ClientPool::sweep(SteadyTime now) {
  for (ClientConnection* connection : connections_) connection->expire_if_due(now);
  const SteadyTime oldest = now - std::chrono::duration_cast<SteadyTime::duration>(options_.idle);
  for (auto& [name, origin] : origins_) forget_older(*origin, oldest);
  std::erase_if(origins_, [](const auto& entry) {
    return entry.second->open == 0 && entry.second->holders == 0;
  });
}

void ClientPool::close() {
  closing_ = true;
  for (auto& [name, origin] : origins_) {
    for (Connection& kept : origin->idle) forget(*origin, std::move(kept));
    origin->idle.clear();
    for (Waiter* waiter : origin->waiting) waiter->timer.cancel();
  }
  idle_count_ = 0;
  for (ClientConnection* connection : connections_) connection->cancel();
}

}  // namespace fanfare::http
