#pragma once
/// Names to addresses without holding up an I/O thread.
#include <asio/ip/address.hpp>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/async.h"
#include "base/result.h"
#include "base/time.h"

namespace fanfare::http {

/// Threads: called from many executors at once; each call comes back on its own.
class Resolver {
 public:
  virtual ~Resolver() = default;

  /// The addresses of `host` in the order to try them; never empty. Errors: NotFound (no such
  /// name), Unavailable (DNS failed, or too many lookups wait), TimedOut.
  virtual base::Async<base::Result<std::vector<asio::ip::address>>> resolve(
      std::string host, base::Duration limit) = 0;
};

struct SystemResolverOptions {
  /// A lookup that hangs holds a thread; names asked for meanwhile use the others. Names that
  /// failed or hung before get half of them at most.
  std::size_t threads_max = 16;
  std::size_t waiting_max = 4096;
  /// Answers are reused that long, since getaddrinfo does not tell their time to live.
  base::Duration reuse = base::seconds(5);
  /// Instead of getaddrinfo; blocks. For tests.
  std::function<base::Result<std::vector<asio::ip::address>>(const std::string& host)> look_up;
};

/// getaddrinfo on threads that start when needed. One lookup per name at a time. `localhost` and
/// names below it are loopback without asking (RFC 6761); literals answer themselves.
std::shared_ptr<Resolver> make_system_resolver(SystemResolverOptions options = {});

}  // namespace fanfare::http
