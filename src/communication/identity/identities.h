#pragma once
/// The identities of communication resources and their user access tokens.
///
/// Who exists stands in the view (communication/identity/store.h); in memory are only the signing
/// keys, the revocations of the last day and a bounded cache of verified tokens. Every change is a
/// commit, so a revocation holds from the moment it is answered, on every node and after a restart.
#include <array>
#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "auth/hmac_request.h"
#include "auth/verified_cache.h"
#include "base/async.h"
#include "base/clock.h"
#include "base/random.h"
#include "base/result.h"
#include "base/turnstile.h"
#include "communication/committer.h"
#include "communication/identity/revocations.h"
#include "communication/identity/signing_keys.h"
#include "communication/identity/store.h"
#include "communication/identity/user_token.h"
#include "communication/resource.h"
#include "view/records.h"

namespace fanfare::communication::identity {

inline constexpr base::minutes kTokenLifetimeMin{60};
inline constexpr base::minutes kTokenLifetimeMax{1440};  ///< also the default
inline constexpr std::size_t kVerifiedTokensMax = 32'768;
inline constexpr std::size_t kCustomIdBytesMax = 1024;  ///< 256 characters of up to four bytes

struct TokenWish {
  Scopes scopes = 0;
  base::minutes lifetime = kTokenLifetimeMax;
  /// The access key that signed the request: when that is regenerated the token dies.
  std::optional<auth::SigningKey> made_under;
};

struct IssuedToken {
  std::string token;
  base::TimePoint expires{};
};

struct IdentityWish {
  std::string custom_id;  ///< empty: none; else the same identity comes back each time
  std::optional<TokenWish> token;
};

struct CreatedIdentity {
  std::string user;
  std::optional<IssuedToken> token;
};

struct Identity {
  std::string user;
  std::string custom_id;  ///< empty: none
  std::optional<base::TimePoint> last_token;
};

struct TokenHolder {
  std::string user;
  Scopes scopes = 0;
};

/// Ends what a deleted identity has elsewhere, such as memberships of threads. Called when the
/// deletion is durable, before it is answered; and once more after each restart until it has
/// succeeded, so doing it twice must be harmless.
using DeletionListener =
    std::function<base::Async<base::Result<void>>(ResourcePtr resource, std::string user)>;

/// Thread-safe once it has been started.
class Identities {
 public:
  /// All outlive it. `worker` runs what blocks or takes long: reads of the view, signatures.
  Identities(Committer& committer, const view::Records& records, base::Clock& clock,
             base::Random& random, base::Executor worker);

  /// In this order: load() before Queue::start, whose listener calls apply(); then
  /// finish_deletions(). Errors: Corrupt, Unavailable.
  base::Result<void> load(std::span<const ResourcePtr> resources);
  void apply(const view::Batch& state);
  void on_deleted(DeletionListener listener) { listeners_.push_back(std::move(listener)); }
  /// Calls the listeners for deletions that a stop cut short.
  base::Async<void> finish_deletions(std::vector<ResourcePtr> resources);

  /// Errors of all: the view's and the log's; NotFound when there is no such identity,
  /// Unauthorized when the id is not one of this resource.
  base::Async<base::Result<CreatedIdentity>> create(ResourcePtr resource, IdentityWish wish);
  base::Async<base::Result<IssuedToken>> issue(ResourcePtr resource, std::string user,
                                               TokenWish wish);
  base::Async<base::Result<Identity>> find(ResourcePtr resource, std::string user);
  /// Kills every token issued before. Errors: also Unavailable (kRevocationsMax).
  base::Async<base::Result<void>> revoke(ResourcePtr resource, std::string user);
  /// Likewise, and the identity is no more.
  base::Async<base::Result<void>> remove(ResourcePtr resource, std::string user);

  /// Whose token it is. Does not block: a signature check at first, then a look into memory.
  /// Errors: Unauthorized with what is wrong, never with the token.
  base::Result<TokenHolder> verify(const ResourcePtr& resource, std::string_view token) const;

  std::size_t revocations() const { return revocations_.size(); }  ///< held in memory

 private:
  struct Verified {
    UserClaims claims;
    std::string kid;
    ResourcePtr resource;  ///< as it was when the token's access key was looked at
  };
  using Found = base::Result<std::optional<StoredIdentity>>;

  base::Async<Found> read(ResourcePtr resource, UserGuid guid);
  base::Async<base::Result<StoredIdentity>> require(ResourcePtr resource, UserGuid guid);
  base::Async<base::Result<std::optional<UserGuid>>> with_custom_id(ResourcePtr resource,
                                                                    std::string custom_id);
  base::Async<base::Result<CreatedIdentity>> make(ResourcePtr resource, IdentityWish wish);
  base::Async<base::Result<ResourceKeysPtr>> keys_of(ResourcePtr resource);
  base::Async<IssuedToken> sign(ResourcePtr resource, ResourceKeysPtr keys, UserClaims claims);
  base::Async<base::Result<void>> kill_tokens(ResourcePtr resource, UserGuid guid,
                                              StoredIdentity identity, std::uint32_t revocations,
                                              view::Batch change);
  base::Async<base::Result<void>> tell_deleted(ResourcePtr resource, UserGuid guid);
  base::Result<void> load(const Resource& resource);
  base::Result<Verified> verify_anew(const ResourcePtr& resource, std::string_view token) const;
  bool key_is_current(const Verified& verified, const Resource& resource) const;
  UserClaims claims_for(const Resource& resource, const UserGuid& guid,
                        const StoredIdentity& identity, const TokenWish& wish) const;
  base::Turnstile& turnstile_of(std::string_view user);

  Committer& committer_;
  const view::Records& records_;
  base::Clock& clock_;
  base::Random& random_;
  base::Executor worker_;
  std::vector<DeletionListener> listeners_;
  SigningKeys signing_keys_;
  Revocations revocations_;
  mutable auth::VerifiedCache<std::shared_ptr<const Verified>> verified_{kVerifiedTokensMax};
  base::Turnstile key_making_;
  /// Changes of one identity, and creations with one custom id, one after the other. Whoever holds
  /// a turn of the second may enter the first, never the other way round.
  std::array<base::Turnstile, 64> changes_;
  std::array<base::Turnstile, 16> custom_creations_;
};

}  // namespace fanfare::communication::identity
