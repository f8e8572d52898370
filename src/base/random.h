#pragma once
/// Randomness as a dependency, so that jitter and ids repeat in a test.
#include <cstdint>
#include <string>

namespace fanfare::base {

class Random {
 public:
  virtual ~Random() = default;
  virtual std::uint64_t next() = 0;

  /// Uniform in [0, 1).
  double unit() { return static_cast<double>(next() >> 11) * 0x1.0p-53; }
};

/// The kernel's generator, buffered per thread. Thread-safe; good for keys and ids.
Random& system_random();

/// xoshiro256** from a seed. Not thread-safe, not for secrets.
class SeededRandom final : public Random {
 public:
  explicit SeededRandom(std::uint64_t seed);
  std::uint64_t next() override;

 private:
  std::uint64_t state_[4];
};

/// A version 4 UUID (RFC 9562), lower case with hyphens.
std::string uuid4(Random& random);

/// `bytes` random bytes as base64; key material of topics.
std::string random_key(Random& random, std::size_t bytes);

}  // namespace fanfare::base
