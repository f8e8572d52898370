#include "communication/identity/user_token.h"

#include <array>
#include <optional>
#include <utility>

#include "base/bytes.h"

namespace fanfare::communication::identity {

namespace {

/// What tokens with and without calling have shown.
constexpr int kScp = 1792;
constexpr std::string_view kSkypePrefix = "acs:";

constexpr std::array kRegions{
    std::pair{std::string_view("unitedstates"), std::string_view("amer")},
    std::pair{std::string_view("canada"), std::string_view("amer")},
    std::pair{std::string_view("brazil"), std::string_view("amer")},
    std::pair{std::string_view("asiapacific"), std::string_view("apac")},
    std::pair{std::string_view("australia"), std::string_view("apac")},
    std::pair{std::string_view("india"), std::string_view("apac")},
    std::pair{std::string_view("japan"), std::string_view("apac")},
    std::pair{std::string_view("korea"), std::string_view("apac")},
};

/// Europe and its neighbours, unless it is one of the others.
std::string_view region_of(std::string_view location) {
  for (const auto& [name, region] : kRegions) {
    if (name == location) return region;
  }
  return "emea";
}

std::int64_t seconds(base::TimePoint time) {
  return std::chrono::floor<std::chrono::seconds>(time).time_since_epoch().count();
}

/// "United States" is `unitedstates` in a token.
std::string location_of(const Resource& resource) {
  std::string out;
  for (const char c : base::ascii_lower(resource.data_location)) {
    if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9')) out.push_back(c);
  }
  return out;
}

const std::string* text_member(const json::Value& claims, std::string_view name) {
  const auto* member = claims.find(name);
  return member != nullptr ? member->if_string() : nullptr;
}

std::optional<base::TimePoint> time_member(const json::Value& claims, std::string_view name) {
  const auto* member = claims.find(name);
  const auto value = member != nullptr ? member->as_int() : std::nullopt;
  if (!value) return std::nullopt;
  return base::TimePoint(std::chrono::seconds(*value));
}

base::Error foreign() {
  return {base::Errc::Unauthorized, "the token is no user access token", "token"};
}

}  // namespace

std::string write_claims(const UserClaims& claims, const Resource& resource) {
  const auto location = location_of(resource);
  auto out = json::Value::object(
      {{"skypeid", std::string(kSkypePrefix) + claims.resource + "_" + claims.user.text()},
       {"scp", kScp},
       {"csi", std::to_string(seconds(claims.issued))},
       {"exp", seconds(claims.expires)},
       {"rgn", region_of(location)},
       {"acsScope", join_scopes(claims.scopes)},
       {"resourceId", claims.resource},
       {"resourceLocation", location},
       {"iat", seconds(claims.issued)},
       {"revision", claims.revocations}});
  if (!claims.key_mark.empty()) out.set("keyMark", claims.key_mark);
  return json::write(out);
}

base::Result<UserClaims> read_claims(const json::Value& claims) {
  const auto* skype_id = text_member(claims, "skypeid");
  const auto* resource = text_member(claims, "resourceId");
  const auto* scopes = text_member(claims, "acsScope");
  const auto* revision = claims.find("revision");
  const auto issued = time_member(claims, "iat");
  const auto expires = time_member(claims, "exp");
  if (!skype_id || !resource || !scopes || !revision || !issued || !expires) return foreign();
  const auto prefix = std::string(kSkypePrefix) + *resource + "_";
  const auto user = skype_id->starts_with(prefix)
                        ? parse_user_guid(std::string_view(*skype_id).substr(prefix.size()))
                        : std::nullopt;
  const auto set = split_scopes(*scopes);
  const auto revocations = revision->as_int();
  if (!user || !set || !revocations) return foreign();
  UserClaims out{
      *user, *resource, *set, *issued, *expires, static_cast<std::uint32_t>(*revocations), {}};
  if (const auto* mark = text_member(claims, "keyMark")) out.key_mark = *mark;
  return out;
}

}  // namespace fanfare::communication::identity
