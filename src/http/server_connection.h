#pragma once
/// One client's connection, from its first byte to its end: tells TLS from plain, reads requests,
/// runs the handler, writes answers. Lives on its shard's executor.
#include <asio/ip/address.hpp>
#include <memory>
#include <string>

#include "http/input_buffer.h"
#include "http/request_parser.h"
#include "http/server_shard.h"
#include "http/transport.h"

namespace fanfare::http {

class ServerStream;
class WebSocketConnection;

/// Logs the exception in flight: a handler's.
void log_handler_failure();

/// A body up to this size is copied behind its head, a larger one written from where it is.
inline constexpr std::size_t kCopiedBodyBytesMax = 4 * 1024;
/// What waits to be written together, and the memory that is kept for it.
inline constexpr std::size_t kWaitingBytesMax = 64 * 1024;

class ServerConnection : public std::enable_shared_from_this<ServerConnection> {
 public:
  ServerConnection(ServerShard& shard, Socket socket, const Accepted& accepted);

  /// The connection's whole life. Keeps itself alive until it has ended.
  base::Async<void> run();

  /// Ends what takes too long. Called once a sweep.
  void sweep(SteadyTime now);
  /// The server drains: an idle connection ends now, a busy one after its request.
  void drain();
  /// Ends it whatever it does.
  void abort();

  /// For its stream: sends a piece, and waits until the socket took it.
  base::Async<bool> write_piece(std::string_view piece);

  const asio::ip::address& peer_address() const { return peer_; }
  SteadyTime phase_since() const { return since_; }

  ConnectionList::iterator place;  ///< in one of the shard's lists
  bool listed_idle = false;        ///< in which

 private:
  enum class Phase { Idle, Handshake, Head, Body, Handling, Writing, Lingering };
  enum class Next { Continue, Close, Abort };

  base::Async<Next> open();
  base::Async<Next> serve();
  base::Async<Next> read_head();
  base::Async<bool> read_input();
  enum class Input { Some, None, Ended };
  Input take_input();
  base::Async<Next> read_more_body();
  base::Async<Next> read_body(Body& body, std::size_t limit);
  base::Async<Next> read_length_body(Body& body);
  base::Async<Next> read_chunked_body(Body& body, std::size_t limit);
  base::Async<Next> send_continue();
  base::Async<Next> send(Response response, Method method);
  base::Async<Next> send_stream(Response response, Method method);
  base::Async<Next> send_upgrade(Response response, Method method);
  Response refusal_response(const Refusal& refusal) const;
  base::Async<Next> refuse(Refusal refusal);
  base::Async<Next> end_unfinished();
  base::Async<void> linger();
  bool discard_input();
  base::Async<bool> finish_writing(std::string_view body, std::size_t done);
  base::Async<void> watch_stream(std::shared_ptr<ServerStream> stream);

  enum class Written { All, Part, Failed };
  Written write_now(std::string_view body, std::size_t& done);
  void wrote_all();
  void write_soon();
  void append_head(const Response& response, std::size_t body_bytes, bool keep_alive);
  void complete(Request& request) const;
  std::size_t body_limit(const Request& request) const;
  void enter(Phase phase);
  SteadyTime deadline() const;
  void expire();

  const std::shared_ptr<ServerShard> kept_shard_;
  ServerShard& shard_;
  const ServerOptions& options_;
  Transport transport_;
  asio::ip::address peer_;
  std::string peer_text_;
  std::uint16_t local_port_;
  InputBuffer in_;
  std::string out_;                  // answers that have not been written
  std::size_t answers_waiting_ = 0;  // how many
  RequestParser parser_;
  Framing framing_;  // of the request in hand
  Phase phase_ = Phase::Handling;
  SteadyTime since_;       // when the phase began
  std::size_t moved_ = 0;  // bytes transferred in it
  bool served_ = false;    // a request has come
  bool timed_out_ = false;
  bool wake_to_drain_ = false;
  bool aborted_ = false;
  bool writing_ = false;
  bool stream_is_chunked_ = false;
  std::weak_ptr<ServerStream> stream_;
  std::weak_ptr<WebSocketConnection> websocket_;
};

}  // namespace fanfare::http
