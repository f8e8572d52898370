#pragma once
/// The keys that sign the tokens of each resource. They are records of the view like all else: made
/// when a resource needs one first, the same on every node and after every restart.
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "auth/jwt.h"
#include "base/result.h"
#include "communication/resource.h"
#include "tls/signing.h"

namespace fanfare::communication::identity {

/// Immutable.
struct ResourceKeys {
  struct Key {
    std::string kid;
    tls::RsaPrivateKey key;
    std::string secret;  ///< marks access keys; follows from the private key
  };
  std::vector<Key> keys;  ///< never empty; the first one signs
  auth::JwtKeySet trusted;

  /// What a token carries of the access key under which it was made: enough to notice that the key
  /// has gone, nothing to guess it by. `kid` is the key that signs the token.
  std::string mark(std::string_view kid, std::string_view access_key) const;
};
using ResourceKeysPtr = std::shared_ptr<const ResourceKeys>;

/// Thread-safe.
class SigningKeys {
 public:
  /// Null when the resource has none yet.
  ResourceKeysPtr of(ResourceId resource) const;
  /// Errors: Corrupt.
  base::Result<void> put(ResourceId resource, std::string_view kid, std::string_view pem);

 private:
  mutable std::mutex mutex_;
  std::map<ResourceId, ResourceKeysPtr> keys_;
};

}  // namespace fanfare::communication::identity
