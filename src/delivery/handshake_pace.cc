#include "delivery/handshake_pace.h"

#include <algorithm>
#include <asio/ip/address.hpp>

namespace fanfare::delivery {

namespace {

constexpr std::size_t kHostsMax = 10'000;

bool is_this_machine(const std::string& host) {
  if (host == "localhost" || host.ends_with(".localhost")) return true;
  std::error_code not_an_address;
  const auto address = asio::ip::make_address(host, not_an_address);
  return !not_an_address && address.is_loopback();
}

}  // namespace

std::optional<base::TimePoint> HandshakePace::take(const std::string& host, base::TimePoint now) {
  if (is_this_machine(host)) return now;
  if (pace_.size() >= kHostsMax) forget_quiet(now);
  auto& pace = pace_.try_emplace(host, now).first->second;
  pace = std::max(pace, now);
  const auto turn = std::max(now, pace - rules_.interval * (rules_.at_once - 1));
  if (turn - now > rules_.wait_max) return std::nullopt;
  pace += rules_.interval;
  return turn;
}

void HandshakePace::forget_quiet(base::TimePoint now) {
  std::erase_if(pace_, [now](const auto& entry) { return entry.second <= now; });
}

}  // namespace fanfare::delivery
