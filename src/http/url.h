#pragma once
/// Absolute http and https URLs, read strictly, and the pieces of request targets.
/// One reading only: what two parsers could take for two hosts is refused (userinfo, backslashes,
/// numbers as hosts, percent signs in hosts, fragments).
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"

namespace fanfare::http {

enum class Scheme : std::uint8_t { Http, Https };

struct Url {
  Scheme scheme = Scheme::Https;
  std::string host;  ///< lower case; an IPv6 literal without its brackets
  bool host_is_ipv6 = false;
  std::uint16_t port = 0;  ///< the default one filled in
  std::string target;      ///< path and query verbatim; "/" when the path is empty

  /// "https://hooks.example.com:8443", the port only where it is not the default.
  std::string origin() const;
  /// The Host header's value.
  std::string host_header() const;
  /// origin() and the path, without the query, which often holds a key: fit for logs.
  std::string without_query() const;
};

/// Non-ASCII labels are converted to their A-label (xn--) form. Errors: InvalidArgument with what
/// is wrong.
base::Result<Url> parse_url(std::string_view text);

/// Resolves percent escapes. nullopt when one is malformed.
std::optional<std::string> percent_decode(std::string_view text);
/// Escapes all but unreserved characters (RFC 3986).
std::string percent_encode(std::string_view text);

/// The first parameter of that name, decoded ('+' stays '+': clients send SAS keys and timestamps
/// unescaped). A value with a malformed escape is returned as it came. Names compare without case,
/// as Azure's services do.
std::optional<std::string> query_parameter(std::string_view query, std::string_view name);
/// All of them, in order.
std::vector<std::pair<std::string, std::string>> query_parameters(std::string_view query);

}  // namespace fanfare::http
