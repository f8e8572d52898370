#include "http/address_filter.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>

#include "base/bytes.h"

namespace fanfare::http {

namespace {

using asio::ip::address;
using asio::ip::address_v4;
using asio::ip::address_v6;

struct Blocked4 {
  std::uint32_t first;
  unsigned prefix_bits;
  const char* why;
};

constexpr std::uint32_t v4(unsigned a, unsigned b, unsigned c, unsigned d) {
  return (a << 24) | (b << 16) | (c << 8) | d;
}

constexpr std::array kBlocked4 = {
    Blocked4{v4(0, 0, 0, 0), 8, "this network"},
    Blocked4{v4(10, 0, 0, 0), 8, "private"},
    Blocked4{v4(100, 64, 0, 0), 10, "shared address space"},
    Blocked4{v4(127, 0, 0, 0), 8, "loopback"},
    Blocked4{v4(168, 63, 129, 16), 32, "cloud platform agent"},
    Blocked4{v4(169, 254, 0, 0), 16, "link-local"},
    Blocked4{v4(172, 16, 0, 0), 12, "private"},
    Blocked4{v4(192, 0, 0, 0), 24, "protocol assignments"},
    Blocked4{v4(192, 0, 2, 0), 24, "documentation"},
    Blocked4{v4(192, 31, 196, 0), 24, "AS112"},
    Blocked4{v4(192, 52, 193, 0), 24, "AMT"},
    Blocked4{v4(192, 88, 99, 0), 24, "6to4 relay"},
    Blocked4{v4(192, 168, 0, 0), 16, "private"},
    Blocked4{v4(192, 175, 48, 0), 24, "AS112"},
    Blocked4{v4(198, 18, 0, 0), 15, "benchmarking"},
    Blocked4{v4(198, 51, 100, 0), 24, "documentation"},
    Blocked4{v4(203, 0, 113, 0), 24, "documentation"},
    Blocked4{v4(224, 0, 0, 0), 4, "multicast"},
    Blocked4{v4(240, 0, 0, 0), 4, "reserved"},
};

struct Blocked6 {
  std::array<unsigned char, 8> first;  // no prefix here is longer than 64 bits
  unsigned prefix_bits;
  const char* why;
};

/// Inside 2000::/3; everything outside is blocked as not global.
constexpr std::array kBlocked6 = {
    Blocked6{{0x20, 0x01, 0x00}, 23, "protocol assignments"},
    Blocked6{{0x20, 0x01, 0x0d, 0xb8}, 32, "documentation"},
    Blocked6{{0x20, 0x02}, 16, "6to4"},
    Blocked6{{0x26, 0x20, 0x00, 0x4f, 0x80, 0x00}, 48, "AS112"},
    Blocked6{{0x3f, 0xff}, 20, "documentation"},
};

bool same_prefix(const unsigned char* a, const unsigned char* b, unsigned bits) {
  const unsigned whole = bits / 8;
  if (std::memcmp(a, b, whole) != 0) return false;
  if (bits % 8 == 0) return true;
  const unsigned mask = 0xffu << (8 - bits % 8) & 0xffu;
  return (a[whole] & mask) == (b[whole] & mask);
}

std::optional<std::string> refusal4(const address_v4& asked) {
  const std::uint32_t value = asked.to_uint();
  for (const Blocked4& blocked : kBlocked4) {
    const unsigned shift = 32 - blocked.prefix_bits;
    if ((value >> shift) == (blocked.first >> shift)) return blocked.why;
  }
  return std::nullopt;
}

std::optional<std::string> refusal6(const address_v6& asked) {
  const auto bytes = asked.to_bytes();
  if (asked.is_loopback()) return "loopback";
  if ((bytes[0] & 0xe0) != 0x20) return "not a global unicast address";
  for (const Blocked6& blocked : kBlocked6) {
    if (same_prefix(bytes.data(), blocked.first.data(), blocked.prefix_bits)) return blocked.why;
  }
  return std::nullopt;
}

/// ::ffff:a.b.c.d reaches a.b.c.d, so it is judged as that.
address unmapped(const address& asked) {
  if (!asked.is_v6() || !asked.to_v6().is_v4_mapped()) return asked;
  return asio::ip::make_address_v4(asio::ip::v4_mapped, asked.to_v6());
}

bool is_below(std::string_view host, std::string_view suffix) {
  return host.size() > suffix.size() && host.ends_with(suffix) &&
         host[host.size() - suffix.size() - 1] == '.';
}

bool is_loopback_name(std::string_view host) {
  return host == "localhost" || is_below(host, "localhost");
}

/// Names that resolve differently from inside a network than outside.
constexpr std::array<std::string_view, 7> kInsideSuffixes = {
    "local", "internal", "localdomain", "home.arpa", "lan", "intranet", "localhost"};

/// Ports of protocols that a request could be made to speak (those that browsers refuse, and stores
/// and control sockets that answer without a login).
constexpr std::array<std::uint16_t, 58> kRefusedPorts = {
    1,   7,   9,   11,  13,  15,   17,   19,   20,   21,   22,   23,    25,   37,  42,
    43,  53,  69,  77,  79,  87,   95,   101,  102,  103,  104,  109,   110,  111, 113,
    115, 117, 119, 123, 135, 137,  139,  143,  161,  179,  389,  427,   465,  512, 513,
    514, 515, 587, 993, 995, 2049, 2375, 3306, 5432, 6379, 6667, 11211, 27017};

base::Error refused(std::string what) { return base::invalid("URL: " + std::move(what), "url"); }

}  // namespace

bool AddressRange::contains(const address& asked) const {
  if (asked.is_v4() != first.is_v4()) return false;
  if (asked.is_v4()) {
    const auto a = asked.to_v4().to_bytes();
    const auto b = first.to_v4().to_bytes();
    return same_prefix(a.data(), b.data(), prefix_bits);
  }
  const auto a = asked.to_v6().to_bytes();
  const auto b = first.to_v6().to_bytes();
  return same_prefix(a.data(), b.data(), prefix_bits);
}

base::Result<AddressRange> parse_address_range(std::string_view text) {
  const std::size_t slash = text.find('/');
  std::error_code error;
  AddressRange range;
  range.first = asio::ip::make_address(std::string(text.substr(0, slash)), error);
  const base::Error wrong =
      base::invalid("'" + std::string(text) + "' is not an address range such as 10.1.0.0/16");
  if (error) return wrong;
  const unsigned bits_max = range.first.is_v4() ? 32 : 128;
  range.prefix_bits = bits_max;
  if (slash == std::string_view::npos) return range;
  const std::string_view bits = text.substr(slash + 1);
  const auto [end, fault] =
      std::from_chars(bits.data(), bits.data() + bits.size(), range.prefix_bits);
  const bool number = fault == std::errc() && end == bits.data() + bits.size();
  if (!number || range.prefix_bits > bits_max) return wrong;
  return range;
}

AddressFilter::AddressFilter(AddressFilterOptions options) : options_(std::move(options)) {}

std::optional<std::string> AddressFilter::refusal(const address& given) const {
  const address asked = unmapped(given);
  if (options_.loopback == LoopbackTargets::Allow && asked.is_loopback()) return std::nullopt;
  for (const AddressRange& range : options_.allowed) {
    if (range.contains(asked)) return std::nullopt;
  }
  const auto why = asked.is_v4() ? refusal4(asked.to_v4()) : refusal6(asked.to_v6());
  if (!why) return std::nullopt;
  return asked.to_string() + " is not allowed as a target: " + *why;
}

base::Result<void> AddressFilter::check_url(const Url& url) const {
  if (url.scheme == Scheme::Http && options_.plain == PlainTargets::Refuse) {
    return refused("must begin with https://");
  }
  if (std::ranges::find(kRefusedPorts, url.port) != kRefusedPorts.end()) {
    return refused("port " + std::to_string(url.port) + " belongs to another protocol");
  }
  std::error_code error;
  const address literal = asio::ip::make_address(url.host, error);
  if (!error) {
    const auto why = refusal(literal);
    if (why) return refused(*why);
    return {};
  }
  if (is_loopback_name(url.host) && options_.loopback == LoopbackTargets::Allow) return {};
  // Where the operator allows inside addresses, the address decides about inside names too.
  const bool inside_allowed = !options_.allowed.empty();
  const bool inside = url.host.find('.') == std::string::npos ||
                      std::ranges::any_of(kInsideSuffixes, [&](std::string_view suffix) {
                        return is_below(url.host, suffix);
                      });
  if (inside && !inside_allowed) return refused("the host name is not a public one");
  return {};
}

}  // namespace fanfare::http
