#pragma once
/// One connection of a client to one origin: connecting, TLS, and one exchange at a time.
/// Lives on the client's executor.
#include <chrono>
#include <memory>
#include <string>

#include "http/client.h"
#include "http/input_buffer.h"
#include "http/response_reader.h"
#include "http/transport.h"

namespace fanfare::http {

using SteadyTime = std::chrono::steady_clock::time_point;

/// `limit` after now; zero means never.
SteadyTime deadline_after(base::Duration limit);

/// Why an exchange failed; Failure::None when it did not.
struct Fault {
  Failure failure = Failure::None;
  std::string text;
};

struct ExchangeLimits {
  HeadLimits head;
  std::size_t interim_max = 0;
};

class ClientConnection {
 public:
  explicit ClientConnection(base::Executor executor) : transport_(Socket(executor)) {}

  /// Connects to one address, within the earlier of both deadlines.
  base::Async<Fault> connect(asio::ip::tcp::endpoint endpoint, SteadyTime step, SteadyTime total);
  base::Async<Fault> start_tls(std::unique_ptr<tls::Session> session, SteadyTime step,
                               SteadyTime total);
  /// Sends the request and reads its answer into `response`.
  base::Async<Fault> exchange(const ClientRequest& request, const std::string& user_agent,
                              ExchangeLimits limits, SteadyTime total, ClientResponse& response);

  int descriptor() { return transport_.socket().native_handle(); }

  /// After an exchange: the connection may be used for another.
  bool reusable() const { return reusable_; }
  /// After a failed exchange: not one byte of an answer had come.
  bool nothing_answered() const { return !answered_; }
  /// A kept connection on which nothing has happened since.
  bool still_quiet();

  /// Called by the sweep: ends what the connection waits for when its time is over.
  void expire_if_due(SteadyTime now);
  void cancel();

  const std::string& address() const { return address_; }
  SteadyTime idle_since{};

 private:
  void prepare_head(const ClientRequest& request, const std::string& user_agent);
  base::Async<bool> write_rest(const ClientRequest& request, std::size_t done);
  base::Async<Fault> read_answer(const ClientRequest& request, ResponseReader& reader,
                                 ClientResponse& response);
  bool take_body(const ClientRequest& request, const ResponseReader& reader, std::string_view data,
                 ClientResponse& response, Fault& fault);
  Fault interrupted(IoStatus status, std::string_view what) const;
  void expect_until(SteadyTime deadline) { deadline_ = deadline; }

  Transport transport_;
  InputBuffer in_;
  std::string out_;
  std::string address_;
  SteadyTime deadline_ = SteadyTime::max();
  bool expired_ = false;
  bool cancelled_ = false;
  bool answered_ = false;
  bool reusable_ = false;
};

}  // namespace fanfare::http
