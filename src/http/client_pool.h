#pragma once
/// A client's connections: which are open to which origin, which are kept for the next request, and
/// who waits for one. Lives on the client's executor.
#include <asio/basic_waitable_timer.hpp>
#include <list>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "http/client_connection.h"

namespace fanfare::http {

class ClientPool {
 public:
  using Connection = std::unique_ptr<ClientConnection>;

  /// What is open to one origin. Stays where it is while somebody holds it.
  class Origin;
  class Holder {
   public:
    explicit Holder(Origin& origin);
    ~Holder();
    Holder(const Holder&) = delete;
    Holder& operator=(const Holder&) = delete;
    Origin& operator*() const { return origin_; }

   private:
    Origin& origin_;
  };

  /// `options` outlive the pool.
  ClientPool(base::Executor executor, const ClientOptions& options);
  ~ClientPool();

  /// To be held at once. Requests with a trust of their own share connections with nobody else.
  Origin& origin_of(const ClientRequest& request);

  /// A kept connection to the origin that is still good; null when there is none.
  Connection take_idle(Origin& origin);

  /// A new connection, not connected yet; null while the origin or the client has too many.
  Connection make(Origin& origin);

  /// Puts a new connection in the place of one that could not be connected.
  void replace(Connection& connection);

  /// Waits for one of the first two to become likely. A Fault ends the request instead.
  base::Async<Fault> wait(Origin& origin, SteadyTime total);

  /// Every connection comes back, whatever became of it.
  void put_back(Origin& origin, Connection connection, bool reusable);

  /// Ends what has taken too long, forgets what has been kept too long.
  void sweep(SteadyTime now);

  /// Ends everything; what is in use comes back by itself.
  void close();

  std::size_t size() const { return connections_.size(); }

 private:
  using Timer =
      asio::basic_waitable_timer<std::chrono::steady_clock,
                                 asio::wait_traits<std::chrono::steady_clock>, base::Executor>;
  struct Waiter {
    explicit Waiter(base::Executor executor) : timer(executor) {}
    Timer timer;  // cancelled to wake
    bool woken = false;
  };
  /// An origin's name; the host is looked up without being copied.
  struct Name {
    Scheme scheme;
    std::uint16_t port;
    const tls::ClientContext* trust;
    std::string_view host;
    bool operator==(const Name&) const = default;
  };
  struct NameHash {
    std::size_t operator()(const Name& name) const;
  };

  bool has_room(const Origin& origin);
  bool drop_oldest_idle();
  void forget(Origin& origin, Connection connection);
  static bool wake_first(Origin& origin);
  void wake_one(Origin& origin);
  void forget_older(Origin& origin, SteadyTime than);

  base::Executor executor_;
  const ClientOptions& options_;
  std::unordered_map<Name, std::unique_ptr<Origin>, NameHash> origins_;  // names point into them
  std::unordered_set<ClientConnection*> connections_;                    // in use and idle
  std::size_t idle_count_ = 0;
  std::size_t waiting_count_ = 0;
  bool closing_ = false;
};

class ClientPool::Origin {
 private:
  friend class ClientPool;
  std::string host;
  std::vector<Connection> idle;  // the last used at the end
  std::size_t open = 0;
  std::size_t holders = 0;
  std::list<Waiter*> waiting;
};

}  // namespace fanfare::http
