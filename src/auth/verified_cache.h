#pragma once
/// What was read out of tokens that have been verified, so that the next request with the same one
/// costs a hash instead of a signature check. Bounded; what was not asked for lately goes first.
/// The token itself is not kept. Whoever uses it checks expiry and revocation at each request.
#include <array>
#include <cstring>
#include <mutex>
#include <optional>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "tls/hash.h"

namespace fanfare::auth {

/// Thread-safe. Value is cheap to copy.
template <class Value>
class VerifiedCache {
 public:
  /// Holds at most `entries_max`, and at least half of them when more were put.
  explicit VerifiedCache(std::size_t entries_max) : half_(entries_max / 2) {}

  std::optional<Value> find(std::string_view token) {
    const Key key = key_of(token);
    const std::lock_guard lock(mutex_);
    if (const auto it = young_.find(key); it != young_.end()) return it->second;
    const auto it = old_.find(key);
    if (it == old_.end()) return std::nullopt;
    return insert(key, std::move(it->second));
  }

  void put(std::string_view token, Value value) {
    const Key key = key_of(token);
    const std::lock_guard lock(mutex_);
    insert(key, std::move(value));
  }

  std::size_t size() const {
    const std::lock_guard lock(mutex_);
    return young_.size() + old_.size();
  }

 private:
  using Key = std::array<char, 32>;  // SHA-256: two tokens never share one
  struct FirstBytes {
    std::size_t operator()(const Key& key) const noexcept {
      std::size_t out;
      std::memcpy(&out, key.data(), sizeof out);
      return out;
    }
  };
  using Map = std::unordered_map<Key, Value, FirstBytes>;

  static Key key_of(std::string_view token) { return tls::sha256(token).value; }

  /// Two generations: what is found in the old one moves to the young one; when that is full the
  /// old one goes.
  Value insert(const Key& key, Value value) {
    if (young_.size() >= half_) old_ = std::exchange(young_, Map());
    return young_.insert_or_assign(key, std::move(value)).first->second;
  }

  const std::size_t half_;
  mutable std::mutex mutex_;
  Map young_;
  Map old_;
};

}  // namespace fanfare::auth
