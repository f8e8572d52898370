#include "grid/publish_access.h"

#include <algorithm>

#include "auth/keys.h"
#include "auth/sas.h"
#include "auth/shared_key.h"
#include "base/bytes.h"

namespace fanfare::grid {

namespace {

using Refusal = std::optional<PublishRefusal>;

// The built-in role that holds Microsoft.EventGrid/events/send/action, by name and by id.
constexpr std::string_view kSenderRole = "EventGrid Data Sender";
constexpr std::string_view kSenderRoleId = "d5a91429-5739-47e2-a06b-3470a27159e7";

Refusal refuse(PublishFault fault, std::string message) {
  return PublishRefusal{fault, std::move(message)};
}

/// What follows the scheme in an Authorization header; nullopt when it has another scheme.
std::optional<std::string_view> after_scheme(std::string_view value, std::string_view scheme) {
  if (value.size() <= scheme.size() || value[scheme.size()] != ' ' ||
      !base::ascii_iequals(value.substr(0, scheme.size()), scheme)) {
    return std::nullopt;
  }
  value.remove_prefix(scheme.size());
  while (value.starts_with(' ')) value.remove_prefix(1);
  return value;
}

Refusal check_key(const Topic& topic, std::string_view key) {
  const auth::KeyPair keys{topic.key1, topic.key2};
  if (auth::check_shared_key(key, keys)) return std::nullopt;
  return refuse(PublishFault::Unauthorized, "The access key is not one of the topic's keys.");
}

Refusal check_sas(const Topic& topic, std::string_view token, const std::string& url,
                  base::TimePoint wall) {
  const auth::KeyPair keys{topic.key1, topic.key2};
  const auto verified = auth::verify_sas_token(token, url, keys, wall);
  if (verified) return std::nullopt;
  const bool malformed = verified.error().code == base::Errc::InvalidArgument;
  return refuse(malformed ? PublishFault::InvalidSas : PublishFault::Unauthorized,
                verified.error().message);
}

bool may_send(const auth::Principal& principal) {
  return std::ranges::any_of(principal.roles, [](const std::string& role) {
    return base::ascii_iequals(role, kSenderRole) || base::ascii_iequals(role, kSenderRoleId);
  });
}

Refusal check_bearer(std::string_view token, const auth::BearerVerifier& bearers) {
  const auto principal = bearers.verify(token, auth::kEventGridAudience);
  if (!principal) return refuse(PublishFault::Unauthorized, principal.error().message);
  if (may_send(*principal)) return std::nullopt;
  return refuse(PublishFault::Forbidden,
                "The token's holder lacks the role 'EventGrid Data Sender' on this topic.");
}

// A key or a token made with one: local authentication, which a topic may have turned off.
template <class Check>
Refusal check_local(const Topic& topic, Check check) {
  if (!topic.disable_local_auth) return check();
  return refuse(PublishFault::Forbidden,
                "Local authentication is disabled on this topic: send a bearer token.");
}

Refusal check_authorization(const Topic& topic, const PublishCredentials& credentials,
                            const auth::BearerVerifier& bearers, base::TimePoint wall) {
  const auto value = *credentials.authorization;
  if (const auto token = after_scheme(value, "Bearer")) return check_bearer(*token, bearers);
  if (const auto token = after_scheme(value, "SharedAccessSignature")) {
    return check_local(topic, [&] { return check_sas(topic, *token, credentials.url, wall); });
  }
  return refuse(PublishFault::Unauthorized,
                "The Authorization header must say 'SharedAccessSignature' or 'Bearer'.");
}

}  // namespace

Refusal refuse_publisher(const Topic& topic, const PublishCredentials& credentials,
                         const auth::BearerVerifier& bearers, base::TimePoint wall) {
  if (credentials.key) {
    return check_local(topic, [&] { return check_key(topic, *credentials.key); });
  }
  if (credentials.sas_token) {
    return check_local(
        topic, [&] { return check_sas(topic, *credentials.sas_token, credentials.url, wall); });
  }
  if (credentials.authorization) return check_authorization(topic, credentials, bearers, wall);
  if (const auto key = auth::key_in_query(credentials.query)) {
    return check_local(topic, [&] { return check_key(topic, *key); });
  }
  return refuse(PublishFault::Unauthorized,
                "The request has no credential: send the header aeg-sas-key or aeg-sas-token, or "
                "Authorization.");
}

}  // namespace fanfare::grid
