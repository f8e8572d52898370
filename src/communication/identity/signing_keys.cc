#include "communication/identity/signing_keys.h"

#include <algorithm>

#include "base/bytes.h"
#include "tls/hash.h"

namespace fanfare::communication::identity {

namespace {

constexpr std::size_t kMarkBytes = 9;

}  // namespace

std::string ResourceKeys::mark(std::string_view kid, std::string_view access_key) const {
  const auto key = std::ranges::find(keys, kid, &Key::kid);
  if (key == keys.end()) return {};
  const auto mac = tls::hmac_sha256(key->secret, access_key);
  return base::base64url_encode(mac.bytes().substr(0, kMarkBytes));
}

ResourceKeysPtr SigningKeys::of(ResourceId resource) const {
  const std::lock_guard lock(mutex_);
  const auto it = keys_.find(resource);
  return it == keys_.end() ? nullptr : it->second;
}

base::Result<void> SigningKeys::put(ResourceId resource, std::string_view kid,
                                    std::string_view pem) {
  const auto key = tls::RsaPrivateKey::from_pem(pem);
  if (!key)
    return base::Error{base::Errc::Corrupt, "a signing key is damaged: " + key.error().message, {}};
  const auto before = of(resource);
  auto after = std::make_shared<ResourceKeys>(before ? *before : ResourceKeys());
  if (std::ranges::find(after->keys, kid, &ResourceKeys::Key::kid) != after->keys.end()) return {};
  const auto secret = tls::hmac_sha256(pem, "marks of access keys");
  after->keys.push_back({std::string(kid), *key, std::string(secret.bytes())});
  after->trusted.push_back({std::string(kid), key->public_key()});
  const std::lock_guard lock(mutex_);
  keys_[resource] = std::move(after);
  return {};
}

}  // namespace fanfare::communication::identity
