#include "communication/identity/identity_body.h"

#include <algorithm>
#include <utility>

#include "json/value.h"

namespace fanfare::communication::identity {

namespace {

constexpr std::size_t kCustomIdMax = 256;

/// A member that is there; null counts as absent, as some clients send it.
const json::Value* member(const json::Value& body, std::string_view name) {
  const auto* value = body.find(name);
  return value == nullptr || value->is_null() ? nullptr : value;
}

base::Result<json::Value> parse_body(std::string_view body) {
  auto value = json::parse(body);
  if (!value) return base::invalid("The body is not valid JSON: " + value.error().message, "body");
  if (!value->is_object()) return base::invalid("The body must be a JSON object.", "body");
  return value;
}

base::Error bad_scopes(std::string_view name) {
  return base::invalid(
      "Invalid scopes - Scopes must be a list of chat, voip, chat.join, chat.join.limited and "
      "voip.join.",
      std::string(name));
}

base::Result<Scopes> parse_scopes(const json::Value& value, std::string_view name) {
  const auto* list = value.if_array();
  if (list == nullptr) return bad_scopes(name);
  Scopes out = 0;
  for (const auto& entry : *list) {
    const auto* text = entry.if_string();
    const auto scope = text != nullptr ? parse_scope(*text) : std::nullopt;
    if (!scope) return bad_scopes(name);
    out = static_cast<Scopes>(out | static_cast<Scopes>(*scope));
  }
  return out;
}

base::Result<base::minutes> parse_lifetime(const json::Value& body) {
  constexpr std::string_view name = "expiresInMinutes";
  const auto* value = member(body, name);
  if (value == nullptr) return kTokenLifetimeMax;
  const auto minutes = value->as_int();
  if (!minutes || *minutes < kTokenLifetimeMin.count() || *minutes > kTokenLifetimeMax.count()) {
    return base::invalid(
        "Invalid expiresInMinutes - The value must be an integer between 60 and 1440.",
        std::string(name));
  }
  return base::minutes(*minutes);
}

/// Characters of a text in UTF-8.
std::size_t length(std::string_view text) {
  return static_cast<std::size_t>(std::ranges::count_if(
      text, [](char c) { return (static_cast<unsigned char>(c) & 0xc0) != 0x80; }));
}

base::Result<std::string> parse_custom_id(const json::Value& body) {
  constexpr std::string_view name = "customId";
  const auto* value = member(body, name);
  if (value == nullptr) return std::string();
  const auto* text = value->if_string();
  if (text == nullptr || text->empty() || length(*text) > kCustomIdMax)
    return base::invalid("Invalid customId - It must have 1 to 256 characters.", std::string(name));
  return *text;
}

/// `2023-10-10T21:39:39.3244584+00:00`
std::string timestamp(base::TimePoint time) {
  auto out = base::format_rfc3339(time);
  out.pop_back();
  return out + "+00:00";
}

json::Value token_value(const IssuedToken& token) {
  return json::Value::object({{"token", token.token}, {"expiresOn", timestamp(token.expires)}});
}

}  // namespace

base::Result<IdentityWish> parse_create(std::string_view text, CustomIds custom_ids) {
  constexpr std::string_view scopes_name = "createTokenWithScopes";
  IdentityWish out;
  if (text.empty()) return out;
  const auto body = parse_body(text);
  if (!body) return body.error();
  const auto lifetime = parse_lifetime(*body);
  if (!lifetime) return lifetime.error();
  if (custom_ids == CustomIds::Taken) {
    auto custom_id = parse_custom_id(*body);
    if (!custom_id) return custom_id.error();
    out.custom_id = *std::move(custom_id);
  }
  const auto* value = member(*body, scopes_name);
  if (value == nullptr) return out;
  const auto scopes = parse_scopes(*value, scopes_name);
  if (!scopes) return scopes.error();
  if (*scopes != 0) out.token = TokenWish{*scopes, *lifetime, {}};
  return out;
}

base::Result<TokenWish> parse_issue(std::string_view text) {
  constexpr std::string_view scopes_name = "scopes";
  const auto body = parse_body(text);
  if (!body) return body.error();
  const auto* value = member(*body, scopes_name);
  const auto scopes = value != nullptr ? parse_scopes(*value, scopes_name) : Scopes{0};
  if (!scopes) return scopes.error();
  if (*scopes == 0)
    return base::invalid("Invalid scopes - Scopes field is required.", std::string(scopes_name));
  const auto lifetime = parse_lifetime(*body);
  if (!lifetime) return lifetime.error();
  return TokenWish{*scopes, *lifetime, {}};
}

base::Result<void> check_exchange(std::string_view text) {
  const auto body = parse_body(text);
  if (!body) return body.error();
  for (const auto* name : {"token", "appId", "userId"}) {
    const auto* value = member(*body, name);
    if (value == nullptr || !value->is_string() || value->if_string()->empty()) {
      return base::invalid("Invalid " + std::string(name) + " - The field is required.", name);
    }
  }
  return {};
}

std::string write_created(const CreatedIdentity& created) {
  auto out = json::Value::object({{"identity", json::Value::object({{"id", created.user}})}});
  if (created.token) out.set("accessToken", token_value(*created.token));
  return json::write(out);
}

std::string write_token(const IssuedToken& token) { return json::write(token_value(token)); }

std::string write_identity(const Identity& identity) {
  auto out = json::Value::object({{"id", identity.user}});
  if (!identity.custom_id.empty()) out.set("customId", identity.custom_id);
  if (identity.last_token) out.set("lastTokenIssuedAt", timestamp(*identity.last_token));
  return json::write(out);
}

}  // namespace fanfare::communication::identity
