#include "auth/sas.h"

#include <gmock/gmock.h>

#include "auth/bearer.h"
#include "auth/percent.h"
#include "base/bytes.h"
#include "tls/hash.h"

namespace fanfare::auth {
namespace {

constexpr std::string_view kKey = "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=";
constexpr std::string_view kOther = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";
constexpr std::string_view kUrl = "https://exampletopic1.westus2-1.eventgrid.azure.net/api/events";

base::TimePoint at(std::string_view text) { return base::parse_rfc3339(text).value(); }
const base::TimePoint kBefore = at("2030-01-02T15:04:04.999Z");
const base::TimePoint kExpiry = at("2030-01-02T15:04:05Z");

struct Vector {
  const char* name;
  std::string token;
};

/// Made by the SDKs of each language, and by the samples of the documentation; key and expiry as
/// above.
const std::vector<Vector> kVectors = {
    {"python",
     "r=https%3A%2F%2Fexampletopic1.westus2-1.eventgrid.azure.net%2Fapi%2Fevents%3FapiVersion%"
     "3D2018-01-01&e=2030-01-02%"
     "2015%3A04%3A05&s=pro1OglA%2BVBYan5moGvCavhIpOeCQmEnFhIcZu640KE%3D"},
    {"javascript",
     "r=https%3A%2F%2Fexampletopic1.westus2-1.eventgrid.azure.net%2Fapi%2Fevents%3FapiVersion%"
     "3D2018-01-01&e=1%2F2%"
     "2F2030%203%3A04%3A05%20PM&s=mo1uLCBWGqNmABjeUWRpcggQ8rItQl9I4EMWnG4jaug%3D"},
    {"dotnet",
     "r=https%3a%2f%2fexampletopic1.westus2-1.eventgrid.azure.net%2fapi%2fevents%3fapi-version%"
     "3d2018-01-01&e=1%2f2%"
     "2f2030+3%3a04%3a05+PM+%2b00%3a00&s=%2bsu7qv%2fKRvknk3dVfFd2LYzUxj%2fw4bPXPLOTPQ5rsO0%3d"},
    {"documentation",
     "r=https%3a%2f%2fexampletopic1.westus2-1.eventgrid.azure.net%2fapi%2fevents&e=1%2f2%2f2030+3%"
     "3a04%3a05+PM&s="
     "Z2SRp%2fTiSK3NzPJG1hkENSWYTMT9z9028nd8ZZlXAQY%3d"}};

void PrintTo(const Vector& c, std::ostream* out) { *out << c.name; }
class SasVectorTest : public testing::TestWithParam<Vector> {};

TEST_P(SasVectorTest, IsAcceptedUntilItExpiresWithEitherKey) {
  const auto& token = GetParam().token;
  EXPECT_TRUE(verify_sas_token(token, kUrl, {kKey, kOther}, kBefore));
  EXPECT_TRUE(verify_sas_token(token, kUrl, {kOther, kKey}, kBefore));
  const auto expired = verify_sas_token(token, kUrl, {kKey, kOther}, kExpiry);
  ASSERT_FALSE(expired);
  EXPECT_EQ(expired.error().code, base::Errc::Unauthorized);
  EXPECT_THAT(expired.error().message, testing::HasSubstr("expired"));
}

TEST_P(SasVectorTest, IsRefusedWhenAnyByteIsChanged) {
  const auto& token = GetParam().token;
  for (std::size_t i = 0; i < token.size(); ++i) {
    std::string changed = token;
    changed[i] = changed[i] == 'x' ? 'y' : 'x';
    EXPECT_FALSE(verify_sas_token(changed, kUrl, {kKey, kOther}, kBefore)) << changed;
  }
}

TEST_P(SasVectorTest, IsRefusedWithOtherKeysAndWithNone) {
  for (const auto& keys : {KeyPair{kOther, kOther}, KeyPair{"", ""}, KeyPair{"no base64", ""}}) {
    const auto refused = verify_sas_token(GetParam().token, kUrl, keys, kBefore);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, base::Errc::Unauthorized);
  }
}

INSTANTIATE_TEST_SUITE_P(Sas, SasVectorTest, testing::ValuesIn(kVectors),
                         [](const auto& case_) { return std::string(case_.param.name); });

TEST(SasToken, SignedWithAnEmptyKeyIsRefused) {
  const std::string text = "r=https%3A%2F%2Fhost&e=2030-01-02T15%3A04%3A05Z";
  const auto mac = tls::hmac_sha256("", text);
  const auto token = text + "&s=" + percent_encode(base::base64_encode(mac.bytes()));
  EXPECT_FALSE(verify_sas_token(token, "https://host/", {"", ""}, kBefore));
}

class SasFormTest : public testing::TestWithParam<const char*> {};

TEST_P(SasFormTest, IsABadRequestThatStatesTheForm) {
  const auto refused = verify_sas_token(GetParam(), kUrl, {kKey, kOther}, kBefore);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, base::Errc::InvalidArgument);
  EXPECT_EQ(refused.error().target, "aeg-sas-token");
  EXPECT_THAT(refused.error().message, testing::HasSubstr("r=<resource>&e=<expiry>&s=<signature>"));
}

INSTANTIATE_TEST_SUITE_P(
    Sas, SasFormTest,
    testing::Values("", "nonsense", "r=a", "r=a&e=1/2/2030 3:04:05 PM",
                    "e=x&r=a&s=AA==", "r=&e=2030-01-02T15:04:05Z&s=AA==", "r=a&e=&s=AA==",
                    "r=a&e=2030-01-02T15:04:05Z&s=", "r=a&e=tomorrow&s=AA==",
                    "r=%zz&e=2030-01-02T15:04:05Z&s=AA==", "r=a&e=%2&s=AA==",
                    "r=a&e=2030-01-02T15:04:05Z&s=A", "r=a&e=2030-01-02T15:04:05Z&s=AA==&x=1",
                    " r=a&e=2030-01-02T15:04:05Z&s=AA==", "r=a&b=c&e=2030-01-02T15:04:05Z&s=AA=="));

struct Resource {
  const char* resource;
  const char* url;
  bool covered;
};

TEST(SasToken, CoversItsResourceAndWhatLiesBelow) {
  for (const auto& c :
       {Resource{"https://host/api/events", "https://host/api/events", true},
        Resource{"https://host/api/events?api-version=2018-01-01", "https://host/api/events?x=1",
                 true},
        Resource{"HTTPS://HOST/API/Events/", "https://host/api/events", true},
        Resource{"https://host:443/api/events", "https://host/api/events", true},
        Resource{"http://host/api/events", "http://host:80/api/events", true},
        Resource{"http://host:4880/topics/a", "http://host:4880/topics/a/api/events", true},
        Resource{"https://host", "https://host/api/events", true},
        Resource{"https://host/", "https://host/api/events", true},
        Resource{"https://host/api/ev", "https://host/api/events", false},
        Resource{"https://ho", "https://host/api/events", false},
        Resource{"http://host/api/events", "https://host/api/events", false},
        Resource{"https://host/api/events", "https://other/api/events", false},
        Resource{"https://host:4880", "https://host/api/events", false},
        Resource{"https://host/topics/a", "https://host/topics/ab/api/events", false},
        Resource{"https://host/topics/a/api/events", "https://host/topics/a", false},
        Resource{"https", "https://host/api/events", false},
        Resource{"https:", "https://host/api/events", false},
        Resource{"/", "https://host/api/events", false}}) {
    const auto token = make_sas_token(c.resource, kExpiry, kKey);
    ASSERT_TRUE(token);
    EXPECT_EQ(verify_sas_token(*token, c.url, {kKey, kOther}, kBefore).has_value(), c.covered)
        << c.resource << " and " << c.url;
  }
}

TEST(SasToken, MadeHereIsReadHere) {
  const auto token = make_sas_token(kUrl, kExpiry, kKey);
  ASSERT_TRUE(token);
  EXPECT_THAT(*token,
              testing::StartsWith(
                  "r=https%3A%2F%2Fexampletopic1.westus2-1.eventgrid.azure.net%2Fapi%2Fevents&e="
                  "2030-01-02T15%3A04%3A05Z&s="));
  EXPECT_TRUE(verify_sas_token(*token, kUrl, {kOther, kKey}, kBefore));
  EXPECT_FALSE(make_sas_token(kUrl, kExpiry, "no base64"));
  EXPECT_FALSE(make_sas_token(kUrl, kExpiry, ""));
}

TEST(SasToken, NeverTellsTokenOrKey) {
  for (const auto& refused :
       {verify_sas_token(kVectors[0].token, kUrl, {kOther, kOther}, kBefore),
        verify_sas_token(kVectors[0].token, "https://x/", {kKey, kOther}, kBefore)}) {
    ASSERT_FALSE(refused);
    EXPECT_THAT(refused.error().message, testing::Not(testing::HasSubstr("pro1OglA")));
    EXPECT_THAT(refused.error().message, testing::Not(testing::HasSubstr(std::string(kKey))));
  }
}

TEST(BearerToken, IsRefusedWhereThereIsNoIssuer) {
  const auto refused = RefuseAllBearers().verify("a.b.c", kEventGridAudience);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, base::Errc::Unauthorized);
  EXPECT_THAT(refused.error().message, testing::HasSubstr("no token issuer"));
}

}  // namespace
}  // namespace fanfare::auth
