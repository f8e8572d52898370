#include "auth/jwt.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <optional>

#include "base/bytes.h"
#include "tls/hash.h"

namespace fanfare::auth {

namespace {

constexpr std::string_view kAlgorithm = "RS256";
constexpr int kDepthMax = 16;
constexpr double kSecondsMax = 9e9;  // the year 2255; a TimePoint ends in 2262
constexpr std::array<std::string_view, 7> kRefusedHeaders = {"crit", "b64", "zip", "jku",
                                                             "jwk",  "x5u", "x5c"};

base::Error refused(std::string_view why) {
  return {base::Errc::Unauthorized, "the token " + std::string(why), "token"};
}

struct Parts {
  std::string_view header;
  std::string_view payload;
  std::string_view signature;
  std::string_view signed_text;
};

std::optional<Parts> split(std::string_view token) {
  const auto first = token.find('.');
  if (first == std::string_view::npos) return std::nullopt;
  const auto second = token.find('.', first + 1);
  if (second == std::string_view::npos || token.find('.', second + 1) != std::string_view::npos)
    return std::nullopt;
  return Parts{token.substr(0, first), token.substr(first + 1, second - first - 1),
               token.substr(second + 1), token.substr(0, second)};
}

std::optional<json::Value> decode_object(std::string_view base64url) {
  const auto text = base::base64url_decode(base64url);
  if (!text) return std::nullopt;
  auto value = json::parse(*text, kDepthMax);
  if (!value || !value->is_object()) return std::nullopt;
  return *std::move(value);
}

std::string_view text_member(const json::Value& object, std::string_view name) {
  const auto* member = object.find(name);
  const auto* text = member != nullptr ? member->if_string() : nullptr;
  return text != nullptr ? std::string_view(*text) : std::string_view();
}

/// What is wrong with the header; nullopt when nothing is.
std::optional<base::Error> check_header(const json::Value& header) {
  for (const auto name : kRefusedHeaders) {
    if (header.find(name) != nullptr)
      return refused("has a header member that is not taken: " + std::string(name));
  }
  if (text_member(header, "alg") != kAlgorithm) return refused("is not signed with RS256");
  if (const auto* type = header.find("typ")) {
    if (!type->is_string()) return refused("has a type that is no text");
  }
  return std::nullopt;
}

const JwtKey* find_key(const JwtKeySet& keys, std::string_view kid) {
  const auto it = std::ranges::find(keys, kid, &JwtKey::kid);
  return it == keys.end() || kid.empty() ? nullptr : &*it;
}

/// nullopt when the member is absent, an error when it is no time.
base::Result<std::optional<base::TimePoint>> time_member(const json::Value& claims,
                                                         std::string_view name) {
  const auto* member = claims.find(name);
  if (member == nullptr) return std::optional<base::TimePoint>();
  const auto number = member->is_number() ? member->as_double() : std::nullopt;
  if (!number || !std::isfinite(*number) || *number < 0 || *number > kSecondsMax)
    return refused("has a time that is none: " + std::string(name));
  const auto nanoseconds = std::chrono::duration<double>(*number);
  return std::optional(base::TimePoint(std::chrono::duration_cast<base::Duration>(nanoseconds)));
}

base::Result<base::TimePoint> check_times(const json::Value& claims, base::Duration skew,
                                          base::TimePoint now) {
  const auto expiry = time_member(claims, "exp");
  if (!expiry) return expiry.error();
  if (!*expiry) return refused("has no expiry");
  if (**expiry + skew <= now) return refused("has expired");
  for (const auto* name : {"nbf", "iat"}) {
    const auto begin = time_member(claims, name);
    if (!begin) return begin.error();
    if (*begin && **begin > now + skew) return refused("is not valid yet");
  }
  return **expiry;
}

bool is_for(const json::Value& claims, std::string_view audience) {
  if (text_member(claims, "aud") == audience) return true;
  const auto* member = claims.find("aud");
  const auto* list = member != nullptr ? member->if_array() : nullptr;
  return list != nullptr && std::ranges::any_of(*list, [&](const json::Value& entry) {
           const auto* text = entry.if_string();
           return text != nullptr && *text == audience;
         });
}

}  // namespace

base::Result<Jwt> verify_jwt(std::string_view token, const JwtKeySet& keys, const JwtRules& rules,
                             base::TimePoint now) {
  if (token.size() > kJwtBytesMax) return refused("is longer than 16 KiB");
  const auto parts = split(token);
  if (!parts) return refused("has not three parts");
  const auto header = decode_object(parts->header);
  if (!header) return refused("has no JSON object as its header");
  if (auto wrong = check_header(*header)) return *std::move(wrong);
  const auto* key = find_key(keys, text_member(*header, "kid"));
  if (key == nullptr) return refused("names no key that is known here");
  const auto signature = base::base64url_decode(parts->signature);
  if (!signature || !key->key.verify(parts->signed_text, *signature))
    return refused("has a wrong signature");
  auto claims = decode_object(parts->payload);
  if (!claims) return refused("has no JSON object as its payload");
  const auto expiry = check_times(*claims, rules.clock_skew, now);
  if (!expiry) return expiry.error();
  if (!rules.issuer.empty() && text_member(*claims, "iss") != rules.issuer)
    return refused("is from another issuer");
  if (!rules.audience.empty() && !is_for(*claims, rules.audience))
    return refused("is for another audience");
  return Jwt{key->kid, *std::move(claims), *expiry};
}

std::string sign_jwt(const tls::RsaPrivateKey& key, std::string_view kid, std::string_view claims) {
  const auto header =
      json::Value::object({{"alg", kAlgorithm}, {"kid", kid}, {"x5t", kid}, {"typ", "JWT"}});
  std::string out =
      base::base64url_encode(json::write(header)) + "." + base::base64url_encode(claims);
  const auto signature = key.sign(out);
  return out + "." + base::base64url_encode(signature);
}

json::Value to_jwk(const JwtKey& key) {
  return json::Value::object({{"kty", "RSA"},
                              {"use", "sig"},
                              {"alg", kAlgorithm},
                              {"kid", key.kid},
                              {"n", base::base64url_encode(key.key.modulus())},
                              {"e", base::base64url_encode(key.key.exponent())}});
}

base::Result<JwtKeySet> parse_jwk_set(const json::Value& set) {
  const auto* member = set.find("keys");
  const auto* list = member != nullptr ? member->if_array() : nullptr;
  if (list == nullptr) return base::invalid("a JWK set must have an array 'keys'", "keys");
  JwtKeySet out;
  for (const auto& jwk : *list) {
    const bool signs = text_member(jwk, "kty") == "RSA" &&
                       (jwk.find("use") == nullptr || text_member(jwk, "use") == "sig") &&
                       (jwk.find("alg") == nullptr || text_member(jwk, "alg") == kAlgorithm);
    const auto kid = text_member(jwk, "kid");
    if (!signs || kid.empty()) continue;
    const auto modulus = base::base64url_decode(text_member(jwk, "n"));
    const auto exponent = base::base64url_decode(text_member(jwk, "e"));
    if (!modulus || !exponent) return base::invalid("n and e must be base64url", "keys");
    auto key = tls::RsaPublicKey::from_numbers(*modulus, *exponent);
    if (!key) return key.error();
    out.push_back({std::string(kid), *std::move(key)});
  }
  return out;
}

std::string thumbprint(const tls::RsaPublicKey& key) {
  const auto members = json::Value::object({{"e", base::base64url_encode(key.exponent())},
                                            {"kty", "RSA"},
                                            {"n", base::base64url_encode(key.modulus())}});
  return base::base64url_encode(tls::sha256(json::write(members)).bytes());
}

}  // namespace fanfare::auth
