#include "communication/identity/identities.h"

#include <algorithm>
#include <utility>

#include "base/blocking.h"
#include "base/log.h"

namespace fanfare::communication::identity {

namespace {

/// Two nodes' clocks may differ a little; a longer life than was promised is not given.
constexpr base::Duration kClockSkew = base::seconds(5);
/// How far the wall clock may be put back before a revocation of tokens that had ended is missed.
constexpr base::Duration kClockMargin = base::hours(1);
constexpr std::size_t kOutlivedAtOnce = 64;

base::Error no_such_identity() {
  return {base::Errc::NotFound, "Provided identity doesn't exist.", {}};
}

base::Error not_owned() {
  return {base::Errc::Unauthorized, "Provided identity doesn't belong to the resource.", {}};
}

base::Error bad_token(std::string why) {
  return {base::Errc::Unauthorized, std::move(why), "token"};
}

/// When the last token that may be about has ended; nullopt when none can be.
std::optional<std::uint32_t> tokens_until(const StoredIdentity& identity, base::TimePoint wall) {
  if (!identity.last_token) return std::nullopt;
  const auto end = *identity.last_token + kTokenLifetimeMax + kClockMargin;
  if (end <= wall) return std::nullopt;
  return static_cast<std::uint32_t>(
      std::chrono::ceil<std::chrono::seconds>(end).time_since_epoch().count());
}

}  // namespace

Identities::Identities(Committer& committer, const view::Records& records, base::Clock& clock,
                       base::Random& random, base::Executor worker)
    : committer_(committer), records_(records), clock_(clock), random_(random), worker_(worker) {}

base::Turnstile& Identities::turnstile_of(std::string_view user) {
  return changes_[std::hash<std::string_view>()(user) % changes_.size()];
}

// What is known in memory.

base::Result<void> Identities::load(std::span<const ResourcePtr> resources) {
  for (const auto& resource : resources) {
    if (auto loaded = load(*resource); !loaded) return loaded.error();
  }
  return {};
}

base::Result<void> Identities::load(const Resource& resource) {
  const Keys keys(resource.id);
  view::Batch found;
  const auto take = [&](std::string_view key, std::string_view value) {
    found.put(std::string(key), std::string(value));
    return true;
  };
  const auto now = std::chrono::floor<std::chrono::seconds>(clock_.wall()).time_since_epoch();
  const auto from = keys.revoked_from(static_cast<std::uint32_t>(now.count()));
  if (auto read = records_.scan(keys.revoked(), from, take); !read) return read.error();
  if (auto read = records_.scan(keys.signing_keys(), {}, take); !read) return read.error();
  apply(found);
  return {};
}

void Identities::apply(const view::Batch& state) {
  constexpr std::string_view revoked = "revoked/";
  constexpr std::string_view signing_key = "key/";
  for (const auto& change : state.changes()) {
    const auto key = parse_key(change.key);
    if (!key) continue;
    if (key->rest.starts_with(revoked)) {
      const auto parsed = parse_revoked(key->rest.substr(revoked.size()));
      const auto count = change.value ? decode_revocations(*change.value) : 0u;
      if (parsed && !change.value) revocations_.erase(*parsed);
      if (parsed && change.value && count) revocations_.put(*parsed, *count);
    } else if (key->rest.starts_with(signing_key) && change.value) {
      if (auto put = signing_keys_.put(key->resource, *change.value); !put) {
        base::log(base::LogLevel::Error, "identity", "a signing key is left out",
                  {{"key", change.key}, {"reason", put.error().message}});
      }
    }
  }
}

// Reading.

base::Async<Identities::Found> Identities::read(ResourcePtr resource, UserGuid guid) {
  std::function<Found()> work = [this, id = resource->id, guid] {
    return read_identity(records_, id, guid);
  };
  co_return co_await base::on_worker<Found>(worker_, std::move(work));
}

base::Async<base::Result<StoredIdentity>> Identities::require(ResourcePtr resource, UserGuid guid) {
  auto found = co_await read(std::move(resource), guid);
  if (!found) co_return found.error();
  if (!*found) co_return no_such_identity();
  co_return **std::move(found);
}

base::Async<base::Result<Identity>> Identities::find(ResourcePtr resource, std::string user) {
  const auto guid = guid_of(*resource, user);
  if (!guid) co_return not_owned();
  auto found = co_await require(resource, *guid);
  if (!found) co_return found.error();
  Identity out{std::move(user), std::move(found->custom_id), found->last_token};
  co_return out;
}

base::Async<base::Result<std::optional<UserGuid>>> Identities::with_custom_id(
    ResourcePtr resource, std::string custom_id) {
  using Text = base::Result<std::optional<std::string>>;
  std::function<Text()> work = [this, key = Keys(resource->id).custom(custom_id)] {
    return records_.get(key);
  };
  const auto text = co_await base::on_worker<Text>(worker_, std::move(work));
  if (!text) co_return text.error();
  std::optional<UserGuid> guid;
  if (*text) guid = parse_user_guid(**text);
  co_return guid;
}

// Keys and tokens.

base::Async<base::Result<ResourceKeysPtr>> Identities::keys_of(ResourcePtr resource) {
  auto keys = signing_keys_.of(resource->id);
  if (keys) co_return keys;
  const auto turn = co_await key_making_.enter();
  keys = signing_keys_.of(resource->id);
  if (keys) co_return keys;
  using Signer = std::optional<auth::JwtSigner>;  // what comes from a worker is first empty
  std::function<Signer()> work = [] { return auth::JwtSigner::generate(); };
  const auto made = co_await base::on_worker<Signer>(worker_, std::move(work));
  view::Batch change;
  change.put(Keys(resource->id).signing_key(made->kid()), made->pem());
  std::vector<RaisedEvent> no_events;
  const auto kept = co_await committer_.commit(resource, std::move(change), std::move(no_events));
  if (!kept) co_return kept.error();
  co_return signing_keys_.of(resource->id);
}

UserClaims Identities::claims_for(const Resource& resource, const UserGuid& guid,
                                  const StoredIdentity& identity, const TokenWish& wish) const {
  UserClaims out;
  out.user = guid;
  out.resource = resource.immutable_id;
  out.scopes = wish.scopes;
  out.issued = *identity.last_token;
  out.expires = std::chrono::floor<std::chrono::seconds>(out.issued + wish.lifetime);
  out.revocations = identity.revocations;
  return out;
}

base::Async<IssuedToken> Identities::sign(ResourcePtr resource, ResourceKeysPtr keys,
                                          UserClaims claims) {
  std::function<IssuedToken()> work = [resource = std::move(resource), keys = std::move(keys),
                                       claims = std::move(claims)] {
    return IssuedToken{keys->signers.front().sign(write_claims(claims, *resource)), claims.expires};
  };
  co_return co_await base::on_worker<IssuedToken>(worker_, std::move(work));
}

namespace {

void mark(UserClaims& claims, const ResourceKeys& keys, const Resource& resource,
          const std::optional<auth::SigningKey>& made_under) {
  if (!made_under) return;
  const auto& key = *made_under == auth::SigningKey::Key1 ? resource.key1 : resource.key2;
  claims.key_mark = keys.signers.front().mark(key);
}

}  // namespace

base::Async<base::Result<IssuedToken>> Identities::issue(ResourcePtr resource, std::string user,
                                                         TokenWish wish) {
  const auto guid = guid_of(*resource, user);
  if (!guid) co_return not_owned();
  auto keys = co_await keys_of(resource);
  if (!keys) co_return keys.error();
  UserClaims claims;
  {
    const auto turn = co_await turnstile_of(user).enter();
    auto identity = co_await require(resource, *guid);
    if (!identity) co_return identity.error();
    identity->last_token = clock_.wall();
    view::Batch change;
    change.put(Keys(resource->id).user(*guid), encode(*identity));
    std::vector<RaisedEvent> no_events;
    const auto kept = co_await committer_.commit(resource, std::move(change), std::move(no_events));
    if (!kept) co_return kept.error();
    claims = claims_for(*resource, *guid, *identity, wish);
  }
  mark(claims, **keys, *resource, wish.made_under);
  co_return co_await sign(std::move(resource), *std::move(keys), std::move(claims));
}

base::Async<base::Result<CreatedIdentity>> Identities::make(ResourcePtr resource,
                                                            IdentityWish wish) {
  ResourceKeysPtr keys;
  if (wish.token) {
    auto found = co_await keys_of(resource);
    if (!found) co_return found.error();
    keys = *std::move(found);
  }
  const auto guid = new_user_guid(random_);
  StoredIdentity identity;
  identity.created = clock_.wall();
  if (wish.token) identity.last_token = identity.created;
  identity.custom_id = wish.custom_id;
  const Keys names(resource->id);
  view::Batch change;
  change.put(names.user(guid), encode(identity));
  if (!wish.custom_id.empty()) change.put(names.custom(wish.custom_id), guid.text());
  std::vector<RaisedEvent> no_events;
  const auto kept = co_await committer_.commit(resource, std::move(change), std::move(no_events));
  if (!kept) co_return kept.error();
  CreatedIdentity out{user_id(*resource, guid), {}};
  if (!wish.token) co_return out;
  auto claims = claims_for(*resource, guid, identity, *wish.token);
  mark(claims, *keys, *resource, wish.token->made_under);
  out.token = co_await sign(std::move(resource), std::move(keys), std::move(claims));
  co_return out;
}

base::Async<base::Result<CreatedIdentity>> Identities::create(ResourcePtr resource,
                                                              IdentityWish wish) {
  if (wish.custom_id.empty()) co_return co_await make(std::move(resource), std::move(wish));
  const auto place = std::hash<std::string>()(wish.custom_id) % custom_creations_.size();
  const auto turn = co_await custom_creations_[place].enter();
  const auto known = co_await with_custom_id(resource, wish.custom_id);
  if (!known) co_return known.error();
  if (!*known) co_return co_await make(std::move(resource), std::move(wish));
  CreatedIdentity out{user_id(*resource, **known), {}};
  if (!wish.token) co_return out;
  auto token = co_await issue(resource, out.user, *wish.token);
  if (!token) co_return token.error();
  out.token = *std::move(token);
  co_return out;
}

// Revoking and deleting.

base::Async<base::Result<void>> Identities::kill_tokens(ResourcePtr resource, UserGuid guid,
                                                        StoredIdentity identity,
                                                        std::uint32_t revocations,
                                                        view::Batch change) {
  const auto wall = clock_.wall();
  const Keys names(resource->id);
  if (const auto until = tokens_until(identity, wall)) {
    if (revocations_.size() >= kRevocationsMax) {
      co_return base::Error{base::Errc::Unavailable, "too many revocations within a day", {}};
    }
    change.put(names.revoked({*until, guid}), encode_revocations(revocations));
  }
  using Outlived = base::Result<std::vector<std::string>>;
  std::function<Outlived()> work = [this, id = resource->id, wall] {
    return outlived_revocations(records_, id, wall, kOutlivedAtOnce);
  };
  auto outlived = co_await base::on_worker<Outlived>(worker_, std::move(work));
  if (!outlived) co_return outlived.error();
  for (auto& key : *outlived) change.erase(std::move(key));
  std::vector<RaisedEvent> no_events;
  const auto kept = co_await committer_.commit(resource, std::move(change), std::move(no_events));
  if (!kept) co_return kept.error();
  co_return base::Result<void>();
}

base::Async<base::Result<void>> Identities::revoke(ResourcePtr resource, std::string user) {
  const auto guid = guid_of(*resource, user);
  if (!guid) co_return not_owned();
  const auto turn = co_await turnstile_of(user).enter();
  auto identity = co_await require(resource, *guid);
  if (!identity) co_return identity.error();
  ++identity->revocations;
  view::Batch change;
  change.put(Keys(resource->id).user(*guid), encode(*identity));
  const auto revocations = identity->revocations;
  co_return co_await kill_tokens(std::move(resource), *guid, *std::move(identity), revocations,
                                 std::move(change));
}

base::Async<base::Result<void>> Identities::remove(ResourcePtr resource, std::string user) {
  const auto guid = guid_of(*resource, user);
  if (!guid) co_return not_owned();
  {
    const auto turn = co_await turnstile_of(user).enter();
    auto identity = co_await require(resource, *guid);
    if (!identity) co_return identity.error();
    const Keys names(resource->id);
    view::Batch change;
    change.erase(names.user(*guid));
    if (!identity->custom_id.empty()) change.erase(names.custom(identity->custom_id));
    if (!listeners_.empty()) change.put(names.leaving(*guid), "");
    const auto killed =
        co_await kill_tokens(resource, *guid, *std::move(identity), kDeleted, std::move(change));
    if (!killed) co_return killed.error();
  }
  const auto told = co_await tell_deleted(std::move(resource), *guid);
  if (!told) {
    base::log(base::LogLevel::Warn, "identity",
              "what a deleted identity had elsewhere is ended after the next start",
              {{"reason", told.error().message}});
  }
  co_return base::Result<void>();
}

base::Async<base::Result<void>> Identities::tell_deleted(ResourcePtr resource, UserGuid guid) {
  if (listeners_.empty()) co_return base::Result<void>();
  const auto user = user_id(*resource, guid);
  for (const auto& listener : listeners_) {
    const auto told = co_await listener(resource, user);
    if (!told) co_return told.error();
  }
  view::Batch change;
  change.erase(Keys(resource->id).leaving(guid));
  std::vector<RaisedEvent> no_events;
  const auto kept = co_await committer_.commit(resource, std::move(change), std::move(no_events));
  if (!kept) co_return kept.error();
  co_return base::Result<void>();
}

base::Async<void> Identities::finish_deletions(std::vector<ResourcePtr> resources) {
  for (const auto& resource : resources) {
    using Leaving = base::Result<std::vector<UserGuid>>;
    std::function<Leaving()> work = [this, prefix = Keys(resource->id).leaving()]() -> Leaving {
      std::vector<UserGuid> out;
      auto scanned = records_.scan(prefix, {}, [&](std::string_view key, std::string_view) {
        if (const auto guid = parse_user_guid(key.substr(prefix.size()))) out.push_back(*guid);
        return true;
      });
      if (!scanned) return scanned.error();
      return out;
    };
    const auto leaving = co_await base::on_worker<Leaving>(worker_, std::move(work));
    if (!leaving) continue;
    for (const auto& guid : *leaving) {
      const auto told = co_await tell_deleted(resource, guid);
      if (told) continue;
      base::log(base::LogLevel::Warn, "identity", "a deletion could not be finished",
                {{"reason", told.error().message}});
    }
  }
}

// Checking tokens.

bool Identities::key_is_current(const Verified& verified, const Resource& resource) const {
  const auto& mark = verified.claims.key_mark;
  if (mark.empty()) return true;
  const auto keys = signing_keys_.of(resource.id);
  return keys && (keys->marks(mark, verified.kid, resource.key1) ||
                  keys->marks(mark, verified.kid, resource.key2));
}

base::Result<Identities::Verified> Identities::verify_anew(const ResourcePtr& resource,
                                                           std::string_view token) const {
  const auto keys = signing_keys_.of(resource->id);
  if (!keys) return bad_token("the token was not issued for this resource");
  const auth::JwtRules rules{{}, {}, kClockSkew};
  const auto jwt = auth::verify_jwt(token, keys->trusted, rules, clock_.wall());
  if (!jwt) return jwt.error();
  auto claims = read_claims(jwt->claims);
  if (!claims) return claims.error();
  return Verified{*std::move(claims), jwt->kid, nullptr};
}

base::Result<TokenHolder> Identities::verify(const ResourcePtr& resource,
                                             std::string_view token) const {
  if (token.size() > auth::kJwtBytesMax) return bad_token("the token is longer than 16 KiB");
  auto known = verified_.find(token).value_or(nullptr);
  if (!known || known->resource != resource) {
    auto verified = verify_anew(resource, token);
    if (!verified) return verified.error();
    if (!key_is_current(*verified, *resource))
      return bad_token("the access key under which the token was made has been regenerated");
    verified->resource = resource;
    known = std::make_shared<const Verified>(*std::move(verified));
    verified_.put(token, known);
  }
  const auto& claims = known->claims;
  if (claims.resource != resource->immutable_id)
    return bad_token("the token was not issued for this resource");
  if (claims.expires <= clock_.wall()) return bad_token("the token has expired");
  if (!revocations_.allows(claims.user, claims.revocations))
    return bad_token("the token has been revoked");
  return TokenHolder{user_id(*resource, claims.user), claims.scopes};
}

}  // namespace fanfare::communication::identity
