#pragma once
/// One TLS connection over a non-blocking socket. Every call returns at once; the caller waits for
/// what the step wants and calls again. Not thread-safe.
#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace fanfare::tls {

enum class StepKind {
  Done,       ///< progress was made; `bytes` says how much
  WantRead,   ///< wait until the socket is readable, then call again
  WantWrite,  ///< wait until the socket is writable, then call again
  Closed,     ///< the peer ended the session in order
  Failed,     ///< reset, protocol error, certificate refused: see failure()
};

struct Step {
  StepKind kind = StepKind::Failed;
  std::size_t bytes = 0;
};

class Session {
 public:
  struct State;
  explicit Session(std::unique_ptr<State> state);
  ~Session();
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  Step handshake();
  Step read(std::span<char> into);

  /// After WantRead or WantWrite the next call must pass the same bytes (they may have moved).
  Step write(std::string_view bytes);

  /// Sends the closing alert, without waiting for the peer's.
  void shutdown();

  /// Decrypted bytes that read() returns without touching the socket.
  bool has_pending() const;

  /// Why a step Failed, for a log or an attempt record. Holds no secrets.
  std::string failure() const;

  /// "TLSv1.3"; empty before the handshake is done.
  std::string version() const;

 private:
  std::unique_ptr<State> state_;
};

}  // namespace fanfare::tls
