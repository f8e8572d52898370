#pragma once
/// One I/O thread's share of a server: its connections, their sweep, and their end.
/// Everything here runs on the shard's executor unless it says otherwise.
#include <asio/basic_waitable_timer.hpp>
#include <asio/ip/address.hpp>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <list>
#include <map>
#include <memory>
#include <mutex>
#include <span>
#include <vector>

#include "base/async.h"
#include "base/task_group.h"
#include "http/server.h"
#include "http/transport.h"

namespace fanfare::http {

using SteadyTime = std::chrono::steady_clock::time_point;
using SteadyTimer =
    asio::basic_waitable_timer<std::chrono::steady_clock,
                               asio::wait_traits<std::chrono::steady_clock>, base::Executor>;

/// How many connections each address has open. Thread-safe. IPv6 counts per /64.
class AddressCounts {
 public:
  /// The count with this one.
  std::size_t enter(const asio::ip::address& address);
  void leave(const asio::ip::address& address);

 private:
  std::mutex mutex_;
  std::map<asio::ip::address, std::size_t> counts_;
};

/// What all shards of a server share. Immutable but for the counters.
struct ServerShared {
  Handler handler;
  ServerOptions options;
  std::size_t connections_max = 0;
  AddressCounts addresses;
  std::atomic<std::uint64_t> accepted{0};
  std::atomic<std::uint64_t> refused{0};
  std::atomic<std::size_t> open{0};
  std::atomic<std::size_t> evictions_pending{0};
};

class ServerConnection;
using ConnectionList = std::list<std::shared_ptr<ServerConnection>>;

/// A connection as the acceptor hands it over.
struct Accepted {
  int descriptor = -1;
  asio::ip::tcp::endpoint peer;
  std::uint16_t local_port = 0;
  bool over_address_limit = false;  ///< only taken if an idle one of its address can be evicted
};

/// Lives until its last connection has ended, even when the server does not wait for that.
class ServerShard : public std::enable_shared_from_this<ServerShard> {
 public:
  ServerShard(base::Executor executor, std::shared_ptr<ServerShared> shared);

  base::Executor executor() const { return executor_; }
  ServerShared& shared() { return *shared_; }

  /// Any thread.
  void start();
  void adopt(Accepted accepted);
  std::size_t connections() const { return connections_.load(std::memory_order_relaxed); }
  /// Since when the longest idle connection is idle, as of the last sweep; max() without one.
  SteadyTime oldest_idle() const { return SteadyTime(SteadyTime::duration(oldest_idle_.load())); }
  void evict_oldest_idle();
  std::uint64_t requests() const { return requests_.load(std::memory_order_relaxed); }
  std::uint64_t requests_refused() const {
    return requests_refused_.load(std::memory_order_relaxed);
  }
  std::uint64_t evicted() const { return evicted_.load(std::memory_order_relaxed); }

  /// Ends idle connections now, the others after their request, all of them at `deadline`.
  void begin_drain(SteadyTime deadline);
  /// After begin_drain(): until every connection has ended, or until its deadline and a little more
  /// have passed. What hangs in its handler then is left to itself; its client has been let go.
  base::Async<void> join();

  // For the connections.
  bool draining() const { return draining_; }
  /// The time of the last sweep: exact enough for limits, and free.
  SteadyTime now() const { return now_; }
  /// What the thread's connections read into, one at a time: what is to be kept is copied before
  /// another one runs.
  std::span<char> scratch() { return scratch_; }
  void mark_idle(ServerConnection& connection);
  void mark_active(ServerConnection& connection);
  void count_request() { requests_.fetch_add(1, std::memory_order_relaxed); }
  void count_refused_request() { requests_refused_.fetch_add(1, std::memory_order_relaxed); }
  void spawn(std::string_view name, base::Async<void> task) { tasks_.spawn(name, std::move(task)); }
  void remove(ServerConnection& connection);

 private:
  static constexpr std::size_t kScratchBytes = 64 * 1024;

  void adopt_here(Accepted accepted);
  bool evict_one_of(const asio::ip::address& address);
  base::Async<void> sweep_until_closed();
  void sweep();
  bool empty() const { return active_.empty() && idle_.empty(); }
  base::Async<void> wait_until_empty(SteadyTime deadline);

  base::Executor executor_;
  std::shared_ptr<ServerShared> shared_;
  base::TaskGroup tasks_;
  base::TaskGroup sweeper_;
  SteadyTimer timer_;
  SteadyTimer last_ended_;  // cancelled when the last connection ends while draining
  ConnectionList active_;
  ConnectionList idle_;  // the longest idle first
  std::vector<char> scratch_ = std::vector<char>(kScratchBytes);
  SteadyTime now_ = std::chrono::steady_clock::now();
  SteadyTime drain_deadline_ = SteadyTime::max();
  bool draining_ = false;
  bool closed_ = false;
  std::atomic<std::size_t> connections_{0};
  std::atomic<SteadyTime::rep> oldest_idle_{SteadyTime::max().time_since_epoch().count()};
  std::atomic<std::uint64_t> requests_{0};
  std::atomic<std::uint64_t> requests_refused_{0};
  std::atomic<std::uint64_t> evicted_{0};
};

}  // namespace fanfare::http
