#include "http/websocket_frames.h"

#include <wslay/wslay.h>

#include <algorithm>
#include <cstring>

#include "base/check.h"

namespace fanfare::http {

namespace {

constexpr std::size_t kCloseReasonBytesMax = 123;

const std::uint8_t* bytes_of(std::string_view text) {
  return reinterpret_cast<const std::uint8_t*>(text.data());
}

/// Cut at a character, since a close frame's reason is UTF-8 too.
std::string_view close_reason(std::string_view text) {
  if (text.size() <= kCloseReasonBytesMax) return text;
  std::size_t size = kCloseReasonBytesMax;
  while (size > 0 && (static_cast<unsigned char>(text[size]) & 0xC0) == 0x80) --size;
  return text.substr(0, size);
}

}  // namespace

struct WebSocketFrames::State {
  explicit State(WebSocketFrames& frames) : owner(frames) {}
  ~State() { wslay_event_context_free(context); }

  void take(const wslay_event_on_msg_recv_arg& message) {
    const std::string_view text(reinterpret_cast<const char*>(message.msg), message.msg_length);
    if (message.opcode == WSLAY_TEXT_FRAME) messages.emplace_back(text);
    if (message.opcode == WSLAY_BINARY_FRAME) refuse(CloseCode::UnsupportedData, "text only");
  }

  /// Closes, and reads nothing from here on, not even what has come already.
  void refuse(CloseCode code, std::string_view reason) {
    const auto number = static_cast<std::uint16_t>(code);
    unwritable |= wslay_event_queue_close(context, number, bytes_of(reason), reason.size()) ==
                  WSLAY_ERR_NOMEM;
    wslay_event_shutdown_read(context);
  }

  WebSocketFrames& owner;
  wslay_event_context_ptr context = nullptr;
  std::string_view input;  // what feed() has not handed on
  std::deque<std::string> messages;
  bool unwritable = false;
};

namespace {

ssize_t hand_on(wslay_event_context_ptr context, std::uint8_t* into, std::size_t room, int,
                void* user) {
  auto& state = *static_cast<WebSocketFrames::State*>(user);
  const std::size_t count = std::min(room, state.input.size());
  if (count == 0) {
    wslay_event_set_error(context, WSLAY_ERR_WOULDBLOCK);
    return -1;
  }
  std::memcpy(into, state.input.data(), count);
  state.input.remove_prefix(count);
  return static_cast<ssize_t>(count);
}

void on_message(wslay_event_context_ptr, const wslay_event_on_msg_recv_arg* message, void* user) {
  static_cast<WebSocketFrames::State*>(user)->take(*message);
}

}  // namespace

WebSocketFrames::WebSocketFrames(std::size_t message_bytes_max)
    : state_(std::make_unique<State>(*this)) {
  wslay_event_callbacks callbacks{};
  callbacks.recv_callback = hand_on;
  callbacks.on_msg_recv_callback = on_message;
  callbacks.send_callback = [](wslay_event_context_ptr, const std::uint8_t* data, std::size_t size,
                               int, void* user) {
    WebSocketFrames& owner = static_cast<State*>(user)->owner;
    owner.output_.append(reinterpret_cast<const char*>(data), size);
    return static_cast<ssize_t>(size);
  };
  const int made = wslay_event_context_server_init(&state_->context, &callbacks, state_.get());
  FANFARE_CHECK(made == 0);
  wslay_event_config_set_max_recv_msg_length(state_->context, message_bytes_max);
}

WebSocketFrames::~WebSocketFrames() = default;

void WebSocketFrames::feed(std::string_view bytes) {
  if (ended()) return;
  state_->input = bytes;
  // What breaks the protocol wslay answers itself; this fails for want of memory.
  if (wslay_event_recv(state_->context) != 0) state_->refuse(CloseCode::InternalError, {});
  state_->input = {};
  flush();
}

std::optional<std::string> WebSocketFrames::next_message() {
  if (state_->messages.empty()) return std::nullopt;
  std::string message = std::move(state_->messages.front());
  state_->messages.pop_front();
  return message;
}

bool WebSocketFrames::send(std::string_view text) {
  if (close_sent()) return false;
  const wslay_event_msg message{WSLAY_TEXT_FRAME, bytes_of(text), text.size()};
  if (wslay_event_queue_msg(state_->context, &message) != 0) return false;
  flush();
  return true;
}

void WebSocketFrames::ping() {
  if (close_sent()) return;
  const wslay_event_msg message{WSLAY_PING, nullptr, 0};
  if (wslay_event_queue_msg(state_->context, &message) == 0) flush();
}

void WebSocketFrames::close(CloseCode code, std::string_view reason) {
  if (close_sent()) return;
  const std::string_view text = close_reason(reason);
  const auto number = static_cast<std::uint16_t>(code);
  if (wslay_event_queue_close(state_->context, number, bytes_of(text), text.size()) == 0) flush();
}

/// Everything that is queued becomes output at once: it is bounded there.
void WebSocketFrames::flush() {
  if (wslay_event_send(state_->context) != 0) state_->unwritable = true;
}

void WebSocketFrames::wrote(std::size_t bytes) {
  written_ += bytes;
  if (written_ < output_.size()) return;
  written_ = 0;
  output_.clear();
  if (output_.capacity() > 16 * 1024) output_ = std::string();
}

bool WebSocketFrames::ended() const {
  return state_->unwritable || wslay_event_get_read_enabled(state_->context) == 0;
}

bool WebSocketFrames::close_sent() const {
  return state_->unwritable || wslay_event_get_close_sent(state_->context) != 0;
}

bool WebSocketFrames::close_received() const {
  return wslay_event_get_close_received(state_->context) != 0;
}

std::uint16_t WebSocketFrames::code_received() const {
  return close_received() ? wslay_event_get_status_code_received(state_->context)
                          : std::uint16_t{0};
}

}  // namespace fanfare::http
