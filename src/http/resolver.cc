#include "http/resolver.h"

#include <netdb.h>

#include <algorithm>
#include <asio/basic_waitable_timer.hpp>
#include <asio/ip/tcp.hpp>
#include <asio/post.hpp>
#include <asio/this_coro.hpp>
#include <chrono>
#include <condition_variable>
#include <cstring>
#include <deque>
#include <map>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>

#include "base/bytes.h"

namespace fanfare::http {

namespace {

using Addresses = std::vector<asio::ip::address>;
using Clock = std::chrono::steady_clock;
using Timer = asio::basic_waitable_timer<Clock, asio::wait_traits<Clock>, base::Executor>;

constexpr std::size_t kAddressesMax = 16;
constexpr std::size_t kNamesKeptMax = 4096;
constexpr auto kQuickLookup = std::chrono::seconds(2);

base::Error lookup_error(int code, const std::string& host) {
  const bool unknown = code == EAI_NONAME || code == EAI_NODATA;
  return {unknown ? base::Errc::NotFound : base::Errc::Unavailable,
          "cannot resolve " + host + ": " + ::gai_strerror(code),
          {}};
}

base::Result<Addresses> look_up(const std::string& host) {
  addrinfo hints{};
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  const int code = ::getaddrinfo(host.c_str(), nullptr, &hints, &found);
  if (code != 0) return lookup_error(code, host);
  Addresses addresses;
  for (const addrinfo* at = found; at && addresses.size() < kAddressesMax; at = at->ai_next) {
    asio::ip::tcp::endpoint endpoint;
    std::memcpy(endpoint.data(), at->ai_addr, at->ai_addrlen);
    addresses.push_back(endpoint.address());
  }
  ::freeaddrinfo(found);
  if (addresses.empty()) return lookup_error(EAI_NONAME, host);
  return addresses;
}

/// What needs no lookup: literals, and the names that always mean this machine.
std::optional<Addresses> known(const std::string& host) {
  std::error_code error;
  const auto literal = asio::ip::make_address(host, error);
  if (!error) return Addresses{literal};
  const std::string name = base::ascii_lower(host);
  if (name != "localhost" && !name.ends_with(".localhost")) return std::nullopt;
  return Addresses{asio::ip::address_v4::loopback(), asio::ip::address_v6::loopback()};
}

/// One caller's wait for a lookup.
struct Waiting {
  explicit Waiting(base::Executor executor) : timer(executor) {}
  Timer timer;  // cancelled on its executor when the answer is there
  std::optional<base::Result<Addresses>> answer;  // written on that executor only
};

struct Lookup {
  bool pending = true;
  bool doubtful = false;  // it failed, or took long, the last time
  Clock::time_point done_at{};
  std::optional<base::Result<Addresses>> answer;
  std::vector<std::pair<base::Executor, std::shared_ptr<Waiting>>> waiting;
};

/// Shared with the threads: one that hangs in getaddrinfo may outlive the resolver.
struct Shared {
  explicit Shared(SystemResolverOptions given) : options(given) {}
  const SystemResolverOptions options;
  std::mutex mutex;
  std::condition_variable work;
  std::map<std::string, Lookup> lookups;
  std::deque<std::string> queue;
  std::deque<std::string> doubtful_queue;
  std::size_t doubtful_running = 0;
  std::size_t threads = 0;
  std::size_t threads_idle = 0;
  bool stopped = false;

  /// Names that made trouble before leave half of the threads to the others.
  bool may_run_doubtful() const {
    return !doubtful_queue.empty() &&
           doubtful_running < std::max<std::size_t>(1, options.threads_max / 2);
  }
  bool has_work() const { return !queue.empty() || may_run_doubtful(); }
  std::size_t queued() const { return queue.size() + doubtful_queue.size(); }
};

void deliver(base::Executor executor, std::shared_ptr<Waiting> waiting,
             base::Result<Addresses> answer) {
  asio::post(executor, [waiting = std::move(waiting), answer = std::move(answer)] {
    waiting->answer = answer;
    waiting->timer.cancel();
  });
}

void finish(Shared& shared, const std::string& host, const base::Result<Addresses>& answer,
            Clock::duration took) {
  Lookup& lookup = shared.lookups[host];
  lookup.pending = false;
  lookup.doubtful = !answer || took > kQuickLookup;
  lookup.done_at = Clock::now();
  lookup.answer = answer;
  for (auto& [executor, waiting] : lookup.waiting) deliver(executor, std::move(waiting), answer);
  lookup.waiting.clear();
  if (shared.lookups.size() <= kNamesKeptMax) return;
  std::erase_if(shared.lookups, [](const auto& entry) { return !entry.second.pending; });
}

void work(const std::shared_ptr<Shared>& shared) {
  std::unique_lock lock(shared->mutex);
  for (;;) {
    ++shared->threads_idle;
    shared->work.wait(lock, [&] { return shared->stopped || shared->has_work(); });
    --shared->threads_idle;
    if (shared->stopped) return;
    const bool doubtful = shared->queue.empty();
    auto& queue = doubtful ? shared->doubtful_queue : shared->queue;
    const std::string host = std::move(queue.front());
    queue.pop_front();
    shared->doubtful_running += doubtful ? 1 : 0;
    lock.unlock();
    const Clock::time_point began = Clock::now();
    const auto& own = shared->options.look_up;
    const base::Result<Addresses> answer = own ? own(host) : look_up(host);
    lock.lock();
    shared->doubtful_running -= doubtful ? 1 : 0;
    if (shared->stopped) return;
    finish(*shared, host, answer, Clock::now() - began);
  }
}

class SystemResolver final : public Resolver {
 public:
  explicit SystemResolver(SystemResolverOptions options)
      : shared_(std::make_shared<Shared>(options)) {}

  ~SystemResolver() override {
    const std::lock_guard lock(shared_->mutex);
    shared_->stopped = true;
    shared_->work.notify_all();
  }

  base::Async<base::Result<Addresses>> resolve(std::string host, base::Duration limit) override {
    if (auto addresses = known(host)) co_return std::move(*addresses);
    const base::Executor executor = co_await asio::this_coro::executor;
    const auto waiting = std::make_shared<Waiting>(executor);
    waiting->timer.expires_after(std::chrono::duration_cast<Clock::duration>(limit));
    auto refusal = ask(host, executor, waiting);
    if (refusal) co_return std::move(*refusal);
    if (!waiting->answer) co_await waiting->timer.async_wait(base::as_result);
    if (waiting->answer) co_return std::move(*waiting->answer);
    forget(host, waiting);
    co_return base::Error{base::Errc::TimedOut, "DNS did not answer in time for " + host, {}};
  }

 private:
  std::optional<base::Error> ask(const std::string& host, base::Executor executor,
                                 const std::shared_ptr<Waiting>& waiting) {
    const std::lock_guard lock(shared_->mutex);
    const auto [entry, is_new] = shared_->lookups.try_emplace(host);
    Lookup& lookup = entry->second;
    if (!is_new && !lookup.pending && Clock::now() - lookup.done_at < shared_->options.reuse) {
      waiting->answer = lookup.answer;
      return std::nullopt;
    }
    const bool must_start = is_new || !lookup.pending;
    if (must_start && shared_->queued() >= shared_->options.waiting_max) {
      if (is_new) shared_->lookups.erase(entry);
      return base::Error{base::Errc::Unavailable, "too many DNS lookups wait", {}};
    }
    lookup.pending = true;
    lookup.waiting.emplace_back(executor, waiting);
    if (must_start) start(host, lookup.doubtful);
    return std::nullopt;
  }

  /// Whoever has stopped waiting may end together with its executor.
  void forget(const std::string& host, const std::shared_ptr<Waiting>& waiting) {
    const std::lock_guard lock(shared_->mutex);
    const auto entry = shared_->lookups.find(host);
    if (entry == shared_->lookups.end()) return;
    std::erase_if(entry->second.waiting, [&](const auto& one) { return one.second == waiting; });
  }

  void start(const std::string& host, bool doubtful) {
    (doubtful ? shared_->doubtful_queue : shared_->queue).push_back(host);
    const bool more = shared_->threads_idle < shared_->queued() &&
                      shared_->threads < shared_->options.threads_max;
    if (more) {
      ++shared_->threads;
      // Detached, since getaddrinfo cannot be interrupted and a stop must not wait for DNS.
      std::thread([shared = shared_] { work(shared); }).detach();
    }
    shared_->work.notify_one();
  }

  std::shared_ptr<Shared> shared_;
};

}  // namespace

std::shared_ptr<Resolver> make_system_resolver(SystemResolverOptions options) {
  return std::make_shared<SystemResolver>(options);
}

}  // namespace fanfare::http
