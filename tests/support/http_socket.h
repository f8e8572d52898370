#pragma once
/// Plain blocking sockets on loopback for tests: a client that sends any bytes, and a receiver that
/// answers with any bytes.
#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace fanfare::support {

/// A connected socket, closed with its owner. Reads give up after ten seconds.
class RawSocket {
 public:
  explicit RawSocket(int descriptor);
  ~RawSocket();
  RawSocket(RawSocket&& other) noexcept;
  RawSocket& operator=(RawSocket&&) = delete;

  static RawSocket connect(std::uint16_t port);

  /// False when the peer has gone.
  bool send(std::string_view bytes);
  void half_close();
  /// Ends the connection with a reset instead of an orderly close.
  void reset();

  /// Everything until the peer closes (or resets); nullopt when it has not within the limit.
  std::optional<std::string> read_to_end();
  /// Until `text` has come; what came, which lacks it when the peer closed or the limit passed.
  std::string read_until(std::string_view text);
  /// A request's head and the body that its Content-Length announces; empty at the end.
  std::string read_request();

  /// Both directions, from any thread: whoever reads sees the end.
  void shut_down();
  void close();

 private:
  bool read_some(std::string& into);
  std::atomic<int> descriptor_;
  std::string unread_;
};

/// Listens on 127.0.0.1 and runs a script for each connection on a thread of its own.
class ScriptedReceiver {
 public:
  /// `number` counts connections from 0.
  using Script = std::function<void(RawSocket& socket, int number)>;

  explicit ScriptedReceiver(Script script);
  ~ScriptedReceiver();  ///< closes all and joins

  std::uint16_t port() const { return port_; }
  int connections() const { return connections_.load(); }

 private:
  void accept_all();

  Script script_;
  int listener_;
  std::uint16_t port_ = 0;
  std::atomic<int> connections_{0};
  std::mutex mutex_;
  std::vector<std::thread> scripts_;
  std::vector<std::shared_ptr<RawSocket>> sockets_;
  std::thread acceptor_;
};

/// The statuses of the answers in `bytes`, as a client that pipelines would see them.
/// `head_only`: the first final answer has no body.
std::vector<int> answer_statuses(std::string_view bytes, bool head_only);

}  // namespace fanfare::support
