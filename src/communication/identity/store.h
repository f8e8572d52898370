#pragma once
/// The view's records of identities. Persisted: never renumber, never reorder.
/// Below `comm/<resource>/identity/`:
///
///   user/<guid>             := version:u8 (1)  created:i64  last_token:i64 (0: none)
///                              revocations:varint  custom_id:bytes
///   custom/<custom id>      := the guid of the identity that has this custom id
///   revoked/<until>/<guid>  := version:u8 (1)  revocations:varint: tokens with less are dead; such
///                              ones may be about until `until` (ten digits, seconds since 1970),
///                              then the record goes
///   leaving/<guid>          := empty; deleted, but what it has elsewhere is not yet ended
///   key/<kid>               := private key that signs tokens, PEM (PKCS#8)
///
/// Numbers are little endian, times nanoseconds since 1970 where nothing else is said.
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/time.h"
#include "communication/identity/user_id.h"
#include "communication/resource.h"
#include "view/records.h"

namespace fanfare::communication::identity {

struct StoredIdentity {
  base::TimePoint created{};
  std::optional<base::TimePoint> last_token;
  std::uint32_t revocations = 0;
  std::string custom_id;  ///< empty: none
};

/// Of one that is no more; no token has as many.
inline constexpr std::uint32_t kDeleted = 0xffffffff;

struct RevokedKey {
  std::uint32_t until = 0;  ///< seconds since 1970
  UserGuid user;
};

class Keys {
 public:
  explicit Keys(ResourceId resource) : prefix_(area_prefix(resource, "identity")) {}
  std::string user(const UserGuid& guid) const { return prefix_ + "user/" + guid.text(); }
  std::string custom(std::string_view id) const { return prefix_ + "custom/" + std::string(id); }
  std::string revoked() const { return prefix_ + "revoked/"; }
  std::string revoked(const RevokedKey& key) const;
  /// Where the records begin whose `until` has not come yet.
  std::string revoked_from(std::uint32_t until) const;
  std::string leaving() const { return prefix_ + "leaving/"; }
  std::string leaving(const UserGuid& guid) const { return leaving() + guid.text(); }
  std::string signing_keys() const { return prefix_ + "key/"; }
  std::string signing_key(std::string_view kid) const { return signing_keys() + std::string(kid); }

 private:
  std::string prefix_;
};

/// A key of any resource, taken apart. nullopt when it is none of the areas'.
struct ParsedKey {
  ResourceId resource;
  std::string_view rest;  ///< behind `identity/`
};
std::optional<ParsedKey> parse_key(std::string_view key);
std::optional<RevokedKey> parse_revoked(std::string_view behind_revoked);

std::string encode(const StoredIdentity& identity);
std::string encode_revocations(std::uint32_t revocations);
/// Errors: Corrupt.
base::Result<StoredIdentity> decode_identity(std::string_view bytes);
base::Result<std::uint32_t> decode_revocations(std::string_view bytes);

/// The identity, or nullopt. Blocks. Errors: the view's, Corrupt.
base::Result<std::optional<StoredIdentity>> read_identity(const view::Records& records,
                                                          ResourceId resource,
                                                          const UserGuid& guid);

/// Keys of revocations that have served their time, at most `count_max`. Blocks.
base::Result<std::vector<std::string>> outlived_revocations(const view::Records& records,
                                                            ResourceId resource,
                                                            base::TimePoint wall,
                                                            std::size_t count_max);

}  // namespace fanfare::communication::identity
