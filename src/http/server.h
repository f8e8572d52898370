#pragma once
/// Answers HTTP/1.1 and HTTP/1.0, plain and over TLS on the same port (the first byte tells).
/// Strict: where framing is in doubt the request is refused and the connection closed
/// (RFC 9112 read without its leniencies). Everything a peer can make us hold has a bound here.
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "base/async.h"
#include "base/result.h"
#include "base/time.h"
#include "http/message.h"
#include "http/own_ports.h"
#include "tls/context.h"

namespace fanfare::http {

/// Called on the connection's executor; one call at a time per connection. Exceptions become 500.
using Handler = std::function<base::Async<Response>(Request)>;

/// Sizes beyond which a request is refused; the status is in brackets.
struct ServerLimits {
  std::size_t request_line_bytes_max = 16 * 1024;  ///< [414]
  std::size_t header_bytes_max = 32 * 1024;        ///< all fields together [431]
  std::size_t header_count_max = 128;              ///< [431]
  std::size_t body_bytes_max = 1'536'000;          ///< [413], from the head alone when it says so
  std::size_t chunk_line_bytes_max = 4 * 1024;     ///< [400]
  std::size_t trailer_bytes_max = 8 * 1024;        ///< [431]
  /// Answers to pipelined requests that wait to be written together.
  std::size_t pipeline_depth_max = 32;
};

/// Enforced by one sweep per thread, so each may come a sweep late.
struct ServerTimeouts {
  /// First byte to end of the head [408]; also how long a new connection may say nothing.
  base::Duration head = base::seconds(15);
  base::Duration idle = base::seconds(120);  ///< kept alive between requests
  base::Duration tls_handshake = base::seconds(10);
  /// A body, and the reading of a response, may take this long plus its bytes at the minimum rate.
  base::Duration transfer_grace = base::seconds(10);
  std::size_t transfer_bytes_per_second_min = 500;
  base::Duration sweep = base::seconds(1);
};

enum class PlainHttp { Answer, Refuse };

struct ServerOptions {
  ServerLimits limits;
  ServerTimeouts timeouts;
  /// Also bounded by the process's descriptor limit less `descriptors_reserved`.
  std::size_t connections_max = 10'000;
  std::size_t connections_per_address_max = 256;
  bool loopback_exempt_from_address_limit = true;
  std::size_t descriptors_reserved = 64;
  PlainHttp plain_http = PlainHttp::Answer;
  /// Without one, a TLS handshake is refused like any other noise.
  std::shared_ptr<tls::ServerContext> tls;
  /// The body limit of this request, asked when its head (and nothing else) is there.
  /// Empty: limits.body_bytes_max.
  std::function<std::size_t(const Request& head)> body_bytes_max_of;
  /// Every port that is listened at is put here before it can be connected to. May be empty.
  std::shared_ptr<OwnPorts> own_ports;
  /// How a request is refused that no handler sees: framing, limits, deadlines. Empty: plain text.
  std::function<Response(int status, std::string_view reason)> refusal;
};

struct ServerCounts {
  std::uint64_t connections_accepted = 0;
  std::uint64_t connections_refused = 0;  ///< over a limit
  std::uint64_t connections_evicted = 0;  ///< idle, closed to make room
  std::uint64_t requests = 0;
  std::uint64_t requests_refused = 0;  ///< by the parser, limits or deadlines
  std::size_t connections_open = 0;
};

class Server {
 public:
  /// `threads` outlives the server. Construct, listen and destroy outside of the I/O threads.
  Server(base::IoThreads& threads, Handler handler, ServerOptions options);
  ~Server();  ///< closes at once whatever drain() has not ended
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  /// Starts to accept at an address literal ("127.0.0.1", "::1", "0.0.0.0"); port 0 takes a free
  /// one. May be called several times. Returns the port. Errors: InvalidArgument (not an address),
  /// Unavailable (in use, not ours) with what to do.
  base::Result<std::uint16_t> listen(const std::string& address, std::uint16_t port);

  /// Stops accepting, lets requests that have arrived finish (their answers say Connection: close),
  /// ends idle connections and streams, and after `limit` closes what is left. Returns soon after
  /// `limit`, even when a handler never does: that one is left to itself.
  base::Async<void> drain(base::Duration limit);

  /// drain() with no patience, from a thread that is not an I/O thread. Idempotent.
  void close();

  ServerCounts counts() const;

  struct State;

 private:
  std::shared_ptr<State> state_;
};

}  // namespace fanfare::http
