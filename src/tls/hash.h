#pragma once
/// Digests, message authentication and comparison of secrets.
/// Pure apart from OpenSSL's own state; thread-safe.
#include <array>
#include <string_view>

namespace fanfare::tls {

/// 32 bytes of SHA-256 or HMAC-SHA-256. `bytes()` suits base::base64_encode and base::hex_encode.
struct Digest {
  std::array<char, 32> value{};
  std::string_view bytes() const { return {value.data(), value.size()}; }
  bool operator==(const Digest&) const = delete;  ///< secrets are compared by equal_constant_time
};

/// 20 bytes of SHA-1: only for protocols that ask for it where nothing depends on its strength.
struct Sha1Digest {
  std::array<char, 20> value{};
  std::string_view bytes() const { return {value.data(), value.size()}; }
};

Digest sha256(std::string_view text);
Sha1Digest sha1(std::string_view text);
Digest hmac_sha256(std::string_view key, std::string_view text);

/// True when both are the same bytes. The time taken does not tell where they differ;
/// it may tell that their lengths differ.
bool equal_constant_time(std::string_view a, std::string_view b);

}  // namespace fanfare::tls
