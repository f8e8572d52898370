#pragma once
/// A connection after its upgrade: moves bytes between the transport and the frames, runs the
/// handler, keeps the limits. Lives on the connection's executor.
#include <memory>
#include <optional>
#include <string>

#include "base/task_group.h"
#include "http/transport.h"
#include "http/websocket.h"
#include "http/websocket_frames.h"

namespace fanfare::http {

class WebSocketConnection final : public WebSocket,
                                  public std::enable_shared_from_this<WebSocketConnection> {
 public:
  using SteadyTime = std::chrono::steady_clock::time_point;

  /// `transport` outlives run().
  WebSocketConnection(Transport& transport, base::Executor executor, const WebSocketLimits& limits,
                      SteadyTime now);

  /// From the sent head of the upgrade to the end of both closings, or of the connection.
  /// `early`: bytes that came behind the request. True: both sides closed in order.
  base::Async<bool> run(WebSocketHandler handler, std::string early);

  /// Pings, and ends what does not answer, read or close. Called once a sweep.
  void sweep(SteadyTime now);
  /// The server drains.
  void go_away() { close(CloseCode::GoingAway, "the server stops"); }
  /// The transport has been closed.
  void abort();

  base::Async<std::optional<std::string>> receive() override;
  bool send(std::string_view text) override;
  std::size_t unsent_bytes() const override { return frames_.output().size(); }
  void close(CloseCode code, std::string_view reason) override;
  bool open() const override;

 private:
  base::Async<bool> read_some();
  bool take_input();
  base::Async<void> write_when_possible();
  base::Async<void> finish_closing();
  void write();
  bool write_now();
  void fail();

  Transport& transport_;
  base::TaskGroup writers_;
  WebSocketLimits limits_;
  WebSocketFrames frames_;
  SteadyTime now_;    // of the last sweep
  SteadyTime heard_;  // when the peer last sent something
  SteadyTime moved_;  // when the peer last took something, or nothing waited for it
  std::optional<SteadyTime> pinged_;
  std::optional<SteadyTime> closed_;  // when our close frame was queued
  bool writing_ = false;              // a writer waits for room
  bool failed_ = false;
};

}  // namespace fanfare::http
