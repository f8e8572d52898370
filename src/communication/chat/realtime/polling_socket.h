#pragma once
/// A socket whose frames are fetched and posted by requests, for clients that can open no
/// WebSocket: one request waits for frames, others bring some.
#include <asio/basic_waitable_timer.hpp>
#include <chrono>
#include <memory>
#include <string>
#include <string_view>

#include "base/async.h"
#include "communication/chat/realtime/handshakes.h"
#include "communication/chat/realtime/socket_link.h"

namespace fanfare::communication::chat::realtime {

/// Lives on the executor of the request that opened it; both calls may come from any.
class PollingSocket : public std::enable_shared_from_this<PollingSocket> {
 public:
  PollingSocket(base::Executor executor) : executor_(executor), wake_(executor) {}
  ~PollingSocket();

  /// On the executor, before all else.
  void open(const Handshake& handshake, base::Clock& clock, base::Duration ttl);

  struct Poll {
    std::string body;
    bool last = false;  ///< the socket is closed; a further request finds none
  };
  /// Waits until there are frames, or for so long that a client still waits. A later call lets an
  /// earlier one go empty-handed.
  base::Async<Poll> poll();
  /// False: the body is no sequence of frames.
  base::Async<bool> post(std::string body);

 private:
  using Timer =
      asio::basic_waitable_timer<std::chrono::steady_clock,
                                 asio::wait_traits<std::chrono::steady_clock>, base::Executor>;

  base::Async<Poll> poll_here();
  base::Async<bool> post_here(std::string body);

  base::Executor executor_;
  Timer wake_;
  std::shared_ptr<SocketLink> link_;
  std::uint64_t polls_ = 0;
};

}  // namespace fanfare::communication::chat::realtime
