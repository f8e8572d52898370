#include "communication/chat/realtime/socket_link.h"

#include <asio/post.hpp>
#include <utility>

#include "communication/chat/realtime/trouter_body.h"

namespace fanfare::communication::chat::realtime {

namespace {

/// Also how long a token that has been revoked may still be told something.
constexpr auto kTick = base::seconds(1);
constexpr std::size_t kReadAtOnce = 16;

}  // namespace

SocketLink::SocketLink(ConnectionPtr connection, base::Executor executor, base::Clock& clock,
                       TokenCheck check_token, std::function<void()> on_output)
    : connection_(std::move(connection)),
      executor_(executor),
      clock_(clock),
      check_token_(std::move(check_token)),
      on_output_(std::move(on_output)),
      session_("/v4/f/" + connection_->id() + "/", 0, clock.now()) {}

void SocketLink::start(base::Duration ttl) {
  const base::TimePoint now = clock_.now();
  const Position from = connection_->attach(shared_from_this());
  session_ = TrouterSession("/v4/f/" + connection_->id() + "/", from, now);
  for (std::string& frame : session_.open(ttl, now)) put(std::move(frame));
  tick_later(now);
  pump();
}

void SocketLink::on_frame(std::string_view frame) {
  if (ended_) return;
  const Position before = session_.acknowledged();
  for (std::string& answer : session_.on_frame(frame, clock_.now())) put(std::move(answer));
  if (session_.acknowledged() > before) connection_->acknowledge(session_.acknowledged());
  if (session_.ended()) return finish({});
  pump();
}

void SocketLink::pump() {
  const base::TimePoint now = clock_.now();
  const bool listens = !ended_ && connection_->is_registered(now);
  while (listens && session_.has_room()) {
    const FeedPart part = connection_->read(session_.sent(), kReadAtOnce);
    if (part.entries.empty() && !part.missed_until) break;
    if (!token_is_good(now)) return finish(unauthorized_frame());
    if (part.missed_until) put(session_.missed(*part.missed_until));
    for (const FeedEntry& entry : part.entries) {
      if (!session_.has_room()) break;
      const std::string body = trouter_body(*entry.notification, connection_->user());
      put(session_.notify(entry.position, body, now));
    }
  }
  if (has_output()) told();
}

bool SocketLink::token_is_good(base::TimePoint now) {
  std::string token = connection_->token();
  if (token == checked_token_ && now < checked_ + kTick) return true;
  if (!check_token_(token)) return false;
  checked_token_ = std::move(token);
  checked_ = now;
  return true;
}

void SocketLink::put(std::string frame) { output_.push_back(std::move(frame)); }

std::vector<std::string> SocketLink::take() { return std::exchange(output_, {}); }

void SocketLink::finish(std::string frame) {
  if (!frame.empty()) put(std::move(frame));
  stop();
  told();
}

void SocketLink::stop() {
  if (std::exchange(ended_, true)) return;
  alarm_.reset();
  connection_->detach(this, clock_.now());
}

void SocketLink::tick_later(base::TimePoint now) {
  alarm_ = clock_.alarm(now + kTick, executor_, [weak = weak_from_this()] {
    if (const auto self = weak.lock()) self->on_tick();
  });
}

void SocketLink::on_tick() {
  if (ended_) return;
  const base::TimePoint now = clock_.now();
  session_.check_alive(now);
  if (session_.ended()) return finish({});
  if (!token_is_good(now)) return finish(unauthorized_frame());
  std::string heartbeat = session_.on_tick(now);
  if (!heartbeat.empty()) put(std::move(heartbeat));
  tick_later(now);
  pump();
}

void SocketLink::wake() {
  asio::post(executor_, [self = shared_from_this()] { self->pump(); });
}

void SocketLink::end(std::string frame) {
  asio::post(executor_, [self = shared_from_this(), text = std::move(frame)]() mutable {
    if (!self->ended_) self->finish(std::move(text));
  });
}

}  // namespace fanfare::communication::chat::realtime
