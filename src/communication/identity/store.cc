#include "communication/identity/store.h"

#include <array>
#include <charconv>
#include <cstdio>

#include "base/bytes.h"

namespace fanfare::communication::identity {

namespace {

constexpr std::uint8_t kVersion = 1;
constexpr std::size_t kUntilDigits = 10;

base::Error corrupt(std::string_view what) {
  return {base::Errc::Corrupt, "the view holds a damaged record of " + std::string(what), {}};
}

std::string ten_digits(std::uint32_t number) {
  std::array<char, 16> out{};
  const int size = std::snprintf(out.data(), out.size(), "%010u", number);
  return {out.data(), static_cast<std::size_t>(size)};
}

std::optional<std::uint32_t> read_number(std::string_view digits) {
  std::uint32_t out = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), out);
  if (error != std::errc() || end != digits.data() + digits.size()) return std::nullopt;
  return out;
}

std::int64_t count(const std::optional<base::TimePoint>& time) {
  return time ? time->time_since_epoch().count() : 0;
}

}  // namespace

std::string Keys::revoked(const RevokedKey& key) const {
  return revoked_from(key.until) + key.user.text();
}

std::string Keys::revoked_from(std::uint32_t until) const {
  return revoked() + ten_digits(until) + "/";
}

std::optional<ParsedKey> parse_key(std::string_view key) {
  constexpr std::string_view area = "/identity/";
  constexpr std::string_view begin = "comm/";
  constexpr std::size_t id_size = 10;
  if (!key.starts_with(begin) || key.size() < begin.size() + id_size) return std::nullopt;
  key.remove_prefix(begin.size());
  const auto id = read_number(key.substr(0, id_size));
  if (!id || !key.substr(id_size).starts_with(area)) return std::nullopt;
  return ParsedKey{{*id}, key.substr(id_size + area.size())};
}

std::optional<RevokedKey> parse_revoked(std::string_view behind_revoked) {
  if (behind_revoked.size() <= kUntilDigits || behind_revoked[kUntilDigits] != '/')
    return std::nullopt;
  const auto until = read_number(behind_revoked.substr(0, kUntilDigits));
  const auto user = parse_user_guid(behind_revoked.substr(kUntilDigits + 1));
  if (!until || !user) return std::nullopt;
  return RevokedKey{*until, *user};
}

std::string encode(const StoredIdentity& identity) {
  std::string out;
  base::ByteWriter writer(out);
  writer.u8(kVersion);
  writer.i64(identity.created.time_since_epoch().count());
  writer.i64(count(identity.last_token));
  writer.varint(identity.revocations);
  writer.bytes(identity.custom_id);
  return out;
}

std::string encode_revocations(std::uint32_t revocations) {
  std::string out;
  base::ByteWriter writer(out);
  writer.u8(kVersion);
  writer.varint(revocations);
  return out;
}

base::Result<StoredIdentity> decode_identity(std::string_view bytes) {
  base::ByteReader reader(bytes);
  const auto version = reader.u8();
  StoredIdentity out;
  out.created = base::TimePoint(base::Duration(reader.i64()));
  if (const auto last = reader.i64(); last != 0)
    out.last_token = base::TimePoint(base::Duration(last));
  out.revocations = static_cast<std::uint32_t>(reader.varint());
  out.custom_id = reader.bytes();
  if (!reader.ok() || !reader.at_end() || version != kVersion) return corrupt("an identity");
  return out;
}

base::Result<std::uint32_t> decode_revocations(std::string_view bytes) {
  base::ByteReader reader(bytes);
  const auto version = reader.u8();
  const auto out = reader.varint();
  if (!reader.ok() || !reader.at_end() || version != kVersion || out > kDeleted)
    return corrupt("a revocation");
  return static_cast<std::uint32_t>(out);
}

base::Result<std::optional<StoredIdentity>> read_identity(const view::Records& records,
                                                          ResourceId resource,
                                                          const UserGuid& guid) {
  const auto bytes = records.get(Keys(resource).user(guid));
  if (!bytes) return bytes.error();
  if (!*bytes) return std::optional<StoredIdentity>();
  auto identity = decode_identity(**bytes);
  if (!identity) return identity.error();
  return std::optional(*std::move(identity));
}

base::Result<std::vector<std::string>> outlived_revocations(const view::Records& records,
                                                            ResourceId resource,
                                                            base::TimePoint wall,
                                                            std::size_t count_max) {
  const Keys keys(resource);
  const auto now = std::chrono::floor<std::chrono::seconds>(wall).time_since_epoch().count();
  const auto end = keys.revoked_from(static_cast<std::uint32_t>(now));
  std::vector<std::string> out;
  auto scanned = records.scan(keys.revoked(), {}, [&](std::string_view key, std::string_view) {
    if (key >= end || out.size() == count_max) return false;
    out.emplace_back(key);
    return true;
  });
  if (!scanned) return scanned.error();
  return out;
}

}  // namespace fanfare::communication::identity
