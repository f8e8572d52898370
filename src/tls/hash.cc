#include "tls/hash.h"

#include <openssl/crypto.h>
#include <openssl/hmac.h>
#include <openssl/sha.h>

#include "base/check.h"
#include "tls/openssl.h"

namespace fanfare::tls {

Digest sha256(std::string_view text) {
  Digest digest;
  SHA256(reinterpret_cast<const unsigned char*>(text.data()), text.size(),
         reinterpret_cast<unsigned char*>(digest.value.data()));
  return digest;
}

Sha1Digest sha1(std::string_view text) {
  Sha1Digest digest;
  SHA1(reinterpret_cast<const unsigned char*>(text.data()), text.size(),
       reinterpret_cast<unsigned char*>(digest.value.data()));
  return digest;
}

Digest hmac_sha256(std::string_view key, std::string_view text) {
  Digest digest;
  unsigned size = 0;
  // HMAC() reads a null key as "the key of the call before", so an empty one still needs an
  // address.
  const char* key_bytes = key.empty() ? "" : key.data();
  const unsigned char* made = HMAC(EVP_sha256(), key_bytes, static_cast<int>(key.size()),
                                   reinterpret_cast<const unsigned char*>(text.data()), text.size(),
                                   reinterpret_cast<unsigned char*>(digest.value.data()), &size);
  FANFARE_CHECK(made && size == digest.value.size());
  return digest;
}

bool equal_constant_time(std::string_view a, std::string_view b) {
  const bool same_size = a.size() == b.size();
  const std::string_view other = same_size ? b : a;
  return (CRYPTO_memcmp(a.data(), other.data(), a.size()) == 0) & same_size;
}

}  // namespace fanfare::tls
