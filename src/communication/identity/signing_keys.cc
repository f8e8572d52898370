#include "communication/identity/signing_keys.h"

#include <algorithm>
#include <utility>

namespace fanfare::communication::identity {

bool ResourceKeys::marks(std::string_view mark, std::string_view kid,
                         std::string_view access_key) const {
  const auto signer = std::ranges::find(signers, kid, &auth::JwtSigner::kid);
  return signer != signers.end() && auth::equal_marks(signer->mark(access_key), mark);
}

ResourceKeysPtr SigningKeys::of(ResourceId resource) const {
  const std::lock_guard lock(mutex_);
  const auto it = keys_.find(resource);
  return it == keys_.end() ? nullptr : it->second;
}

base::Result<void> SigningKeys::put(ResourceId resource, std::string_view pem) {
  auto signer = auth::JwtSigner::from_pem(pem);
  if (!signer)
    return base::Error{
        base::Errc::Corrupt, "a signing key is damaged: " + signer.error().message, {}};
  const auto before = of(resource);
  auto after = std::make_shared<ResourceKeys>(before ? *before : ResourceKeys());
  const auto& kid = signer->kid();
  if (std::ranges::find(after->signers, kid, &auth::JwtSigner::kid) != after->signers.end())
    return {};
  after->trusted.push_back(signer->trusted());
  after->signers.push_back(*std::move(signer));
  const std::lock_guard lock(mutex_);
  keys_[resource] = std::move(after);
  return {};
}

}  // namespace fanfare::communication::identity
