#include "auth/sas.h"

#include <optional>

#include "auth/percent.h"
#include "auth/sas_expiry.h"
#include "base/bytes.h"
#include "tls/hash.h"

namespace fanfare::auth {

namespace {

constexpr std::string_view kHeader = "aeg-sas-token";

struct Token {
  std::string_view signed_text;  ///< `r=…&e=…` as sent
  std::string resource;
  std::chrono::sys_seconds expiry;
  std::string signature;  ///< bytes
};

base::Error malformed(std::string_view why) {
  return base::invalid(
      "the SAS token must have the form r=<resource>&e=<expiry>&s=<signature>, each part "
      "URL-encoded: " +
          std::string(why),
      std::string(kHeader));
}

base::Error unauthorized(std::string why) {
  return {base::Errc::Unauthorized, std::move(why), std::string(kHeader)};
}

struct Parts {
  std::string_view signed_text;
  std::string_view resource;
  std::string_view expiry;
  std::string_view signature;
};

std::optional<Parts> split(std::string_view token) {
  const auto e = token.find("&e=");
  const auto s = e == std::string_view::npos ? e : token.find("&s=", e + 3);
  if (!token.starts_with("r=") || s == std::string_view::npos) return std::nullopt;
  Parts parts{token.substr(0, s), token.substr(2, e - 2), token.substr(e + 3, s - e - 3),
              token.substr(s + 3)};
  for (const auto part : {parts.resource, parts.expiry, parts.signature}) {
    if (part.empty() || part.find('&') != std::string_view::npos) return std::nullopt;
  }
  return parts;
}

base::Result<Token> parse(std::string_view text) {
  const auto parts = split(text);
  if (!parts) return malformed("r, e and s must stand in this order and must not be empty");
  Token token;
  token.signed_text = parts->signed_text;
  auto resource = percent_decode(parts->resource, PlusSign::Space);
  if (!resource) return malformed("r is not URL-encoded");
  token.resource = std::move(*resource);
  const auto expiry = percent_decode(parts->expiry, PlusSign::Space);
  const auto time = expiry ? parse_sas_expiry(*expiry) : std::nullopt;
  if (!time)
    return malformed("e must be a time such as 1/2/2030 3:04:05 PM or 2030-01-02T15:04:05Z");
  token.expiry = *time;
  const auto base64 = percent_decode(parts->signature, PlusSign::Itself);
  auto signature = base64 ? base::base64_decode(*base64) : std::nullopt;
  if (!signature) return malformed("s is not base64");
  token.signature = std::move(*signature);
  return token;
}

bool signed_by(const Token& token, std::string_view key) {
  const auto secret = base::base64_decode(key);
  const bool usable = secret && !secret->empty();
  const auto mac = tls::hmac_sha256(usable ? *secret : std::string("-"), token.signed_text);
  return tls::equal_constant_time(mac.bytes(), token.signature) && usable;
}

/// Lower case, without query and fragment, default port and closing slash.
std::string normalized(std::string_view url) {
  std::string out = base::ascii_lower(url.substr(0, url.find_first_of("?#")));
  const auto host = out.find("://");
  if (host == std::string::npos) return out;
  const std::string_view default_port = out.starts_with("https:") ? ":443" : ":80";
  const auto path = std::min(out.find('/', host + 3), out.size());
  if (std::string_view(out).substr(0, path).ends_with(default_port)) {
    out.erase(path - default_port.size(), default_port.size());
  }
  while (out.ends_with('/')) out.pop_back();
  return out;
}

bool covers(std::string_view resource, std::string_view url) {
  const auto prefix = normalized(resource);
  const auto whole = normalized(url);
  if (prefix.find("://") == std::string::npos || !whole.starts_with(prefix)) return false;
  return whole.size() == prefix.size() || whole[prefix.size()] == '/';
}

}  // namespace

base::Result<void> verify_sas_token(std::string_view token, std::string_view url,
                                    const KeyPair& keys, base::TimePoint now) {
  const auto parsed = parse(token);
  if (!parsed) return parsed.error();
  bool genuine = false;
  for (const auto key : keys) genuine |= signed_by(*parsed, key);
  if (!genuine)
    return unauthorized("the SAS token is signed by neither key1 nor key2 of the topic");
  if (parsed->expiry <= std::chrono::floor<std::chrono::seconds>(now))
    return unauthorized("the SAS token has expired");
  if (!covers(parsed->resource, url))
    return unauthorized("the SAS token is for another resource than " + std::string(url));
  return {};
}

base::Result<std::string> make_sas_token(std::string_view resource, base::TimePoint expiry,
                                         std::string_view key) {
  const auto secret = base::base64_decode(key);
  if (!secret || secret->empty()) return base::invalid("the access key must be base64", "key");
  std::string out =
      "r=" + percent_encode(resource) + "&e=" + percent_encode(base::format_rfc3339(expiry, 0));
  const auto mac = tls::hmac_sha256(*secret, out);
  return out + "&s=" + percent_encode(base::base64_encode(mac.bytes()));
}

}  // namespace fanfare::auth
