#include "auth/hmac_request.h"

#include <algorithm>
#include <optional>
#include <vector>

#include "auth/signed_target.h"
#include "base/bytes.h"
#include "base/http_date.h"
#include "tls/hash.h"

namespace fanfare::auth {

namespace {

constexpr std::string_view kDate = "x-ms-date";
constexpr std::string_view kPlainDate = "date";
constexpr std::string_view kHost = "host";
constexpr std::string_view kContentHash = "x-ms-content-sha256";
constexpr std::string_view kAuthorization = "authorization";
constexpr std::size_t kSignedHeadersMax = 16;

base::Error unauthorized(std::string message, std::string_view target) {
  return {base::Errc::Unauthorized, std::move(message), std::string(target)};
}

struct Credential {
  std::vector<std::string> headers;  ///< names, lower case
  std::string_view signature;        ///< base64
};

std::vector<std::string> split_names(std::string_view list) {
  std::vector<std::string> out;
  for (;;) {
    const auto end = list.find(';');
    out.push_back(base::ascii_lower(list.substr(0, end)));
    if (end == std::string_view::npos) return out;
    list.remove_prefix(end + 1);
  }
}

/// `HMAC-SHA256 SignedHeaders=a;b&Signature=…`; a Credential=… before them is passed over.
std::optional<Credential> parse_credential(std::string_view authorization) {
  authorization.remove_prefix(kHmacScheme.size() + 1);
  Credential out;
  while (!authorization.empty()) {
    const auto part = authorization.substr(0, authorization.find('&'));
    authorization.remove_prefix(std::min(part.size() + 1, authorization.size()));
    const auto equals = std::min(part.find('='), part.size());
    const auto name = part.substr(0, equals);
    const auto value = part.substr(std::min(equals + 1, part.size()));
    if (base::ascii_iequals(name, "SignedHeaders") && out.headers.empty()) {
      out.headers = split_names(value);
    } else if (base::ascii_iequals(name, "Signature") && out.signature.empty()) {
      out.signature = value;
    } else if (!base::ascii_iequals(name, "Credential")) {
      return std::nullopt;
    }
  }
  if (out.headers.size() > kSignedHeadersMax || out.signature.empty()) return std::nullopt;
  return out;
}

/// The header that dates the request: x-ms-date where both are signed.
std::optional<std::string_view> date_header(const std::vector<std::string>& names) {
  for (const auto name : {kDate, kPlainDate}) {
    if (std::ranges::find(names, name) != names.end()) return name;
  }
  return std::nullopt;
}

base::Result<void> check_date(const http::Request& request, std::string_view header,
                              base::TimePoint now, base::Duration skew) {
  const auto date = base::parse_http_date(request.headers.get(header));
  if (!date) {
    return unauthorized("The header '" + std::string(header) +
                            "' must be a date such as Sun, 06 Nov 1994 08:49:37 GMT.",
                        header);
  }
  const auto second = std::chrono::floor<std::chrono::seconds>(now);  // as dates are written
  if (*date >= second - skew && *date <= second + skew) return {};
  return unauthorized("The header '" + std::string(header) +
                          "' differs too much from the server's time, " +
                          base::format_http_date(now) + ".",
                      header);
}

/// The values in the order of their names, the host as `host`.
std::string joined_values(const http::Request& request, const std::vector<std::string>& names,
                          std::string_view host) {
  std::string out;
  for (const auto& name : names) {
    if (!out.empty()) out.push_back(';');
    out.append(name == kHost ? host : request.headers.get(name));
  }
  return out;
}

std::vector<std::string> texts_to_sign(const http::Request& request,
                                       const std::vector<std::string>& names) {
  const auto method = http::to_string(request.method);
  std::vector<std::string> out;
  for (const auto& host : signed_hosts(request)) {
    const auto values = joined_values(request, names, host);
    for (const auto& target : signed_targets(request)) {
      out.push_back(std::string(method) + "\n" + target + "\n" + values);
    }
  }
  return out;
}

bool signed_with(std::string_view secret, const std::vector<std::string>& texts,
                 std::string_view signature) {
  return std::ranges::any_of(texts, [&](const std::string& text) {
    const auto made = base::base64_encode(tls::hmac_sha256(secret, text).bytes());
    return tls::equal_constant_time(made, signature);
  });
}

std::optional<SigningKey> signer_of(const std::vector<std::string>& texts,
                                    std::string_view signature, const KeyPair& keys) {
  for (const auto which : {SigningKey::Key1, SigningKey::Key2}) {
    const auto secret = base::base64_decode(keys[which == SigningKey::Key1 ? 0 : 1]);
    if (secret && !secret->empty() && signed_with(*secret, texts, signature)) return which;
  }
  return std::nullopt;
}

std::string content_hash(const http::Body& body) {
  return base::base64_encode(tls::sha256(body.view()).bytes());
}

/// A header that is signed once must not be sent twice: which of them counted?
std::optional<std::string> repeated(const http::Request& request,
                                    const std::vector<std::string>& names) {
  for (const auto& name : names) {
    if (request.headers.count(name) > 1) return name;
  }
  return std::nullopt;
}

}  // namespace

bool is_signed_request(const http::Request& request) {
  const auto value = request.headers.get(kAuthorization);
  return value.size() > kHmacScheme.size() && value[kHmacScheme.size()] == ' ' &&
         base::ascii_iequals(value.substr(0, kHmacScheme.size()), kHmacScheme);
}

base::Result<SigningKey> verify_signed_request(const http::Request& request, const KeyPair& keys,
                                               base::TimePoint now, base::Duration clock_skew) {
  const auto credential = is_signed_request(request)
                              ? parse_credential(request.headers.get(kAuthorization))
                              : std::nullopt;
  if (!credential) {
    return unauthorized(
        "The Authorization header must have the form "
        "'HMAC-SHA256 SignedHeaders=x-ms-date;host;x-ms-content-sha256&Signature=<signature>'.",
        kAuthorization);
  }
  const auto date = date_header(credential->headers);
  const auto has = [&](std::string_view name) {
    return std::ranges::find(credential->headers, name) != credential->headers.end();
  };
  if (!date || !has(kHost) || !has(kContentHash)) {
    return unauthorized("The signed headers must be x-ms-date;host;x-ms-content-sha256.",
                        kAuthorization);
  }
  if (auto twice = repeated(request, credential->headers))
    return unauthorized("The signed header '" + *twice + "' was sent more than once.", *twice);
  if (auto dated = check_date(request, *date, now, clock_skew); !dated) return dated.error();
  const auto signer =
      signer_of(texts_to_sign(request, credential->headers), credential->signature, keys);
  if (!signer) return unauthorized("Denied by the resource provider.", kAuthorization);
  if (!tls::equal_constant_time(request.headers.get(kContentHash), content_hash(request.body))) {
    return unauthorized("Request 'x-ms-content-sha256' differs from generated content hash.",
                        kContentHash);
  }
  return *signer;
}

base::Result<void> sign_request(http::Request& request, std::string_view key, base::TimePoint now) {
  const auto secret = base::base64_decode(key);
  if (!secret || secret->empty()) return base::invalid("the access key must be base64", "key");
  const std::string host(request.headers.get(kHost));
  if (host.empty()) return base::invalid("a request to be signed needs a Host header", "host");
  const std::vector<std::string> names = {std::string(kDate), std::string(kHost),
                                          std::string(kContentHash)};
  request.headers.set(kDate, base::format_http_date(now));
  request.headers.set(kContentHash, content_hash(request.body));
  const auto text = std::string(http::to_string(request.method)) + "\n" + request.target + "\n" +
                    joined_values(request, names, host);
  const auto signature = base::base64_encode(tls::hmac_sha256(*secret, text).bytes());
  request.headers.set(
      kAuthorization,
      "HMAC-SHA256 SignedHeaders=x-ms-date;host;x-ms-content-sha256&Signature=" + signature);
  return {};
}

}  // namespace fanfare::auth
