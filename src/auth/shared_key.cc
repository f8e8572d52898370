#include "auth/shared_key.h"

#include "auth/percent.h"
#include "base/bytes.h"
#include "tls/hash.h"

namespace fanfare::auth {

std::optional<std::string> key_in_query(std::string_view query) {
  while (!query.empty()) {
    const auto parameter = query.substr(0, query.find('&'));
    query.remove_prefix(std::min(parameter.size() + 1, query.size()));
    const auto equals = parameter.find('=');
    if (equals == std::string_view::npos) continue;
    if (!base::ascii_iequals(parameter.substr(0, equals), kSharedKeyName)) continue;
    return percent_decode(parameter.substr(equals + 1), PlusSign::Itself);
  }
  return std::nullopt;
}

base::Result<void> check_shared_key(std::string_view presented, const KeyPair& keys) {
  bool matches = false;
  for (const auto key : keys) {
    const bool same = tls::equal_constant_time(presented, key);
    matches |= same && !key.empty();
  }
  if (matches) return {};
  return base::Error{base::Errc::Unauthorized,
                     "the access key is neither key1 nor key2 of the topic",
                     std::string(kSharedKeyName)};
}

}  // namespace fanfare::auth
