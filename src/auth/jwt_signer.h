#pragma once
/// A private key that signs tokens, named by its thumbprint. Copies share it. Thread-safe.
#include <string>
#include <string_view>
#include <utility>

#include "auth/jwt.h"
#include "base/result.h"
#include "tls/signing.h"

namespace fanfare::auth {

class JwtSigner {
 public:
  /// A new key of 2048 bits; takes 50 to 300 ms of CPU, so not on an I/O thread.
  static JwtSigner generate();
  /// What pem() gave. Errors: InvalidArgument, never with a part of the key.
  static base::Result<JwtSigner> from_pem(std::string_view pem);
  std::string pem() const { return key_.to_pem(); }

  const std::string& kid() const { return kid_; }
  JwtKey trusted() const { return {kid_, key_.public_key()}; }

  /// See sign_jwt().
  std::string sign(std::string_view claims) const { return sign_jwt(key_, kid_, claims); }

  /// A keyed digest of `text` as 12 characters: whoever has not the private key cannot tell from it
  /// which text it was, also when there are few. Compare with equal_marks().
  std::string mark(std::string_view text) const;

 private:
  explicit JwtSigner(tls::RsaPrivateKey key);

  tls::RsaPrivateKey key_;
  std::string kid_;
  std::string secret_;
};

bool equal_marks(std::string_view a, std::string_view b);

}  // namespace fanfare::auth
