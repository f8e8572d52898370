#include "base/random.h"

#include <sys/random.h>

#include <array>
#include <bit>
#include <cstring>

#include "base/bytes.h"
#include "base/check.h"

namespace fanfare::base {

namespace {

void fill_from_kernel(void* out, std::size_t size) {
  auto* p = static_cast<char*>(out);
  while (size > 0) {
    const auto n = getrandom(p, size, 0);
    if (n < 0) continue;
    p += n;
    size -= static_cast<std::size_t>(n);
  }
}

class SystemRandom final : public Random {
 public:
  std::uint64_t next() override {
    struct Pool {
      std::array<std::uint64_t, 32> words;
      std::size_t used = 32;
    };
    thread_local Pool pool;
    if (pool.used == pool.words.size()) {
      fill_from_kernel(pool.words.data(), sizeof pool.words);
      pool.used = 0;
    }
    return pool.words[pool.used++];
  }
};

}  // namespace

Random& system_random() {
  static SystemRandom random;
  return random;
}

SeededRandom::SeededRandom(std::uint64_t seed) {
  for (auto& word : state_) {  // splitmix64, as the authors of xoshiro advise
    seed += 0x9e3779b97f4a7c15;
    std::uint64_t z = seed;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
    word = z ^ (z >> 31);
  }
}

std::uint64_t SeededRandom::next() {
  const auto result = std::rotl(state_[1] * 5, 7) * 9;
  const auto t = state_[1] << 17;
  state_[2] ^= state_[0];
  state_[3] ^= state_[1];
  state_[1] ^= state_[2];
  state_[0] ^= state_[3];
  state_[2] ^= t;
  state_[3] = std::rotl(state_[3], 45);
  return result;
}

std::string uuid4(Random& random) {
  std::uint64_t words[2] = {random.next(), random.next()};
  char bytes[16];
  std::memcpy(bytes, words, sizeof bytes);
  bytes[6] = static_cast<char>((bytes[6] & 0x0f) | 0x40);
  bytes[8] = static_cast<char>((bytes[8] & 0x3f) | 0x80);
  std::string text = hex_encode(std::string_view(bytes, sizeof bytes));
  for (const std::size_t at : {20, 16, 12, 8}) text.insert(at, 1, '-');
  return text;
}

std::string random_key(Random& random, std::size_t bytes) {
  std::string raw;
  while (raw.size() < bytes) {
    const auto word = random.next();
    raw.append(reinterpret_cast<const char*>(&word), sizeof word);
  }
  raw.resize(bytes);
  return base64_encode(raw);
}

}  // namespace fanfare::base
