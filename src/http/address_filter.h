#pragma once
/// Which addresses a webhook may reach. Asked for the very address that is about to be connected,
/// so a name that resolves anew (DNS rebinding) gains nothing.
/// Ranges: IANA's special-purpose registries for IPv4 and IPv6, and the agent and metadata
/// addresses of cloud platforms.
#include <asio/ip/address.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "http/url.h"

namespace fanfare::http {

/// An address with a prefix length: "10.1.0.0/16", "fd00::/8", "192.0.2.7".
struct AddressRange {
  asio::ip::address first;
  unsigned prefix_bits = 0;
  bool contains(const asio::ip::address& address) const;
};
base::Result<AddressRange> parse_address_range(std::string_view text);

enum class LoopbackTargets { Refuse, Allow };
enum class PlainTargets { Refuse, Allow };

struct AddressFilterOptions {
  /// For development on one machine: 127.0.0.0/8, ::1 and the names localhost and *.localhost.
  LoopbackTargets loopback = LoopbackTargets::Refuse;
  /// Whether http:// URLs are taken by check_url().
  PlainTargets plain = PlainTargets::Refuse;
  /// What the operator wants to be reached although it is private.
  std::vector<AddressRange> allowed;
};

/// Immutable, thread-safe, cheap to copy.
class AddressFilter {
 public:
  explicit AddressFilter(AddressFilterOptions options = {});

  /// Why the address must not be connected to; nullopt when it may.
  std::optional<std::string> refusal(const asio::ip::address& address) const;

  /// The checks that need no resolving, for when a subscription is created: literals, names that
  /// are special or have one label, ports of other protocols. Errors: InvalidArgument.
  base::Result<void> check_url(const Url& url) const;

 private:
  AddressFilterOptions options_;
};

}  // namespace fanfare::http
