#include "communication/identity/access.h"

#include <gmock/gmock.h>

#include "unit/communication/identity/stage.h"

namespace fanfare::communication::identity {
namespace {

using testing::body_of;
using testing::kKey1;
using testing::kKey2;
using testing::Stage;
using testing::text_at;

http::Request request_signed_by(Stage& stage, std::string_view key) {
  http::Request request;
  request.method = http::Method::Post;
  request.target = "/sms?api-version=2021-03-07";
  request.body = http::Body("{}");
  request.headers.add("Host", "localhost:4880");
  EXPECT_TRUE(auth::sign_request(request, key, stage.clock.wall()));
  return request;
}

http::Request request_with(std::string_view authorization) {
  http::Request request;
  request.headers.add("Host", "localhost:4880");
  if (!authorization.empty()) request.headers.add("Authorization", authorization);
  return request;
}

TEST(ResourceAccess, TellsWhichKeySigned) {
  Stage stage;
  const auto first = stage.access().check_caller(request_signed_by(stage, kKey1));
  const auto second = stage.access().check_caller(request_signed_by(stage, kKey2));
  ASSERT_TRUE(first && second);
  EXPECT_EQ(first->key, auth::SigningKey::Key1);
  EXPECT_EQ(second->key, auth::SigningKey::Key2);
  EXPECT_EQ(first->resource, stage.resource());
  EXPECT_EQ(stage.access().check(request_signed_by(stage, kKey2)).value(), stage.resource());
}

TEST(ResourceAccess, RefusesAChangedBodyWithTheDocumentedAnswer) {
  Stage stage;
  auto request = request_signed_by(stage, kKey1);
  request.body = http::Body("{ }");
  const auto refused = stage.access().check(request);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().status, 401);
  EXPECT_EQ(refused.error().body,
            R"({"error":{"code":"Denied","message":"Request 'x-ms-content-sha256' differs from )"
            R"(generated content hash."}})");
}

TEST(ResourceAccess, FollowsTheClockAndTheKeys) {
  Stage stage;
  const auto request = request_signed_by(stage, kKey1);
  stage.advance(base::minutes(15));
  EXPECT_TRUE(stage.access().check(request));
  stage.advance(base::seconds(1));
  EXPECT_FALSE(stage.access().check(request));
  const auto fresh = request_signed_by(stage, kKey1);
  ASSERT_TRUE(stage.run(
      stage.resources().regenerate_key(stage.resource()->arm_id(), ResourceKey::Primary)));
  EXPECT_FALSE(stage.access().check(fresh));
  EXPECT_TRUE(stage.access().check(request_signed_by(stage, kKey2)));
}

struct Refused {
  const char* name;
  const char* authorization;
};
void PrintTo(const Refused& c, std::ostream* out) { *out << c.name; }
class RefusedAccessTest : public ::testing::TestWithParam<Refused> {};

TEST_P(RefusedAccessTest, Is401WithAChallenge) {
  Stage stage;
  const auto request = request_with(GetParam().authorization);
  const auto resource = stage.access().check(request);
  ASSERT_FALSE(resource);
  EXPECT_EQ(resource.error().status, 401);
  EXPECT_EQ(text_at(body_of(resource.error()), "error.code"), "Denied");
  EXPECT_EQ(resource.error().headers.get("WWW-Authenticate"), "HMAC-SHA256, Bearer");
  const auto user = stage.users().check(request);
  ASSERT_FALSE(user);
  EXPECT_EQ(user.error().status, 401);
  EXPECT_EQ(text_at(body_of(user.error()), "error.code"), "Unauthorized");
  EXPECT_EQ(user.error().headers.get("WWW-Authenticate"), "Bearer");
}

INSTANTIATE_TEST_SUITE_P(
    Access, RefusedAccessTest,
    ::testing::Values(Refused{"nothing", ""}, Refused{"bearer_alone", "Bearer"},
                      Refused{"bearer_of_nothing", "Bearer "}, Refused{"text", "Bearer abc"},
                      Refused{"basic", "Basic YTpi"},
                      Refused{"unsigned_token", "Bearer eyJhbGciOiJub25lIn0.e30."}),
    [](const auto& case_) { return std::string(case_.param.name); });

TEST(ResourceAccess, TwoCredentialsAreNone) {
  Stage stage;
  auto request = request_signed_by(stage, kKey1);
  request.headers.add("Authorization", "Bearer x");
  EXPECT_FALSE(stage.access().check(request));
}

TEST(ResourceAccess, TakesNoUserToken) {
  Stage stage;
  const auto token = stage.issue(stage.create());
  EXPECT_FALSE(stage.access().check(request_with("Bearer " + token)));
}

/// Knows one token, and the roles of its holder.
class OneBearer final : public auth::BearerVerifier {
 public:
  explicit OneBearer(std::vector<std::string> roles) : roles_(std::move(roles)) {}
  base::Result<auth::Principal> verify(std::string_view token,
                                       std::string_view audience) const override {
    if (token != "good" || audience != kCommunicationAudience)
      return base::Error{base::Errc::Unauthorized, "unknown token", {}};
    return auth::Principal{auth::CredentialKind::Bearer, "someone", {}, roles_};
  }

 private:
  std::vector<std::string> roles_;
};

TEST(ResourceAccess, TakesBearerTokensByRole) {
  Stage stage;
  const OneBearer contributor({"Reader", "Contributor"});
  const ResourceAccess may(stage.resolver(), contributor, stage.clock);
  const auto caller = may.check_caller(request_with("bearer good"));
  ASSERT_TRUE(caller);
  EXPECT_EQ(caller->key, std::nullopt);
  EXPECT_EQ(may.check(request_with("Bearer bad")).error().status, 401);
  const OneBearer reader({"Reader"});
  const ResourceAccess may_not(stage.resolver(), reader, stage.clock);
  EXPECT_EQ(may_not.check(request_with("Bearer good")).error().status, 403);
}

TEST(UserAccess, TellsTheCaller) {
  Stage stage;
  const auto user = stage.create();
  const auto token = stage.issue(user, 5);
  for (const auto* scheme : {"Bearer ", "bearer "}) {
    const auto caller = stage.users().check(request_with(scheme + token));
    ASSERT_TRUE(caller);
    EXPECT_EQ(caller->user, user);
    EXPECT_EQ(caller->resource, stage.resource());
    EXPECT_TRUE(has(caller->scopes, Scope::Chat));
    EXPECT_TRUE(has(caller->scopes, Scope::ChatJoin));
    EXPECT_FALSE(has(caller->scopes, Scope::Voip));
  }
  EXPECT_TRUE(stage.users().check_token(request_with(""), token));
}

TEST(UserAccess, EndsWithTheRevocation) {
  Stage stage;
  const auto user = stage.create();
  const auto token = stage.issue(user);
  EXPECT_TRUE(stage.users().check(request_with("Bearer " + token)));
  ASSERT_TRUE(stage.run(stage.identities().revoke(stage.resource(), user)));
  EXPECT_FALSE(stage.users().check(request_with("Bearer " + token)));
}

TEST(UserAccess, TakesNoSignedRequest) {
  Stage stage;
  EXPECT_FALSE(stage.users().check(request_signed_by(stage, kKey1)));
}

TEST(Access, WithoutAResourceIsRefused) {
  Stage stage;
  auth::RefuseAllBearers bearers;
  const ResourceResolver nowhere = [](const http::Request&) { return ResourcePtr(); };
  const ResourceAccess access(nowhere, bearers, stage.clock);
  const UserAccess users(nowhere, stage.identities());
  EXPECT_EQ(access.check(request_signed_by(stage, kKey1)).error().status, 401);
  EXPECT_EQ(users.check(request_with("Bearer " + stage.issue(stage.create()))).error().status, 401);
}

}  // namespace
}  // namespace fanfare::communication::identity
