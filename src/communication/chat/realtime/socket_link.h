#pragma once
/// One socket of a chat client at work, whatever carries its frames: reads the user's feed, runs
/// the session, checks the token. Lives on one executor; frames wait in it until its carrier takes
/// them.
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/async.h"
#include "base/clock.h"
#include "communication/chat/realtime/connections.h"
#include "communication/chat/realtime/trouter_session.h"

namespace fanfare::communication::chat::realtime {

/// Whether the token is still good for the connection's user.
using TokenCheck = std::function<bool(const std::string& token)>;

class SocketLink final : public Link, public std::enable_shared_from_this<SocketLink> {
 public:
  /// `clock` tells real time, outlives it. `on_output`: take() has something, or ended() is true;
  /// it gives the link no frames.
  SocketLink(ConnectionPtr connection, base::Executor executor, base::Clock& clock,
             TokenCheck check_token, std::function<void()> on_output);

  // On the executor:
  void start(base::Duration ttl);
  void on_frame(std::string_view frame);
  /// A sign of life besides frames.
  void heard() { session_.heard(clock_.now()); }
  /// The carrier is gone, or going: nothing more is told here.
  void stop();
  std::vector<std::string> take();
  bool has_output() const { return !output_.empty(); }
  /// After what take() gives, close.
  bool ended() const { return ended_; }
  base::Executor executor() const { return executor_; }

  // From any thread:
  void wake() override;
  void end(std::string frame) override;

 private:
  void pump();
  bool token_is_good(base::TimePoint now);
  void finish(std::string frame);
  void on_tick();
  void tick_later(base::TimePoint now);
  void put(std::string frame);
  void told() { on_output_(); }

  ConnectionPtr connection_;
  base::Executor executor_;
  base::Clock& clock_;
  TokenCheck check_token_;
  std::function<void()> on_output_;
  TrouterSession session_;
  std::vector<std::string> output_;
  std::unique_ptr<base::Alarm> alarm_;
  std::string checked_token_;
  base::TimePoint checked_{};
  bool ended_ = false;
};

}  // namespace fanfare::communication::chat::realtime
