#pragma once
/// One open socket of a chat client, as a state machine over frames: greets, numbers notifications
/// and awaits the client's response to each, answers pings, sends heartbeats, and knows how far the
/// client has come, so that the next socket can go on from there. Pure: frames go in and come out,
/// `now` is told.
/// Source: published chat client packages (signaling; its socket is socket.io 0.9).
#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.h"
#include "communication/chat/realtime/feed.h"

namespace fanfare::communication::chat::realtime {

struct TrouterLimits {
  /// Notifications that the client has not answered.
  std::size_t unanswered_max = 64;
  std::size_t unanswered_bytes_max = 256 * 1024;  ///< unless it is a single one
  /// The client answers within 5 seconds, if only that it gave up.
  base::Duration response_within = base::seconds(20);
  base::Duration heartbeat_every = base::seconds(25);
};

/// What the client waits for a sign of life, and we for an answer to a heartbeat.
inline constexpr base::Duration kHeartbeatTimeout = base::seconds(60);

class TrouterSession {
 public:
  /// `path`: of the connection's URL, which the url of each notification begins with.
  /// `acknowledged`: up to where the client has been told already.
  TrouterSession(std::string path, Position acknowledged, base::TimePoint now,
                 TrouterLimits limits = {});

  /// The frames that open a socket; `ttl` is the connection's.
  std::vector<std::string> open(base::Duration ttl, base::TimePoint now);

  /// Frames in answer to one of the client's; usually none.
  std::vector<std::string> on_frame(std::string_view frame, base::TimePoint now);

  /// A sign of life besides frames.
  void heard(base::TimePoint now) { heard_ = now; }

  /// Whether the client may be sent another notification, and up to where it has been.
  bool has_room() const;
  Position sent() const { return sent_; }
  /// The frame of a notification; `position` is later than sent().
  std::string notify(Position position, std::string_view body, base::TimePoint now);
  /// The frame that says that notifications up to there were missed.
  std::string missed(Position until);

  /// A heartbeat when one is due; empty otherwise.
  std::string on_tick(base::TimePoint now);

  /// The client has said good-bye, or answers no more: the socket is to be closed.
  bool ended() const { return ended_; }
  void check_alive(base::TimePoint now);

  /// All notifications up to here have been answered, whatever the answer.
  Position acknowledged() const;

 private:
  struct Unanswered {
    Position position = 0;
    std::size_t bytes = 0;
    base::TimePoint sent{};
  };

  void on_response(std::string_view data);

  std::string path_;
  TrouterLimits limits_;
  Position sent_;
  std::map<std::uint64_t, Unanswered> unanswered_;  // by number, which is the order of sending
  std::size_t unanswered_bytes_ = 0;
  std::uint64_t next_number_ = 1;
  std::uint64_t losses_ = 0;
  base::TimePoint spoke_;  // when we last sent a frame
  base::TimePoint heard_;
  bool ended_ = false;
};

/// The frames that end a socket from our side, and what the client does then.
std::string unauthorized_frame();  ///< asks its application for another token
std::string duplicate_frame();     ///< knows that another socket of its connection is open

}  // namespace fanfare::communication::chat::realtime
