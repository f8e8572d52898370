#include "communication/chat/realtime/polling_socket.h"

#include <asio/co_spawn.hpp>
#include <utility>

#include "communication/chat/realtime/packet.h"

namespace fanfare::communication::chat::realtime {

namespace {

/// The client gives up after the heartbeat timeout of the handshake.
constexpr auto kPollWait = std::chrono::seconds(20);
constexpr std::size_t kFramesPerPostMax = 256;

}  // namespace

PollingSocket::~PollingSocket() {
  if (link_) link_->end({});
}

void PollingSocket::open(const Handshake& handshake, base::Clock& clock, base::Duration ttl) {
  const auto on_output = [weak = weak_from_this()] {
    if (const auto self = weak.lock()) self->wake_.cancel();
  };
  link_ = std::make_shared<SocketLink>(handshake.connection, executor_, clock,
                                       handshake.check_token, on_output);
  link_->start(ttl);
}

base::Async<PollingSocket::Poll> PollingSocket::poll() {
  base::Async<Poll> polling = poll_here();
  co_return co_await asio::co_spawn(executor_, std::move(polling),
                                    asio::use_awaitable_t<base::Executor>());
}

base::Async<PollingSocket::Poll> PollingSocket::poll_here() {
  const auto self = shared_from_this();
  const std::uint64_t mine = ++polls_;
  link_->heard();
  wake_.cancel();
  if (!link_->has_output() && !link_->ended()) {
    wake_.expires_after(kPollWait);
    co_await wake_.async_wait(base::as_result);
  }
  Poll poll;
  if (mine == polls_) {
    const std::vector<std::string> frames = link_->take();
    if (!frames.empty()) poll.body = join_payload(frames);
    poll.last = link_->ended();
  }
  if (poll.body.empty()) poll.body = write_packet(PacketType::Noop);
  co_return poll;
}

base::Async<bool> PollingSocket::post(std::string body) {
  base::Async<bool> posting = post_here(std::move(body));
  co_return co_await asio::co_spawn(executor_, std::move(posting),
                                    asio::use_awaitable_t<base::Executor>());
}

base::Async<bool> PollingSocket::post_here(std::string body) {
  const auto self = shared_from_this();
  const auto frames = split_payload(body, kFramesPerPostMax);
  if (!frames) co_return false;
  for (const std::string& frame : *frames) link_->on_frame(frame);
  co_return true;
}

}  // namespace fanfare::communication::chat::realtime
