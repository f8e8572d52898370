#include "communication/identity/user_token.h"

#include <gmock/gmock.h>

#include "base/bytes.h"

namespace fanfare::communication::identity {
namespace {

Resource a_resource(std::string location = "unitedstates") {
  Resource out;
  out.immutable_id = "2dee53b4-368b-45b4-ab52-8493fb117652";
  out.data_location = std::move(location);
  return out;
}

UserClaims some_claims() {
  UserClaims out;
  out.user = *parse_user_guid("00000005-14a2-493b-8a72-5a3a0d000081");
  out.resource = a_resource().immutable_id;
  out.scopes = 3;
  out.issued = *base::parse_rfc3339("2021-01-28T10:05:47Z");
  out.expires = out.issued + base::hours(24);
  out.revocations = 7;
  out.key_mark = "abc";
  return out;
}

TEST(UserToken, HasTheClaimsOfTheService) {
  EXPECT_EQ(write_claims(some_claims(), a_resource()),
            R"({"skypeid":"acs:2dee53b4-368b-45b4-ab52-8493fb117652_)"
            R"(00000005-14a2-493b-8a72-5a3a0d000081","scp":1792,"csi":"1611828347",)"
            R"("exp":1611914747,"rgn":"amer","acsScope":"chat,voip",)"
            R"("resourceId":"2dee53b4-368b-45b4-ab52-8493fb117652",)"
            R"("resourceLocation":"unitedstates","iat":1611828347,"revision":7,)"
            R"("keyMark":"abc"})");
}

TEST(UserToken, IsReadAsItIsWritten) {
  const auto text = write_claims(some_claims(), a_resource());
  const auto read = read_claims(*json::parse(text));
  ASSERT_TRUE(read);
  EXPECT_EQ(read->user, some_claims().user);
  EXPECT_EQ(read->scopes, 3);
  EXPECT_EQ(read->issued, some_claims().issued);
  EXPECT_EQ(read->expires, some_claims().expires);
  EXPECT_EQ(read->revocations, 7u);
  EXPECT_EQ(read->key_mark, "abc");
  EXPECT_EQ(write_claims(*read, a_resource()), text);
}

struct Location {
  const char* name;
  const char* location;
  const char* written;
  const char* region;
};
void PrintTo(const Location& c, std::ostream* out) { *out << c.name; }
class TokenLocationTest : public testing::TestWithParam<Location> {};

TEST_P(TokenLocationTest, IsToldWithItsRegion) {
  const auto claims = *json::parse(write_claims(some_claims(), a_resource(GetParam().location)));
  EXPECT_EQ(*claims.find("resourceLocation")->if_string(), GetParam().written);
  EXPECT_EQ(*claims.find("rgn")->if_string(), GetParam().region);
}

INSTANTIATE_TEST_SUITE_P(UserToken, TokenLocationTest,
                         testing::Values(Location{"united_states", "United States", "unitedstates",
                                                  "amer"},
                                         Location{"europe", "Europe", "europe", "emea"},
                                         Location{"asia", "Asia Pacific", "asiapacific", "apac"},
                                         Location{"odd", "a>b?c~d\xc3\xa9", "abcd", "emea"}),
                         [](const auto& case_) { return std::string(case_.param.name); });

TEST(UserToken, SurvivesDecodersThatKnowOnlyStandardBase64) {
  base::SeededRandom random(1);
  for (int i = 0; i < 2000; ++i) {
    auto claims = some_claims();
    claims.user = new_user_guid(random);
    claims.resource = base::uuid4(random);
    claims.scopes = static_cast<Scopes>(random.next() % 32);
    claims.issued += base::seconds(random.next() % 1'000'000'000);
    claims.revocations = static_cast<std::uint32_t>(random.next());
    claims.key_mark = base::base64url_encode(base::uuid4(random).substr(0, 9));
    const auto text = write_claims(claims, a_resource());
    EXPECT_EQ(base::base64url_encode(text).find_first_of("-_"), std::string::npos) << text;
  }
}

class ForeignClaimsTest : public testing::TestWithParam<const char*> {};

TEST_P(ForeignClaimsTest, AreRefused) {
  EXPECT_FALSE(read_claims(json::parse(GetParam()).value()));
}

INSTANTIATE_TEST_SUITE_P(
    UserToken, ForeignClaimsTest,
    testing::Values(
        "{}", R"({"skypeid":"acs:a_b","resourceId":"a","acsScope":"chat","iat":1,"exp":2})",
        R"({"skypeid":"acs:a_b","resourceId":"a","acsScope":"chat","iat":1,"exp":2,"revision":0})",
        R"({"skypeid":"acs:b_00000005-14a2-493b-8a72-5a3a0d000081","resourceId":"a",
            "acsScope":"chat","iat":1,"exp":2,"revision":0})",
        R"({"skypeid":"acs:a_00000005-14a2-493b-8a72-5a3a0d000081","resourceId":"a",
            "acsScope":"chat voip","iat":1,"exp":2,"revision":0})",
        R"({"skypeid":"acs:a_00000005-14a2-493b-8a72-5a3a0d000081","resourceId":"a",
            "acsScope":"chat","iat":"1","exp":2,"revision":0})"));

TEST(Scopes, AreJoinedByCommasAndSplitAgain) {
  for (int set = 1; set < 32; ++set) {
    const auto scopes = static_cast<Scopes>(set);
    EXPECT_EQ(split_scopes(join_scopes(scopes)), scopes);
  }
  EXPECT_EQ(join_scopes(31), "chat,voip,chat.join,chat.join.limited,voip.join");
  EXPECT_EQ(split_scopes("chat, voip"), std::nullopt);
  EXPECT_EQ(split_scopes(""), std::nullopt);
}

}  // namespace
}  // namespace fanfare::communication::identity
