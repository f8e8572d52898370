// Publishes single events at a steady rate and takes the webhook's deliveries in the same process,
// so that one clock measures the way from the request to its answer and from the request to the
// delivery.
//   latency PORT PATH KEY SINK_PORT RATE SECONDS
// Prints one line of JSON, microseconds. The event subscription must deliver single events to
// SINK_PORT.
#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace {

using Clock = std::chrono::steady_clock;

constexpr int kPublishers = 8;
constexpr std::string_view kIdBegin = "\"id\":\"at-";

std::int64_t now_ns() {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(Clock::now().time_since_epoch())
      .count();
}

[[noreturn]] void fail(const char* what) {
  std::perror(what);
  std::exit(1);
}

sockaddr_in loopback(int port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

void no_delay(int fd) {
  const int on = 1;
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

/// Latencies of one kind, from many threads.
class Samples {
 public:
  void add(std::int64_t ns) {
    const std::lock_guard lock(mutex_);
    ns_.push_back(ns);
  }
  std::size_t count() {
    const std::lock_guard lock(mutex_);
    return ns_.size();
  }
  std::string json() {
    const std::lock_guard lock(mutex_);
    std::sort(ns_.begin(), ns_.end());
    char text[160];
    std::snprintf(text, sizeof text, "{\"count\":%zu,\"p50\":%.0f,\"p99\":%.0f,\"max\":%.0f}",
                  ns_.size(), at(0.50), at(0.99), at(1.0));
    return text;
  }

 private:
  double at(double share) const {
    if (ns_.empty()) return 0;
    const auto index =
        std::min(ns_.size() - 1, static_cast<std::size_t>(share * static_cast<double>(ns_.size())));
    return static_cast<double>(ns_[index]) / 1000.0;
  }

  std::mutex mutex_;
  std::vector<std::int64_t> ns_;
};

bool send_all(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    const auto sent = send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
  return true;
}

/// Reads one message with a head and a body of Content-Length; empty at the end of the connection.
class Reader {
 public:
  explicit Reader(int fd) : fd_(fd) {}

  std::string next() {
    std::size_t head = 0;
    while ((head = buffer_.find("\r\n\r\n")) == std::string::npos) {
      if (!more()) return {};
    }
    const auto whole = head + 4 + body_length(buffer_.substr(0, head));
    while (buffer_.size() < whole) {
      if (!more()) return {};
    }
    auto message = buffer_.substr(0, whole);
    buffer_.erase(0, whole);
    return message;
  }

 private:
  static std::size_t body_length(std::string head) {
    std::transform(head.begin(), head.end(), head.begin(),
                   [](unsigned char c) { return std::tolower(c); });
    const auto at = head.find("content-length:");
    return at == std::string::npos ? 0 : std::strtoul(head.c_str() + at + 15, nullptr, 10);
  }

  bool more() {
    char chunk[16384];
    const auto got = recv(fd_, chunk, sizeof chunk, 0);
    if (got <= 0) return false;
    buffer_.append(chunk, static_cast<std::size_t>(got));
    return true;
  }

  int fd_;
  std::string buffer_;
};

void take_deliveries(int fd, Samples& delivered) {
  no_delay(fd);
  Reader reader(fd);
  for (auto message = reader.next(); !message.empty(); message = reader.next()) {
    const auto arrived = now_ns();
    const auto at = message.find(kIdBegin);
    if (at != std::string::npos) {
      delivered.add(arrived - std::strtoll(message.c_str() + at + kIdBegin.size(), nullptr, 10));
    }
    if (!send_all(fd, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")) break;
  }
  close(fd);
}

void listen_for_deliveries(int port, Samples& delivered) {
  const int listener = socket(AF_INET, SOCK_STREAM, 0);
  const int on = 1;
  setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  const auto address = loopback(port);
  if (bind(listener, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
    fail("bind");
  if (listen(listener, 128) != 0) fail("listen");
  std::thread([listener, &delivered] {
    for (;;) {
      const int fd = accept(listener, nullptr, nullptr);
      if (fd >= 0) std::thread(take_deliveries, fd, std::ref(delivered)).detach();
    }
  }).detach();
}

struct Target {
  int port;
  std::string path;
  std::string key;
};

std::string request_of(const Target& target, std::int64_t at) {
  static const std::string fill(800, 'x');
  auto body =
      "[{" + std::string(kIdBegin) + std::to_string(at) +
      "\",\"subject\":\"bench/1\",\"eventType\":\"Bench\",\"eventTime\":\"2026-01-31T12:00:00Z\","
      "\"dataVersion\":\"1\",\"data\":{\"fill\":\"" +
      fill + "\"}}]";
  return "POST " + target.path + " HTTP/1.1\r\nHost: localhost\r\naeg-sas-key: " + target.key +
         "\r\nContent-Type: application/json\r\nContent-Length: " + std::to_string(body.size()) +
         "\r\n\r\n" + body;
}

void publish(const Target& target, Clock::time_point first, Clock::duration every,
             Clock::time_point end, Samples& answered) {
  const int fd = socket(AF_INET, SOCK_STREAM, 0);
  const auto address = loopback(target.port);
  if (connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
    fail("connect");
  no_delay(fd);
  Reader reader(fd);
  for (auto due = first; due < end; due += every) {
    std::this_thread::sleep_until(due);
    const auto began = now_ns();
    if (!send_all(fd, request_of(target, began))) fail("send");
    if (!reader.next().starts_with("HTTP/1.1 200")) fail("publish");
    answered.add(now_ns() - began);
  }
  close(fd);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 7) {
    std::fprintf(stderr, "usage: latency PORT PATH KEY SINK_PORT RATE SECONDS\n");
    return 2;
  }
  const Target target{std::atoi(argv[1]), argv[2], argv[3]};
  const auto rate = std::atoi(argv[5]);
  Samples answered;
  Samples delivered;
  listen_for_deliveries(std::atoi(argv[4]), delivered);

  const auto every = std::chrono::nanoseconds(1'000'000'000LL * kPublishers / rate);
  const auto begin = Clock::now();
  const auto end = begin + std::chrono::seconds(std::atoi(argv[6]));
  std::vector<std::thread> publishers;
  for (int i = 0; i < kPublishers; ++i) {
    publishers.emplace_back(publish, std::cref(target), begin + i * every / kPublishers, every, end,
                            std::ref(answered));
  }
  for (auto& publisher : publishers) publisher.join();
  const auto patience = Clock::now() + std::chrono::seconds(5);
  while (delivered.count() < answered.count() && Clock::now() < patience) {
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  std::printf("{\"rate\":%d,\"published\":%s,\"delivered\":%s}\n", rate, answered.json().c_str(),
              delivered.json().c_str());
  std::fflush(stdout);
  std::_Exit(0);
}
