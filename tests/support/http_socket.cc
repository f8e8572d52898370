#include "support/http_socket.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <chrono>
#include <cstdlib>
#include <utility>

namespace fanfare::support {

namespace {

constexpr int kReadLimitMs = 10'000;

sockaddr_in loopback(std::uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

std::string lower(std::string_view text) {
  std::string out(text);
  std::ranges::transform(out, out.begin(),
                         [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return out;
}

std::optional<std::size_t> content_length(std::string_view head) {
  const std::string text = lower(head);
  const std::size_t at = text.find("\r\ncontent-length:");
  if (at == std::string::npos) return std::nullopt;
  return std::strtoul(text.c_str() + at + 17, nullptr, 10);
}

/// Past the chunked body that begins at `at`, or the end of what there is.
std::size_t skip_chunks(std::string_view bytes, std::size_t at) {
  for (;;) {
    const std::size_t line = bytes.find("\r\n", at);
    if (line == std::string_view::npos) return bytes.size();
    const std::size_t size =
        std::strtoul(std::string(bytes.substr(at, line - at)).c_str(), nullptr, 16);
    at = std::min(bytes.size(), line + 2 + size + 2);
    if (size == 0) return at;
  }
}

}  // namespace

RawSocket::RawSocket(int descriptor) : descriptor_(descriptor) {}

RawSocket::RawSocket(RawSocket&& other) noexcept
    : descriptor_(other.descriptor_.exchange(-1)), unread_(std::move(other.unread_)) {}

RawSocket::~RawSocket() { close(); }

void RawSocket::close() {
  const int descriptor = descriptor_.exchange(-1);
  if (descriptor >= 0) ::close(descriptor);
}

void RawSocket::shut_down() { ::shutdown(descriptor_, SHUT_RDWR); }

RawSocket RawSocket::connect(std::uint16_t port) {
  const int descriptor = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const sockaddr_in address = loopback(port);
  if (::connect(descriptor, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    ::perror("connect");
    std::abort();
  }
  return RawSocket(descriptor);
}

bool RawSocket::send(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t sent = ::send(descriptor_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent < 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
  return true;
}

void RawSocket::half_close() { ::shutdown(descriptor_, SHUT_WR); }

void RawSocket::reset() {
  const linger now{1, 0};
  ::setsockopt(descriptor_, SOL_SOCKET, SO_LINGER, &now, sizeof now);
  close();
}

bool RawSocket::read_some(std::string& into) {
  pollfd ready{descriptor_, POLLIN, 0};
  if (::poll(&ready, 1, kReadLimitMs) != 1) return false;
  std::array<char, 65536> buffer;
  const ssize_t got = ::recv(descriptor_, buffer.data(), buffer.size(), 0);
  if (got <= 0) return false;
  into.append(buffer.data(), static_cast<std::size_t>(got));
  return true;
}

std::optional<std::string> RawSocket::read_to_end() {
  const auto begun = std::chrono::steady_clock::now();
  std::string all = std::exchange(unread_, {});
  while (read_some(all)) {
  }
  const auto took = std::chrono::steady_clock::now() - begun;
  if (took >= std::chrono::milliseconds(kReadLimitMs)) return std::nullopt;
  return all;
}

std::string RawSocket::read_until(std::string_view text) {
  std::string all = std::exchange(unread_, {});
  std::size_t found;
  while ((found = all.find(text)) == std::string::npos) {
    if (!read_some(all)) return all;
  }
  unread_ = all.substr(found + text.size());
  all.resize(found + text.size());
  return all;
}

std::string RawSocket::read_request() {
  std::string head = read_until("\r\n\r\n");
  if (!head.ends_with("\r\n\r\n")) return {};
  std::string body = std::exchange(unread_, {});
  const std::size_t length = content_length(head).value_or(0);
  while (body.size() < length && read_some(body)) {
  }
  if (body.size() > length) {
    unread_ = body.substr(length);
    body.resize(length);
  }
  return head + body;
}

ScriptedReceiver::ScriptedReceiver(Script script)
    : script_(std::move(script)), listener_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  sockaddr_in address = loopback(0);
  socklen_t size = sizeof address;
  if (::bind(listener_, reinterpret_cast<sockaddr*>(&address), size) != 0 ||
      ::listen(listener_, 128) != 0 ||
      ::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size) != 0) {
    ::perror("listen");
    std::abort();
  }
  port_ = ntohs(address.sin_port);
  acceptor_ = std::thread([this] { accept_all(); });
}

void ScriptedReceiver::accept_all() {
  for (;;) {
    const int descriptor = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    if (descriptor < 0) return;
    const int number = connections_.fetch_add(1);
    const std::lock_guard lock(mutex_);
    auto socket = std::make_shared<RawSocket>(descriptor);
    sockets_.push_back(socket);
    scripts_.emplace_back([this, socket, number] {
      script_(*socket, number);
      socket->close();
    });
  }
}

ScriptedReceiver::~ScriptedReceiver() {
  ::shutdown(listener_, SHUT_RDWR);
  acceptor_.join();
  ::close(listener_);
  for (const auto& socket : sockets_) socket->shut_down();
  for (std::thread& script : scripts_) script.join();
}

std::vector<int> answer_statuses(std::string_view bytes, bool head_only) {
  std::vector<int> statuses;
  std::size_t at = 0;
  while (bytes.substr(at).starts_with("HTTP/1.")) {
    const std::size_t end = bytes.find("\r\n\r\n", at);
    const std::string head = lower(bytes.substr(at, end - at));
    const int status = std::atoi(head.c_str() + 9);
    statuses.push_back(status);
    if (end == std::string_view::npos) break;
    at = end + 4;
    const bool no_body = status < 200 || status == 204 || status == 304 || head_only;
    if (status >= 200) head_only = false;
    if (no_body) continue;
    if (head.find("\r\ntransfer-encoding: chunked") != std::string::npos) {
      at = skip_chunks(bytes, at);
    } else {
      at = std::min(bytes.size(), at + content_length(head + "\r\n").value_or(bytes.size()));
    }
  }
  return statuses;
}

}  // namespace fanfare::support
