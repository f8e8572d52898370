#pragma once
/// The keys that sign the tokens of each resource. They are records of the view like all else: made
/// when a resource needs one first, the same on every node and after every restart.
#include <map>
#include <memory>
#include <mutex>
#include <string_view>
#include <vector>

#include "auth/jwt.h"
#include "auth/jwt_signer.h"
#include "base/result.h"
#include "communication/resource.h"

namespace fanfare::communication::identity {

/// Immutable.
struct ResourceKeys {
  std::vector<auth::JwtSigner> signers;  ///< never empty; the first one signs
  auth::JwtKeySet trusted;               ///< of all of them

  /// Whether the mark that a token carries, which the signer `kid` signed, is one of `access_key`.
  bool marks(std::string_view mark, std::string_view kid, std::string_view access_key) const;
};
using ResourceKeysPtr = std::shared_ptr<const ResourceKeys>;

/// Thread-safe.
class SigningKeys {
 public:
  /// Null when the resource has none yet.
  ResourceKeysPtr of(ResourceId resource) const;
  /// Passed over when it is there. Errors: Corrupt.
  base::Result<void> put(ResourceId resource, std::string_view pem);

 private:
  mutable std::mutex mutex_;
  std::map<ResourceId, ResourceKeysPtr> keys_;
};

}  // namespace fanfare::communication::identity
