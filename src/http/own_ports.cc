#include "http/own_ports.h"

#include <sys/socket.h>
#include <unistd.h>

#include <asio/ip/udp.hpp>

namespace fanfare::http {

void OwnPorts::add(std::uint16_t port) {
  bits_[port / 64].fetch_or(std::uint64_t{1} << (port % 64), std::memory_order_release);
}

bool OwnPorts::contains(std::uint16_t port) const {
  return (bits_[port / 64].load(std::memory_order_acquire) >> (port % 64) & 1) != 0;
}

bool is_of_this_machine(const asio::ip::address& given) {
  asio::ip::address address = given;
  if (given.is_v6() && given.to_v6().is_v4_mapped()) {
    address = asio::ip::make_address_v4(asio::ip::v4_mapped, given.to_v6());
  }
  if (address.is_loopback() || address.is_unspecified()) return true;
  // A socket can be bound to an address of ours and to no other.
  const asio::ip::udp::endpoint here(address, 0);
  const int probe = ::socket(here.protocol().family(), SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (probe < 0) return true;  // in doubt nobody is reached
  const bool ours = ::bind(probe, here.data(), static_cast<socklen_t>(here.size())) == 0;
  ::close(probe);
  return ours;
}

}  // namespace fanfare::http
