#include "auth/hmac_request.h"

#include <gmock/gmock.h>

#include "auth/signed_target.h"
#include "base/bytes.h"
#include "base/http_date.h"
#include "tls/hash.h"

namespace fanfare::auth {
namespace {

using testing::HasSubstr;

constexpr std::string_view kKey = "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=";
constexpr std::string_view kOther = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";
constexpr std::string_view kBody = R"({"scopes":["chat"]})";
constexpr std::string_view kDate = "Wed, 25 Nov 2026 17:05:00 GMT";
const base::TimePoint kNow = *base::parse_http_date(kDate);
constexpr base::Duration kSkew = base::minutes(15);
constexpr std::string_view kTarget =
    "/identities/8%3Aacs%3Aaa_bb/:issueAccessToken?api-version=2023-10-01";

std::string hash_of(std::string_view body) {
  return base::base64_encode(tls::sha256(body).bytes());
}

/// What a client writes into its signature; by default what it sends.
struct Habit {
  std::string target;
  std::string host;
  std::string names = "x-ms-date;host;x-ms-content-sha256";
};

struct Sent {
  std::string target = std::string(kTarget);
  std::string host = "localhost:4880";
  std::string body = std::string(kBody);
  bool tls = false;
};

/// The request as a client makes it whose code is not ours: built here from the published rule.
http::Request request_of(const Sent& sent, const Habit& habit, std::string_view key = kKey) {
  http::Request out;
  out.method = http::Method::Post;
  out.target = sent.target;
  out.tls = sent.tls;
  out.body = http::Body(sent.body);
  out.headers.add("Host", sent.host);
  out.headers.add("x-ms-date", kDate);
  out.headers.add("Date", kDate);
  out.headers.add("x-ms-content-sha256", hash_of(sent.body));
  const auto target = habit.target.empty() ? sent.target : habit.target;
  const auto host = habit.host.empty() ? sent.host : habit.host;
  const auto text =
      "POST\n" + target + "\n" + std::string(kDate) + ";" + host + ";" + hash_of(sent.body);
  const auto mac = tls::hmac_sha256(*base::base64_decode(key), text);
  out.headers.add("Authorization", "HMAC-SHA256 SignedHeaders=" + habit.names +
                                       "&Signature=" + base::base64_encode(mac.bytes()));
  return out;
}

struct Client {
  const char* name;
  Sent sent;
  Habit habit;
  bool accepted = true;
};
void PrintTo(const Client& c, std::ostream* out) { *out << c.name; }
class HmacClientTest : public testing::TestWithParam<Client> {};

TEST_P(HmacClientTest, IsAcceptedOrRefusedWithEitherKey) {
  const auto& c = GetParam();
  const auto request = request_of(c.sent, c.habit);
  const auto first = verify_signed_request(request, {kKey, kOther}, kNow, kSkew);
  const auto second = verify_signed_request(request, {kOther, kKey}, kNow, kSkew);
  ASSERT_EQ(first.has_value(), c.accepted);
  ASSERT_EQ(second.has_value(), c.accepted);
  if (c.accepted) {
    EXPECT_EQ(*first, SigningKey::Key1);
    EXPECT_EQ(*second, SigningKey::Key2);
  }
}

const std::string kNumbersQuery = "/x?locality=New%20York&administrativeDivision=N%3AY(1)";

INSTANTIATE_TEST_SUITE_P(
    Hmac, HmacClientTest,
    testing::Values(
        Client{"dotnet_signs_path_and_query_with_the_authority", {}, {}},
        Client{"over_tls", {.tls = true}, {}},
        Client{"javascript_signs_the_query_as_a_form",
               {.target = kNumbersQuery},
               {.target = "/x?locality=New+York&administrativeDivision=N%3AY%281%29"}},
        Client{
            "javascript_signs_no_question_mark_without_query", {.target = "/x?"}, {.target = "/x"}},
        Client{"javascript_adds_the_equals_sign", {.target = "/x?a"}, {.target = "/x?a="}},
        Client{"python_loses_the_first_slash", {}, {.target = std::string(kTarget.substr(1))}},
        Client{"python_does_not_lose_it_over_tls",
               {.tls = true},
               {.target = std::string(kTarget.substr(1))},
               false},
        Client{"python_async_signs_the_decoded_target",
               {},
               {.target = "/identities/8:acs:aa_bb/:issueAccessToken?api-version=2023-10-01"}},
        Client{"python_async_over_http",
               {},
               {.target = "identities/8:acs:aa_bb/:issueAccessToken?api-version=2023-10-01"}},
        Client{"python_async_with_a_number_in_the_path",
               {.target = "/phoneNumbers/%2B15551234567?api-version=1"},
               {.target = "/phoneNumbers/+15551234567?api-version=1"}},
        Client{"a_decoded_ampersand_would_be_another_query",
               {.target = "/x?a=1%26b=2"},
               {.target = "/x?a=1&b=2"},
               false},
        Client{"a_decoded_slash_would_be_another_path",
               {.target = "/x%2Fy"},
               {.target = "/x/y"},
               false},
        Client{"a_decoded_plus_sign_would_be_a_space",
               {.target = "/x?a=1%2B2"},
               {.target = "/x?a=1+2"},
               false},
        Client{"java_signs_the_host_without_its_port", {}, {.host = "localhost"}},
        Client{"python_signs_the_default_port",
               {.host = "localhost", .tls = true},
               {.host = "localhost:443"}},
        Client{"older_clients_sign_date", {}, {.names = "date;host;x-ms-content-sha256"}},
        Client{"names_in_any_case", {}, {.names = "X-MS-Date;Host;X-MS-Content-Sha256"}},
        Client{"another_port", {}, {.host = "localhost:4881"}, false},
        Client{"another_host", {}, {.host = "localhosts"}, false},
        Client{"the_host_is_not_signed", {}, {.names = "x-ms-date;x-ms-content-sha256"}, false},
        Client{"the_content_is_not_signed", {}, {.names = "x-ms-date;host"}, false},
        Client{"no_date_is_signed", {}, {.names = "host;x-ms-content-sha256"}, false},
        Client{"address_literal", {.host = "[::1]:4880"}, {}}),
    [](const auto& case_) { return std::string(case_.param.name); });

base::Result<SigningKey> verify(const http::Request& request, base::TimePoint now = kNow) {
  return verify_signed_request(request, {kKey, kOther}, now, kSkew);
}

char other_than(char c) { return c == 'x' ? 'y' : 'x'; }

TEST(HmacRequest, ChangedInAnyByteOfAHeaderIsRefused) {
  for (const auto* name : {"Host", "x-ms-date", "x-ms-content-sha256", "Authorization"}) {
    const std::string value(request_of({}, {}).headers.get(name));
    for (std::size_t i = 0; i < value.size(); ++i) {
      auto changed = value;
      changed[i] = other_than(changed[i]);
      auto request = request_of({}, {});
      request.headers.set(name, changed);
      EXPECT_FALSE(verify(request)) << name << ": " << changed;
    }
  }
}

TEST(HmacRequest, WithAnyOtherLastCharacterOfTheSignatureIsRefused) {
  const std::string value(request_of({}, {}).headers.get("Authorization"));
  for (const char c :
       std::string_view("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/")) {
    auto changed = value;
    const bool same = changed[changed.size() - 2] == c;
    changed[changed.size() - 2] = c;
    auto request = request_of({}, {});
    request.headers.set("Authorization", changed);
    EXPECT_EQ(verify(request).has_value(), same) << changed;
  }
}

TEST(HmacRequest, ChangedInAnyByteOfTheTargetIsRefused) {
  for (std::size_t i = 0; i < kTarget.size(); ++i) {
    auto request = request_of({}, {});
    request.target[i] = other_than(request.target[i]);
    EXPECT_FALSE(verify(request)) << request.target;
  }
}

TEST(HmacRequest, WithAnotherMethodIsRefused) {
  for (const auto method : {http::Method::Get, http::Method::Put, http::Method::Delete}) {
    auto request = request_of({}, {});
    request.method = method;
    EXPECT_FALSE(verify(request));
  }
}

TEST(HmacRequest, ChangedInAnyByteOfTheBodyGetsTheDocumentedMessage) {
  for (std::size_t i = 0; i < kBody.size(); ++i) {
    std::string body(kBody);
    body[i] = other_than(body[i]);
    auto request = request_of({}, {});
    request.body = http::Body(body);
    const auto refused = verify(request);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().message,
              "Request 'x-ms-content-sha256' differs from generated content hash.");
  }
}

TEST(HmacRequest, MayComeAgainWithTheSameSignature) {
  const auto request = request_of({}, {});
  EXPECT_TRUE(verify(request));
  EXPECT_TRUE(verify(request));
}

TEST(HmacRequest, IsRefusedOutsideTheClockSkew) {
  const auto request = request_of({}, {});
  EXPECT_TRUE(verify(request, kNow + kSkew));
  EXPECT_TRUE(verify(request, kNow - kSkew));
  for (const auto now : {kNow + kSkew + base::seconds(1), kNow - kSkew - base::seconds(1)}) {
    const auto refused = verify(request, now);
    ASSERT_FALSE(refused);
    EXPECT_THAT(refused.error().message, HasSubstr("'x-ms-date' differs too much"));
  }
}

TEST(HmacRequest, IsDatedByTheHeaderThatIsSigned) {
  auto signs_date = request_of({}, {.names = "date;host;x-ms-content-sha256"});
  signs_date.headers.set("x-ms-date", "Wed, 25 Nov 2020 17:05:00 GMT");
  EXPECT_TRUE(verify(signs_date));
  auto signs_ms_date = request_of({}, {});
  signs_ms_date.headers.set("Date", "Wed, 25 Nov 2020 17:05:00 GMT");
  EXPECT_TRUE(verify(signs_ms_date));
}

TEST(HmacRequest, WithASignedHeaderSentTwiceIsRefused) {
  for (const auto* name : {"x-ms-date", "x-ms-content-sha256"}) {
    auto request = request_of({}, {});
    request.headers.add(name, request.headers.get(name));
    EXPECT_FALSE(verify(request)) << name;
  }
}

struct Malformed {
  const char* name;
  const char* authorization;
};
void PrintTo(const Malformed& c, std::ostream* out) { *out << c.name; }
class MalformedHmacTest : public testing::TestWithParam<Malformed> {};

TEST_P(MalformedHmacTest, IsRefused) {
  auto request = request_of({}, {});
  request.headers.set("Authorization", GetParam().authorization);
  const auto refused = verify(request);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, base::Errc::Unauthorized);
}

INSTANTIATE_TEST_SUITE_P(
    Hmac, MalformedHmacTest,
    testing::Values(
        Malformed{"empty", ""}, Malformed{"scheme_alone", "HMAC-SHA256"},
        Malformed{"nothing_behind", "HMAC-SHA256 "},
        Malformed{"another_scheme", "Bearer SignedHeaders=host&Signature=x"},
        Malformed{"no_signature", "HMAC-SHA256 SignedHeaders=x-ms-date;host;x-ms-content-sha256"},
        Malformed{"empty_signature",
                  "HMAC-SHA256 SignedHeaders=x-ms-date;host;x-ms-content-sha256&Signature="},
        Malformed{"no_headers", "HMAC-SHA256 Signature=AAAA"},
        Malformed{"unknown_part", "HMAC-SHA256 a=b&SignedHeaders=host&Signature=AAAA"},
        Malformed{"separators", "HMAC-SHA256 &&&==;;;"},
        Malformed{"many_headers",
                  "HMAC-SHA256 SignedHeaders=x-ms-date;host;x-ms-content-sha256;a;a;a;a;a;"
                  "a;a;a;a;a;a;a;a;a&Signature=AAAA"}),
    [](const auto& case_) { return std::string(case_.param.name); });

TEST(HmacRequest, IsRefusedWithUnusableKeys) {
  const auto request = request_of({}, {});
  for (const auto& keys : {KeyPair{"", ""}, KeyPair{"no base64", ""}, KeyPair{kOther, kOther}}) {
    const auto refused = verify_signed_request(request, keys, kNow, kSkew);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().message, "Denied by the resource provider.");
  }
}

TEST(HmacSigner, MakesWhatTheVerifierAccepts) {
  for (const auto* body : {"", "{}"}) {
    http::Request request;
    request.method = http::Method::Delete;
    request.target = "/identities/8%3Aacs%3Aaa_bb?api-version=2023-10-01";
    request.body = http::Body(body);
    request.headers.add("Host", "localhost:4880");
    ASSERT_TRUE(sign_request(request, kKey, kNow));
    EXPECT_TRUE(verify(request));
  }
}

TEST(HmacSigner, MakesTheHeadersOfThePublishedClients) {
  http::Request request;
  request.method = http::Method::Post;
  request.target = "/identities?api-version=2023-10-01";
  request.headers.add("Host", "127.0.0.1:4880");
  ASSERT_TRUE(sign_request(request, kKey, kNow));
  EXPECT_EQ(request.headers.get("x-ms-date"), kDate);
  EXPECT_EQ(request.headers.get("x-ms-content-sha256"),
            "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=");
  EXPECT_EQ(request.headers.get("Authorization"),
            "HMAC-SHA256 SignedHeaders=x-ms-date;host;x-ms-content-sha256"
            "&Signature=XnuR9Fj2B0EGB9h11b/3oFHA9qma3ur7LoJufR7md0c=");
}

TEST(HmacSigner, RefusesAKeyThatIsNotBase64AndARequestWithoutHost) {
  http::Request request;
  request.headers.add("Host", "h");
  EXPECT_FALSE(sign_request(request, "no base64", kNow));
  EXPECT_FALSE(sign_request(request, "", kNow));
  request.headers.remove("Host");
  EXPECT_FALSE(sign_request(request, kKey, kNow));
}

TEST(SignedTargets, AreFewAndDifferent) {
  http::Request request;
  request.target = "/a%20b?c=d%20e";
  EXPECT_THAT(signed_targets(request),
              testing::ElementsAre("/a%20b?c=d%20e", "/a%20b?c=d+e", "/a b?c=d e", "a%20b?c=d%20e",
                                   "a%20b?c=d+e", "a b?c=d e"));
  request.tls = true;
  EXPECT_EQ(signed_targets(request).size(), 3u);
}

}  // namespace
}  // namespace fanfare::auth
