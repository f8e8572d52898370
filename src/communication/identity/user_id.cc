#include "communication/identity/user_id.h"

#include "base/bytes.h"

namespace fanfare::communication::identity {

namespace {

constexpr std::string_view kPrefix = "8:acs:";
constexpr std::size_t kGuidSize = 36;

bool is_hyphen_place(std::size_t i) { return i == 8 || i == 13 || i == 18 || i == 23; }

int digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return -1;
}

}  // namespace

std::string UserGuid::text() const {
  auto out = base::hex_encode({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
  for (const std::size_t place : {8u, 13u, 18u, 23u}) out.insert(place, 1, '-');
  return out;
}

std::optional<UserGuid> parse_user_guid(std::string_view text) {
  if (text.size() != kGuidSize) return std::nullopt;
  UserGuid out;
  std::size_t digits = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (is_hyphen_place(i)) {
      if (text[i] != '-') return std::nullopt;
      continue;
    }
    const int value = digit(text[i]);
    if (value < 0) return std::nullopt;
    auto& byte = out.bytes[digits++ / 2];
    byte = static_cast<std::uint8_t>(byte << 4 | value);
  }
  return out;
}

UserGuid new_user_guid(base::Random& random) { return *parse_user_guid(base::uuid4(random)); }

std::string user_id(const Resource& resource, const UserGuid& guid) {
  return std::string(kPrefix) + resource.immutable_id + "_" + guid.text();
}

std::optional<UserGuid> guid_of(const Resource& resource, std::string_view id) {
  if (!id.starts_with(kPrefix)) return std::nullopt;
  id.remove_prefix(kPrefix.size());
  if (!id.starts_with(resource.immutable_id)) return std::nullopt;
  id.remove_prefix(resource.immutable_id.size());
  if (!id.starts_with('_')) return std::nullopt;
  return parse_user_guid(id.substr(1));
}

}  // namespace fanfare::communication::identity
