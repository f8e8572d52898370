#pragma once
/// The ports at which this process listens, so that its clients never reach it. Thread-safe; a port
/// is in it before the first connection to it can be made, and stays.
#include <array>
#include <asio/ip/address.hpp>
#include <atomic>
#include <cstddef>
#include <cstdint>

namespace fanfare::http {

class OwnPorts {
 public:
  void add(std::uint16_t port);
  bool contains(std::uint16_t port) const;

 private:
  std::array<std::atomic<std::uint64_t>, 65536 / 64> bits_{};
};

/// Whether connecting to `address` would end at this machine: loopback, the unspecified address, or
/// an address of one of its interfaces. Asks the kernel; meant for the rare case that the port is
/// ours.
bool is_of_this_machine(const asio::ip::address& address);

}  // namespace fanfare::http
