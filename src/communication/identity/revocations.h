#pragma once
/// Whose tokens have been revoked, in memory: what each check of a token asks. Only revocations of
/// the last day count, since no token lives longer; so its size follows the revocations (about 60
/// bytes each), not the identities. Built from the view's records and kept by the commits.
#include <cstdint>
#include <shared_mutex>
#include <unordered_map>

#include "communication/identity/store.h"

namespace fanfare::communication::identity {

/// More at a time are not taken: the service's own limits allow 1,440,000 a day.
inline constexpr std::size_t kRevocationsMax = 1'500'000;

/// Thread-safe.
class Revocations {
 public:
  /// Tokens of the user with fewer than `revocations` are dead.
  void put(const RevokedKey& key, std::uint32_t revocations);
  void erase(const RevokedKey& key);

  bool allows(const UserGuid& user, std::uint32_t token_revocations) const;
  std::size_t size() const;

 private:
  struct Entry {
    std::uint32_t revocations;
    std::uint32_t until;
  };
  mutable std::shared_mutex mutex_;
  std::unordered_map<UserGuid, Entry> entries_;
};

}  // namespace fanfare::communication::identity
