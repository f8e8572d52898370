/// Any token, and a good one changed anywhere: never accepted.
#include <algorithm>
#include <cstdint>
#include <string>

#include "auth/jwt.h"
#include "base/check.h"

namespace {

using namespace fanfare;

struct Issuer {
  tls::RsaPrivateKey key = tls::RsaPrivateKey::generate();
  auth::JwtKeySet keys{{"k", key.public_key()}};
  std::string token = auth::sign_jwt(key, "k", R"({"exp":2000000000})");
};

const Issuer& issuer() {
  static const Issuer one;
  return one;
}

bool accepted(std::string_view token) {
  static const base::TimePoint now{base::seconds(1'900'000'000)};
  return auth::verify_jwt(token, issuer().keys, {}, now).has_value();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  FANFARE_CHECK(!accepted(text));
  if (size < 3) return 0;
  auto changed = issuer().token;
  const auto at = (data[0] | data[1] << 8) % changed.size();
  const auto count = std::min(text.size() - 2, changed.size() - at);
  changed.replace(at, count, text.substr(2, count));
  FANFARE_CHECK(accepted(changed) == (changed == issuer().token));
  if (const auto value = json::parse(text)) static_cast<void>(auth::parse_jwk_set(*value));
  return 0;
}
