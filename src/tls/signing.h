#pragma once
/// RSA keys that sign and verify with SHA-256 and PKCS#1 v1.5 padding (RS256 of RFC 7518). A key is
/// parsed once and kept; copies share it. Thread-safe.
#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"

namespace fanfare::tls {

inline constexpr int kRsaBitsMin = 2048;

class RsaPublicKey {
 public:
  /// Big-endian bytes, as a JWK has them. Errors: InvalidArgument (no RSA key, or one of less than
  /// kRsaBitsMin bits or more than 16,384).
  static base::Result<RsaPublicKey> from_numbers(std::string_view modulus,
                                                 std::string_view exponent);

  bool verify(std::string_view text, std::string_view signature) const;
  std::string modulus() const;   ///< big endian, without leading zeros
  std::string exponent() const;  ///< likewise

  struct State;

 private:
  friend class RsaPrivateKey;
  explicit RsaPublicKey(std::shared_ptr<const State> state) : state_(std::move(state)) {}
  std::shared_ptr<const State> state_;
};

class RsaPrivateKey {
 public:
  /// A new key; takes 50 to 300 ms of CPU for 2048 bits, so not on an I/O thread.
  static RsaPrivateKey generate(int bits = kRsaBitsMin);
  /// PKCS#8, unencrypted. Errors: InvalidArgument, never with a part of the key.
  static base::Result<RsaPrivateKey> from_pem(std::string_view pem);

  std::string to_pem() const;
  /// 0.3 to 0.7 ms of CPU for 2048 bits.
  std::string sign(std::string_view text) const;
  RsaPublicKey public_key() const { return RsaPublicKey(state_); }

 private:
  explicit RsaPrivateKey(std::shared_ptr<const RsaPublicKey::State> state)
      : state_(std::move(state)) {}
  std::shared_ptr<const RsaPublicKey::State> state_;
};

}  // namespace fanfare::tls
