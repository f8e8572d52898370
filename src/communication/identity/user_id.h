#pragma once
/// Ids of identities: `8:acs:<resource guid>_<guid>`. There is no second underscore: clients would
/// take the identity for a Teams extension user.
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>

#include "base/random.h"
#include "communication/resource.h"

namespace fanfare::communication::identity {

/// The guid of an identity as 16 bytes.
struct UserGuid {
  std::array<std::uint8_t, 16> bytes{};
  bool operator==(const UserGuid&) const = default;
  auto operator<=>(const UserGuid&) const = default;
  std::string text() const;  ///< 36 characters, lower case
};

/// nullopt unless it is written as text() writes it.
std::optional<UserGuid> parse_user_guid(std::string_view text);

UserGuid new_user_guid(base::Random& random);
std::string user_id(const Resource& resource, const UserGuid& guid);

/// The identity's guid when `id` has the form of an id of this resource.
std::optional<UserGuid> guid_of(const Resource& resource, std::string_view id);

}  // namespace fanfare::communication::identity

template <>
struct std::hash<fanfare::communication::identity::UserGuid> {
  std::size_t operator()(const fanfare::communication::identity::UserGuid& guid) const noexcept {
    std::size_t out;  // random already
    std::memcpy(&out, guid.bytes.data(), sizeof out);
    return out;
  }
};
