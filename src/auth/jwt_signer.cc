#include "auth/jwt_signer.h"

#include "base/bytes.h"
#include "tls/hash.h"

namespace fanfare::auth {

namespace {

constexpr std::size_t kMarkBytes = 9;

}  // namespace

JwtSigner::JwtSigner(tls::RsaPrivateKey key)
    : key_(std::move(key)),
      kid_(thumbprint(key_.public_key())),
      secret_(tls::hmac_sha256(key_.to_pem(), "marks").bytes()) {}

JwtSigner JwtSigner::generate() { return JwtSigner(tls::RsaPrivateKey::generate()); }

base::Result<JwtSigner> JwtSigner::from_pem(std::string_view pem) {
  auto key = tls::RsaPrivateKey::from_pem(pem);
  if (!key) return key.error();
  return JwtSigner(*std::move(key));
}

std::string JwtSigner::mark(std::string_view text) const {
  return base::base64url_encode(tls::hmac_sha256(secret_, text).bytes().substr(0, kMarkBytes));
}

bool equal_marks(std::string_view a, std::string_view b) { return tls::equal_constant_time(a, b); }

}  // namespace fanfare::auth
