#include "auth/jwt.h"

#include <gmock/gmock.h>

#include <fstream>
#include <sstream>

#include "auth/jwt_signer.h"
#include "auth/verified_cache.h"
#include "base/bytes.h"

namespace fanfare::auth {
namespace {

json::Value read_corpus() {
  std::ifstream in(std::string(FANFARE_TEST_DATA) + "/jwt/tokens.json");
  std::stringstream text;
  text << in.rdbuf();
  return json::parse(text.str()).value();
}

const json::Value& corpus() {
  static const auto value = read_corpus();
  return value;
}

const std::string& text_of(const json::Value& object, std::string_view name) {
  return *object.find(name)->if_string();
}

struct Vector {
  std::string name;
  std::string token;
  bool accept;
};

std::vector<Vector> vectors() {
  std::vector<Vector> out;
  for (const auto& entry : *corpus().find("vectors")->if_array()) {
    out.push_back(
        {text_of(entry, "name"), text_of(entry, "token"), *entry.find("accept")->if_bool()});
  }
  return out;
}

void PrintTo(const Vector& v, std::ostream* out) { *out << v.name; }
class JwtCorpusTest : public testing::TestWithParam<Vector> {};

TEST_P(JwtCorpusTest, IsJudgedRight) {
  const auto keys = parse_jwk_set(*corpus().find("jwks"));
  ASSERT_TRUE(keys);
  const JwtRules rules{text_of(corpus(), "issuer"), text_of(corpus(), "audience"),
                       base::seconds(*corpus().find("clock_skew_seconds")->as_int())};
  const base::TimePoint now{base::seconds(*corpus().find("now")->as_int())};
  const auto verified = verify_jwt(GetParam().token, *keys, rules, now);
  ASSERT_EQ(verified.has_value(), GetParam().accept);
  if (!verified) {
    EXPECT_EQ(verified.error().code, base::Errc::Unauthorized);
  }
}

std::string name_of(const testing::TestParamInfo<Vector>& info) {
  auto name = info.param.name + "_" + std::to_string(info.index);
  for (char& c : name) {
    if (c == '-') c = '_';
  }
  return name;
}

INSTANTIATE_TEST_SUITE_P(Jwt, JwtCorpusTest, testing::ValuesIn(vectors()), name_of);

TEST(JwtCorpus, HasAll82) { EXPECT_EQ(vectors().size(), 82u); }

const base::TimePoint kNow{base::seconds(1'900'000'000)};

struct Issuer {
  tls::RsaPrivateKey key = tls::RsaPrivateKey::generate();
  std::string kid = thumbprint(key.public_key());
  JwtKeySet keys() const { return {{kid, key.public_key()}}; }
};

const Issuer& issuer() {
  static const Issuer one;
  return one;
}

std::string claims(std::string_view expiry) { return "{\"exp\":" + std::string(expiry) + "}"; }

TEST(Jwt, SignedHereIsVerifiedWithItsClaims) {
  const auto token = sign_jwt(issuer().key, issuer().kid, R"({"exp":1900000060,"a":"b"})");
  const auto verified = verify_jwt(token, issuer().keys(), {}, kNow);
  ASSERT_TRUE(verified) << verified.error().message;
  EXPECT_EQ(text_of(verified->claims, "a"), "b");
  EXPECT_EQ(verified->expiry, kNow + base::seconds(60));
}

TEST(Jwt, HasTheHeaderOfTheServicesTokens) {
  const auto token = sign_jwt(issuer().key, "k", "{}");
  const auto header = base::base64url_decode(token.substr(0, token.find('.')));
  EXPECT_EQ(header, R"({"alg":"RS256","kid":"k","x5t":"k","typ":"JWT"})");
}

TEST(Jwt, ChangedInAnyCharacterIsRefused) {
  const auto token = sign_jwt(issuer().key, issuer().kid, claims("1900000060"));
  for (std::size_t i = 0; i < token.size(); ++i) {
    auto changed = token;
    changed[i] = changed[i] == 'A' ? 'B' : 'A';
    EXPECT_FALSE(verify_jwt(changed, issuer().keys(), {}, kNow)) << i;
  }
}

TEST(Jwt, OfAnotherKeyWithTheSameNameIsRefused) {
  const Issuer other;
  const auto token = sign_jwt(other.key, issuer().kid, claims("1900000060"));
  EXPECT_FALSE(verify_jwt(token, issuer().keys(), {}, kNow));
}

struct Expiry {
  const char* name;
  const char* exp;
  bool accepted;
};
void PrintTo(const Expiry& c, std::ostream* out) { *out << c.name; }
class JwtExpiryTest : public testing::TestWithParam<Expiry> {};

TEST_P(JwtExpiryTest, IsHeldToTheSecond) {
  const auto token = sign_jwt(issuer().key, issuer().kid, claims(GetParam().exp));
  EXPECT_EQ(verify_jwt(token, issuer().keys(), {}, kNow).has_value(), GetParam().accepted);
}

INSTANTIATE_TEST_SUITE_P(Jwt, JwtExpiryTest,
                         testing::Values(Expiry{"just_within_the_skew", "1899999941", true},
                                         Expiry{"at_the_end_of_the_skew", "1899999940", false},
                                         Expiry{"fraction", "1899999940.5", true},
                                         Expiry{"far", "9000000000", true},
                                         Expiry{"beyond_time", "9000000001", false},
                                         Expiry{"exponent", "19e8", true},
                                         Expiry{"huge", "1e300", false}),
                         [](const auto& case_) { return std::string(case_.param.name); });

TEST(JwkSet, IsReadAsItIsWritten) {
  const json::Value set = json::Value::object({{"keys", json::Array{to_jwk(issuer().keys()[0])}}});
  const auto keys = parse_jwk_set(set);
  ASSERT_TRUE(keys);
  const auto token = sign_jwt(issuer().key, issuer().kid, claims("1900000060"));
  EXPECT_TRUE(verify_jwt(token, *keys, {}, kNow));
}

TEST(JwkSet, PassesOverKeysForOtherThings) {
  const auto set =
      json::parse(R"({"keys":[{"kty":"EC","kid":"a"},{"kty":"RSA","use":"enc","kid":"b"},
    {"kty":"RSA","alg":"RS512","kid":"c"},{"kty":"RSA"}]})");
  const auto keys = parse_jwk_set(*set);
  ASSERT_TRUE(keys);
  EXPECT_TRUE(keys->empty());
}

class BadJwkSetTest : public testing::TestWithParam<const char*> {};

TEST_P(BadJwkSetTest, IsRefused) { EXPECT_FALSE(parse_jwk_set(json::parse(GetParam()).value())); }

INSTANTIATE_TEST_SUITE_P(
    JwkSet, BadJwkSetTest,
    testing::Values("{}", R"({"keys":{}})", "[]", R"({"keys":[{"kty":"RSA","kid":"a"}]})",
                    R"({"keys":[{"kty":"RSA","kid":"a","n":"!","e":"AQAB"}]})",
                    R"({"keys":[{"kty":"RSA","kid":"a","n":"AQAB","e":"AQAB"}]})"));

TEST(Thumbprint, IsThatOfTheStandardsExample) {  // RFC 7638 section 3.1
  const auto modulus = base::base64url_decode(
      "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_"
      "BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-"
      "65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-"
      "bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw");
  const auto whole = tls::RsaPublicKey::from_numbers(*modulus, std::string("\x01\x00\x01", 3));
  ASSERT_TRUE(whole);
  EXPECT_EQ(thumbprint(*whole), "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs");
}

TEST(JwtSigner, IsTheSameAfterBeingWrittenAndRead) {
  const auto signer = JwtSigner::generate();
  const auto read = JwtSigner::from_pem(signer.pem());
  ASSERT_TRUE(read);
  EXPECT_EQ(read->kid(), signer.kid());
  EXPECT_EQ(read->mark("key"), signer.mark("key"));
  EXPECT_TRUE(verify_jwt(read->sign(claims("1900000060")), {signer.trusted()}, {}, kNow));
  EXPECT_FALSE(JwtSigner::from_pem("nonsense"));
}

TEST(JwtSigner, MarksDifferByTextAndByKey) {
  const auto one = JwtSigner::generate();
  const auto other = JwtSigner::generate();
  EXPECT_EQ(one.mark("a").size(), 12u);
  EXPECT_NE(one.mark("a"), one.mark("b"));
  EXPECT_NE(one.mark("a"), other.mark("a"));
  EXPECT_TRUE(equal_marks("a", "a"));
  EXPECT_FALSE(equal_marks("a", "b"));
}

TEST(VerifiedCache, RemembersAndStaysWithinItsBound) {
  VerifiedCache<int> cache(100);
  for (int i = 0; i < 1000; ++i) {
    cache.put("token " + std::to_string(i), i);
    EXPECT_LE(cache.size(), 100u);
    EXPECT_EQ(cache.find("token 0"), 0) << "asked for all the time, it stays";
  }
  EXPECT_EQ(cache.find("token 999"), 999);
  EXPECT_EQ(cache.find("token 500"), std::nullopt);
}

}  // namespace
}  // namespace fanfare::auth
