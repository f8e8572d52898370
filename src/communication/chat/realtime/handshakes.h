#pragma once
/// The sockets that have been agreed on but not opened, and the ones that are served by polling.
/// The number of one is its whole credential: a browser's WebSocket carries no header of ours.
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/random.h"
#include "communication/chat/realtime/connections.h"
#include "communication/chat/realtime/socket_link.h"

namespace fanfare::communication::chat::realtime {

class PollingSocket;

/// How long an agreed socket may stay unopened, and a polling one unasked.
inline constexpr base::Duration kHandshakeKept = base::seconds(60);
inline constexpr std::size_t kHandshakesPerConnectionMax = 4;

struct Handshake {
  ConnectionPtr connection;
  TokenCheck check_token;
  std::shared_ptr<PollingSocket> polling;  ///< once it has been opened that way
  base::TimePoint at{};                    ///< made, or last asked for
};

/// Thread-safe.
class Handshakes {
 public:
  /// Both outlive it; `random` is thread-safe.
  Handshakes(base::Clock& clock, base::Random& random) : clock_(clock), random_(random) {}

  /// Its number. Of one connection the oldest give way.
  std::string make(ConnectionPtr connection, TokenCheck check_token);
  /// No longer there for anybody else. nullopt: unknown, too old, or served by polling.
  std::optional<Handshake> take(std::string_view number);
  /// The socket served by polling, which `open` makes at the first call. nullptr: unknown.
  std::shared_ptr<PollingSocket> polling(
      std::string_view number,
      const std::function<std::shared_ptr<PollingSocket>(const Handshake&)>& open);
  void erase(std::string_view number);
  void clear();

 private:
  using Table = std::map<std::string, Handshake, std::less<>>;

  void clean(base::TimePoint now);
  void make_room(const std::string& connection);

  base::Clock& clock_;
  base::Random& random_;
  std::mutex mutex_;
  Table table_;
  base::TimePoint next_clean_{};
};

}  // namespace fanfare::communication::chat::realtime
