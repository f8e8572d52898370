#include "http/url.h"

#include <idn2.h>

#include <algorithm>
#include <array>
#include <asio/ip/address_v4.hpp>
#include <asio/ip/address_v6.hpp>
#include <charconv>
#include <memory>

#include "base/bytes.h"

namespace fanfare::http {

namespace {

constexpr std::size_t kUrlBytesMax = 2048;
constexpr std::size_t kHostBytesMax = 253;
constexpr std::size_t kLabelBytesMax = 63;

base::Error refused(std::string what) { return base::invalid("URL: " + std::move(what), "url"); }

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_alphanumeric(char c) { return (c >= 'a' && c <= 'z') || is_digit(c); }
bool is_ascii(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

int hex_value(char c) {
  if (is_digit(c)) return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

std::uint16_t default_port(Scheme scheme) { return scheme == Scheme::Https ? 443 : 80; }

/// The A-label form by IDNA2008 without any mapping: what only looks like another name after
/// folding (full-width digits, ideographic dots) is refused, not folded.
std::optional<std::string> to_a_labels(const std::string& host) {
  char* converted = nullptr;
  const int flags = IDN2_NFC_INPUT | IDN2_NO_TR46 | IDN2_USE_STD3_ASCII_RULES;
  const int code = idn2_to_ascii_8z(host.c_str(), &converted, flags);
  const std::unique_ptr<char, void (*)(void*)> owned(converted, idn2_free);
  if (code != IDN2_OK) return std::nullopt;
  return std::string(owned.get());
}

bool is_label(std::string_view label) {
  const bool sized = !label.empty() && label.size() <= kLabelBytesMax;
  return sized && label.front() != '-' && label.back() != '-' &&
         std::ranges::all_of(label,
                             [](char c) { return is_alphanumeric(c) || c == '-' || c == '_'; });
}

/// A last label that some resolver would take for a number.
bool looks_numeric(std::string_view host) {
  const std::string_view last = host.substr(host.rfind('.') + 1);
  return last.starts_with("0x") || std::ranges::all_of(last, is_digit);
}

base::Result<void> check_name(std::string_view host) {
  if (host.size() > kHostBytesMax) return refused("the host name is longer than 253");
  std::error_code error;
  if (looks_numeric(host)) {
    asio::ip::make_address_v4(host, error);
    if (error) return refused("the host is a number but not a dotted IPv4 address");
    return {};
  }
  for (std::string_view rest = host;;) {
    const std::size_t dot = rest.find('.');
    if (!is_label(rest.substr(0, dot))) return refused("the host is not a valid name");
    if (dot == std::string_view::npos) return {};
    rest.remove_prefix(dot + 1);
  }
}

base::Result<void> read_host(std::string_view text, Url& url) {
  if (text.starts_with('[')) {
    std::error_code error;
    const auto address = asio::ip::make_address_v6(text.substr(1, text.size() - 2), error);
    const bool zoned = text.find('%') != std::string_view::npos;
    if (error || zoned || !text.ends_with(']')) return refused("not an IPv6 address in brackets");
    url.host = address.to_string();
    url.host_is_ipv6 = true;
    return {};
  }
  if (text.empty()) return refused("no host");
  std::string host(text);
  if (!is_ascii(host)) {
    const auto converted = to_a_labels(host);
    if (!converted) return refused("the host is not a valid international name");
    host = *converted;
  }
  url.host = base::ascii_lower(host);
  return check_name(url.host);
}

base::Result<void> read_port(std::string_view text, Url& url) {
  unsigned port = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  const bool number = error == std::errc() && end == text.data() + text.size();
  if (!number || text.size() > 5 || port == 0 || port > 65535) {
    return refused("the port is not a number from 1 to 65535");
  }
  url.port = static_cast<std::uint16_t>(port);
  return {};
}

base::Result<void> read_authority(std::string_view text, Url& url) {
  if (text.find('@') != std::string_view::npos) return refused("user information is not taken");
  const std::size_t bracket = text.rfind(']');
  const std::size_t colon = text.find(':', bracket == std::string_view::npos ? 0 : bracket);
  auto host = read_host(text.substr(0, colon), url);
  if (!host) return host;
  url.port = default_port(url.scheme);
  if (colon == std::string_view::npos) return {};
  return read_port(text.substr(colon + 1), url);
}

base::Result<void> check_bytes(std::string_view text) {
  if (text.empty()) return refused("empty");
  if (text.size() > kUrlBytesMax) return refused("longer than 2048 bytes");
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte <= 0x20 || byte == 0x7f) return refused("contains a space or control character");
    if (c == '\\') return refused("contains a backslash");
    if (c == '#') return refused("a fragment is not taken");
  }
  return {};
}

bool has_well_formed_escapes(std::string_view text) { return percent_decode(text).has_value(); }

}  // namespace

base::Result<Url> parse_url(std::string_view text) {
  auto bytes = check_bytes(text);
  if (!bytes) return bytes.error();
  Url url;
  const std::size_t mark = text.find("://");
  if (mark == std::string_view::npos) return refused("must begin with https:// or http://");
  const std::string scheme = base::ascii_lower(text.substr(0, mark));
  if (scheme != "https" && scheme != "http") return refused("only https and http are taken");
  url.scheme = scheme == "https" ? Scheme::Https : Scheme::Http;
  text.remove_prefix(mark + 3);
  const std::size_t end = std::min(text.find_first_of("/?"), text.size());
  auto authority = read_authority(text.substr(0, end), url);
  if (!authority) return authority.error();
  const std::string_view target = text.substr(end);
  if (!is_ascii(target)) return refused("path and query must be percent-encoded");
  const std::string_view path = target.substr(0, target.find('?'));
  if (!has_well_formed_escapes(path)) return refused("a percent escape in the path is malformed");
  url.target = target.starts_with('/') ? std::string(target) : "/" + std::string(target);
  return url;
}

std::string Url::host_header() const {
  std::string text = host_is_ipv6 ? "[" + host + "]" : host;
  if (port != default_port(scheme)) text += ":" + std::to_string(port);
  return text;
}

std::string Url::origin() const {
  return (scheme == Scheme::Https ? "https://" : "http://") + host_header();
}

std::string Url::without_query() const { return origin() + target.substr(0, target.find('?')); }

std::optional<std::string> percent_decode(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      out.push_back(text[i]);
      continue;
    }
    if (i + 2 >= text.size()) return std::nullopt;
    const int high = hex_value(text[i + 1]);
    const int low = hex_value(text[i + 2]);
    if (high < 0 || low < 0) return std::nullopt;
    out.push_back(static_cast<char>(high * 16 + low));
    i += 2;
  }
  return out;
}

std::string percent_encode(std::string_view text) {
  constexpr std::string_view kHex = "0123456789ABCDEF";
  std::string out;
  for (const char c : text) {
    const bool unreserved = is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                            c == '-' || c == '.' || c == '_' || c == '~';
    if (unreserved) {
      out.push_back(c);
      continue;
    }
    const auto byte = static_cast<unsigned char>(c);
    out.push_back('%');
    out.push_back(kHex[byte >> 4]);
    out.push_back(kHex[byte & 15]);
  }
  return out;
}

std::vector<std::pair<std::string, std::string>> query_parameters(std::string_view query) {
  std::vector<std::pair<std::string, std::string>> out;
  while (!query.empty()) {
    const std::size_t end = query.find('&');
    const std::string_view pair = query.substr(0, end);
    const std::size_t equals = pair.find('=');
    const std::string_view name = pair.substr(0, equals);
    const std::string_view value =
        equals == std::string_view::npos ? std::string_view() : pair.substr(equals + 1);
    if (!pair.empty()) {
      out.emplace_back(percent_decode(name).value_or(std::string(name)),
                       percent_decode(value).value_or(std::string(value)));
    }
    if (end == std::string_view::npos) break;
    query.remove_prefix(end + 1);
  }
  return out;
}

std::optional<std::string> query_parameter(std::string_view query, std::string_view name) {
  for (auto& [candidate, value] : query_parameters(query)) {
    if (base::ascii_iequals(candidate, name)) return std::move(value);
  }
  return std::nullopt;
}

}  // namespace fanfare::http
