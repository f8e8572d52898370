#pragma once
/// Sends requests and survives whatever answers: bounded in bytes and time, follows no redirect,
/// decodes no content coding, and connects only to an address that its filter has allowed.
#include <asio/ip/address.hpp>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/async.h"
#include "base/result.h"
#include "base/time.h"
#include "http/message.h"
#include "http/own_ports.h"
#include "http/resolver.h"
#include "http/url.h"
#include "tls/context.h"

namespace fanfare::http {

enum class Failure : std::uint8_t {
  None,
  Resolve,            ///< the name has no address, or DNS did not answer in time
  AddressNotAllowed,  ///< the filter refused every address of the name
  Connect,            ///< refused, unreachable, or not connected in time
  Tls,                ///< handshake failed, certificate not valid for the host
  Timeout,            ///< no complete answer within the total limit
  Reset,              ///< the peer closed or reset before the answer was complete
  Malformed,          ///< the answer is not HTTP, or its framing is in doubt
  TooLarge,           ///< the answer's head (or, with LargeBody::Fail, its body) is over the limit
  Cancelled,          ///< the client was closed
};
std::string_view to_string(Failure failure);

/// Limits of one exchange; zero means no limit.
struct ClientTimeouts {
  base::Duration total = base::seconds(30);  ///< from send() to the last byte of the answer
  base::Duration resolve = base::seconds(5);
  base::Duration connect = base::seconds(10);
  base::Duration tls = base::seconds(10);
};

enum class LargeBody {
  Truncate,  ///< keep the first bytes, close the connection, count as answered
  Fail,      ///< Failure::TooLarge
};

struct ClientRequest {
  Method method = Method::Get;
  Url url;
  /// Host, Content-Length and Connection are written by the client; the rest is the caller's.
  Headers headers;
  std::string body;
  /// More body behind `body`, written with it in one go. The bytes must live until send() returns.
  std::vector<std::string_view> body_parts;
  ClientTimeouts timeouts;
  std::size_t response_body_bytes_max = 16 * 1024;
  LargeBody large_body = LargeBody::Truncate;
  /// Instead of the client's own.
  std::shared_ptr<tls::ClientContext> tls;
  /// When set, body bytes go here as they come instead of into the response, without a size limit;
  /// false ends the exchange. For live tails.
  std::function<bool(std::string_view piece)> on_body;
};

struct ClientResponse {
  Failure failure = Failure::None;
  std::string failure_text;  ///< for people; no secrets
  int status = 0;            ///< 0 when no final answer came
  Headers headers;
  std::string body;
  bool body_truncated = false;
  bool retried = false;  ///< a kept connection had gone stale, and the request went out anew
  std::string address;   ///< the peer's address and port; empty when none was connected

  bool ok() const { return failure == Failure::None; }
};

/// Why not to connect to this address; nullopt to allow. See AddressFilter::refusal.
using AddressCheck = std::function<std::optional<std::string>(const asio::ip::address&)>;

struct ClientOptions {
  /// Empty allows every address: for talking to addresses that the operator configured himself.
  AddressCheck address_check;
  /// Ports at which this process listens: never connected to at any address of this machine,
  /// whatever the check says. Empty: none.
  std::shared_ptr<const OwnPorts> own_ports;
  std::shared_ptr<Resolver> resolver;       ///< empty: the system's, with threads of its own
  std::shared_ptr<tls::ClientContext> tls;  ///< empty: the system's store, verification on
  std::size_t connections_max = 4096;
  std::size_t connections_per_origin_max = 64;
  std::size_t idle_connections_max = 1024;
  std::size_t idle_connections_per_origin_max = 16;
  base::Duration idle = base::seconds(60);  ///< how long a connection is kept for the next request
  std::size_t response_header_bytes_max = 64 * 1024;
  std::size_t interim_responses_max = 16;
  base::Duration sweep = base::seconds(1);  ///< how late a limit may be noticed
  std::string user_agent = "fanfare";       ///< sent unless the request has its own
};

/// Keeps connections alive per origin. Bound to one executor: every call is made on it.
class Client {
 public:
  Client(base::Executor executor, ClientOptions options);
  ~Client();  ///< after close() has returned, or once its executor has stopped
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  /// Never throws; whatever happens is in the response.
  /// A kept connection that the peer closed before any byte of the answer is replaced once.
  base::Async<ClientResponse> send(ClientRequest request);

  /// Ends every exchange (Failure::Cancelled) and connection, and waits for them.
  base::Async<void> close();

  std::size_t connections() const;

  struct State;

 private:
  std::shared_ptr<State> state_;
};

/// Retry-After as seconds or an HTTP date. nullopt when absent or malformed; a past date is zero.
std::optional<base::Duration> retry_after(const Headers& headers, base::TimePoint wall);

}  // namespace fanfare::http
