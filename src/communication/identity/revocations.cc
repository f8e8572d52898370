#include "communication/identity/revocations.h"

#include <mutex>

namespace fanfare::communication::identity {

void Revocations::put(const RevokedKey& key, std::uint32_t revocations) {
  const std::lock_guard lock(mutex_);
  auto& entry = entries_[key.user];
  if (revocations < entry.revocations) return;
  entry = {revocations, key.until};
}

void Revocations::erase(const RevokedKey& key) {
  const std::lock_guard lock(mutex_);
  const auto it = entries_.find(key.user);
  if (it != entries_.end() && it->second.until == key.until) entries_.erase(it);
}

bool Revocations::allows(const UserGuid& user, std::uint32_t token_revocations) const {
  const std::shared_lock lock(mutex_);
  const auto it = entries_.find(user);
  return it == entries_.end() || token_revocations >= it->second.revocations;
}

std::size_t Revocations::size() const {
  const std::shared_lock lock(mutex_);
  return entries_.size();
}

}  // namespace fanfare::communication::identity
