#include "communication/identity/identity_api.h"

#include <gmock/gmock.h>

#include "auth/percent.h"
#include "communication/identity/identity_body.h"
#include "unit/communication/identity/stage.h"

namespace fanfare::communication::identity {
namespace {

using http::Method;
using testing::body_of;
using testing::kKey2;
using testing::Stage;
using testing::StageOptions;
using testing::text_at;

constexpr std::string_view kVersion = "?api-version=2023-10-01";
constexpr std::string_view kPreview = "?api-version=2025-03-02-preview";

std::string path_of(std::string_view user, std::string_view rest = {},
                    std::string_view version = kVersion) {
  return "/identities/" + auth::percent_encode(user) + std::string(rest) + std::string(version);
}

std::string create(Stage& stage, std::string_view body = {}) {
  const auto response = stage.send(Method::Post, "/identities" + std::string(kVersion), body);
  EXPECT_EQ(response.status, 201) << response.body;
  return text_at(body_of(response), "identity.id");
}

TEST(IdentityApi, CreatesWithoutABody) {
  Stage stage;
  const auto response = stage.send(Method::Post, "/identities" + std::string(kVersion));
  EXPECT_EQ(response.status, 201);
  const auto body = body_of(response);
  EXPECT_THAT(text_at(body, "identity.id"), ::testing::StartsWith("8:acs:"));
  EXPECT_EQ(body.find("accessToken"), nullptr) << "absent, not null";
  EXPECT_EQ(body.if_object()->size(), 1u);
}

TEST(IdentityApi, CreatesWithAToken) {
  Stage stage;
  const auto response =
      stage.send(Method::Post, "/identities" + std::string(kVersion),
                 R"({"createTokenWithScopes":["chat","voip"],"expiresInMinutes":60})");
  ASSERT_EQ(response.status, 201) << response.body;
  const auto body = body_of(response);
  EXPECT_EQ(text_at(body, "accessToken.expiresOn"), "2026-01-31T13:00:00.0000000+00:00");
  const auto holder =
      stage.identities().verify(stage.resource(), text_at(body, "accessToken.token"));
  ASSERT_TRUE(holder);
  EXPECT_EQ(holder->user, text_at(body, "identity.id"));
  EXPECT_EQ(join_scopes(holder->scopes), "chat,voip");
}

TEST(IdentityApi, IssuesForADayUnlessToldOtherwise) {
  Stage stage;
  const auto user = create(stage);
  for (const auto* body :
       {R"({"scopes":["chat"]})", R"({"scopes":["chat"],"expiresInMinutes":null})",
        R"({"scopes":["chat"],"expiresInMinutes":1440})"}) {
    const auto response = stage.send(Method::Post, path_of(user, "/:issueAccessToken"), body);
    ASSERT_EQ(response.status, 200) << response.body;
    EXPECT_EQ(text_at(body_of(response), "expiresOn"), "2026-02-01T12:00:00.0000000+00:00");
    EXPECT_TRUE(stage.accepts(text_at(body_of(response), "token")));
  }
}

TEST(IdentityApi, RevokesAndDeletes) {
  Stage stage;
  const auto user = create(stage);
  const auto issued = [&] {
    const auto response =
        stage.send(Method::Post, path_of(user, "/:issueAccessToken"), R"({"scopes":["chat"]})");
    return text_at(body_of(response), "token");
  };
  const auto first = issued();
  const auto revoked = stage.send(Method::Post, path_of(user, "/:revokeAccessTokens"));
  EXPECT_EQ(revoked.status, 204);
  EXPECT_EQ(revoked.body, "");
  EXPECT_FALSE(stage.accepts(first));
  const auto second = issued();
  EXPECT_TRUE(stage.accepts(second));
  EXPECT_EQ(stage.send(Method::Delete, path_of(user)).status, 204);
  EXPECT_FALSE(stage.accepts(second));
  EXPECT_EQ(stage.send(Method::Delete, path_of(user)).status, 404);
}

TEST(IdentityApi, TokensDieWithTheKeyThatSignedTheRequest) {
  Stage stage;
  const auto user = create(stage);
  const auto under_second =
      text_at(body_of(stage.send(Method::Post, path_of(user, "/:issueAccessToken"),
                                 R"({"scopes":["chat"]})", kKey2)),
              "token");
  const auto regenerate = [&](ResourceKey key) {
    ASSERT_TRUE(stage.run(stage.resources().regenerate_key(stage.resource()->arm_id(), key)));
  };
  regenerate(ResourceKey::Primary);
  EXPECT_TRUE(stage.accepts(under_second));
  regenerate(ResourceKey::Secondary);
  EXPECT_FALSE(stage.accepts(under_second));
}

TEST(IdentityApi, ShowsAnIdentityInThePreview) {
  Stage stage;
  const auto made = stage.send(Method::Post, "/identities" + std::string(kPreview),
                               R"({"customId":"sally@contoso.com"})");
  const auto user = text_at(body_of(made), "identity.id");
  auto shown = stage.send(Method::Get, path_of(user, "", kPreview));
  EXPECT_EQ(shown.body, R"({"id":")" + user + R"(","customId":"sally@contoso.com"})");
  stage.issue(user);
  shown = stage.send(Method::Get, path_of(user, "", kPreview));
  EXPECT_EQ(text_at(body_of(shown), "lastTokenIssuedAt"), "2026-01-31T12:00:00.2500000+00:00");
  const auto again = stage.send(Method::Post, "/identities" + std::string(kPreview),
                                R"({"customId":"sally@contoso.com"})");
  EXPECT_EQ(text_at(body_of(again), "identity.id"), user);
  EXPECT_EQ(stage.send(Method::Get, path_of(user)).status, 400) << "not in a stable version";
}

TEST(IdentityApi, PassesOverCustomIdsOutsideOfThePreview) {
  Stage stage;
  EXPECT_NE(create(stage, R"({"customId":"a"})"), create(stage, R"({"customId":"a"})"));
}

TEST(IdentityApi, GivesTheClientsRequestIdBack) {
  Stage stage;
  http::Request request;
  request.method = Method::Post;
  request.target = "/identities" + std::string(kVersion);
  request.headers.add("Host", "localhost:4880");
  request.headers.add("x-ms-client-request-id", "abc");
  ASSERT_TRUE(auth::sign_request(request, testing::kKey1, stage.clock.wall()));
  EXPECT_EQ(stage.send(std::move(request)).headers.get("x-ms-client-request-id"), "abc");
}

struct Version {
  const char* name;
  const char* query;
  int status;
  const char* code;
};
void PrintTo(const Version& c, std::ostream* out) { *out << c.name; }
class IdentityVersionTest : public ::testing::TestWithParam<Version> {};

TEST_P(IdentityVersionTest, IsTakenOrRefused) {
  Stage stage;
  const auto response = stage.send(Method::Post, "/identities" + std::string(GetParam().query));
  EXPECT_EQ(response.status, GetParam().status);
  if (response.status != 201) {
    EXPECT_EQ(text_at(body_of(response), "error.code"), GetParam().code);
    EXPECT_EQ(response.headers.get("x-ms-error-code"), GetParam().code);
  }
}

INSTANTIATE_TEST_SUITE_P(
    IdentityApi, IdentityVersionTest,
    ::testing::Values(
        Version{"of_2021", "?api-version=2021-03-07", 201, ""},
        Version{"of_the_teams_preview", "?api-version=2021-10-31-preview", 201, ""},
        Version{"of_june_2022", "?api-version=2022-06-01", 201, ""},
        Version{"of_october_2022", "?api-version=2022-10-01", 201, ""},
        Version{"of_august_2023", "?api-version=2023-08-01", 201, ""},
        Version{"of_october_2023", "?api-version=2023-10-01", 201, ""},
        Version{"of_the_custom_id_preview", "?api-version=2025-03-02-preview", 201, ""},
        Version{"of_2025", "?api-version=2025-06-30", 201, ""},
        Version{"unknown", "?api-version=2020-07-20-preview2", 400, "UnsupportedApiVersion"},
        Version{"missing", "", 400, "ApiVersionUnspecified"},
        Version{"empty", "?api-version=", 400, "ApiVersionUnspecified"}),
    [](const auto& case_) { return std::string(case_.param.name); });

constexpr const char* kForeign =
    "8:acs:00000000-0000-0000-0000-000000000000_00000000-0000-0000-0000-000000000000";
constexpr const char* kNobody =
    "8:acs:2dee53b4-368b-45b4-ab52-8493fb117652_00000005-14a2-493b-8a72-5a3a0d000081";

struct Wrong {
  const char* name;
  Method method;
  std::string target;
  const char* body;
  int status;
  const char* code;
  const char* target_member;
};
void PrintTo(const Wrong& c, std::ostream* out) { *out << c.name; }
class WrongIdentityRequestTest : public ::testing::TestWithParam<Wrong> {};

TEST_P(WrongIdentityRequestTest, GetsItsAnswer) {
  Stage stage;
  const auto& c = GetParam();
  const auto response = stage.send(c.method, c.target, c.body);
  EXPECT_EQ(response.status, c.status) << response.body;
  const auto body = body_of(response);
  EXPECT_EQ(text_at(body, "error.code"), c.code);
  EXPECT_EQ(text_at(body, "error.target"), c.target_member);
  EXPECT_NE(text_at(body, "error.message"), "");
}

const std::string kCreate = "/identities" + std::string(kVersion);
const std::string kCreatePreview = "/identities" + std::string(kPreview);
const std::string kIssue = path_of(kNobody, "/:issueAccessToken");
const std::string kTeams = "/teamsUser/:exchangeAccessToken" + std::string(kVersion);
const std::string kLong = R"({"customId":")" + std::string(257, 'x') + "\"}";

INSTANTIATE_TEST_SUITE_P(
    IdentityApi, WrongIdentityRequestTest,
    ::testing::Values(
        Wrong{"no_scopes", Method::Post, kIssue, R"({"scopes":[]})", 400, "ValidationError",
              "scopes"},
        Wrong{"scopes_missing", Method::Post, kIssue, "{}", 400, "ValidationError", "scopes"},
        Wrong{"scopes_null", Method::Post, kIssue, R"({"scopes":null})", 400, "ValidationError",
              "scopes"},
        Wrong{"unknown_scope", Method::Post, kIssue, R"({"scopes":["all"]})", 400,
              "ValidationError", "scopes"},
        Wrong{"scopes_no_list", Method::Post, kIssue, R"({"scopes":"chat"})", 400,
              "ValidationError", "scopes"},
        Wrong{"scope_no_text", Method::Post, kIssue, R"({"scopes":[1]})", 400, "ValidationError",
              "scopes"},
        Wrong{"unknown_scope_of_a_creation", Method::Post, kCreate,
              R"({"createTokenWithScopes":["x"]})", 400, "ValidationError",
              "createTokenWithScopes"},
        Wrong{"too_short", Method::Post, kIssue, R"({"scopes":["chat"],"expiresInMinutes":59})",
              400, "ValidationError", "expiresInMinutes"},
        Wrong{"too_long", Method::Post, kIssue, R"({"scopes":["chat"],"expiresInMinutes":1441})",
              400, "ValidationError", "expiresInMinutes"},
        Wrong{"lifetime_no_number", Method::Post, kCreate, R"({"expiresInMinutes":"60"})", 400,
              "ValidationError", "expiresInMinutes"},
        Wrong{"lifetime_fraction", Method::Post, kCreate, R"({"expiresInMinutes":60.5})", 400,
              "ValidationError", "expiresInMinutes"},
        Wrong{"no_json", Method::Post, kCreate, "x", 400, "ValidationError", "body"},
        Wrong{"no_object", Method::Post, kCreate, "[]", 400, "ValidationError", "body"},
        Wrong{"issue_without_body", Method::Post, kIssue, "", 400, "ValidationError", "body"},
        Wrong{"empty_custom_id", Method::Post, kCreatePreview, R"({"customId":""})", 400,
              "ValidationError", "customId"},
        Wrong{"long_custom_id", Method::Post, kCreatePreview, kLong.c_str(), 400, "ValidationError",
              "customId"},
        Wrong{"issue_for_nobody", Method::Post, kIssue, R"({"scopes":["chat"]})", 404,
              "IdentityNotFound", ""},
        Wrong{"revoke_for_nobody", Method::Post, path_of(kNobody, "/:revokeAccessTokens"), "", 404,
              "IdentityNotFound", ""},
        Wrong{"delete_nobody", Method::Delete, path_of(kNobody), "", 404, "IdentityNotFound", ""},
        Wrong{"show_nobody", Method::Get, path_of(kNobody, "", kPreview), "", 404,
              "IdentityNotFound", ""},
        Wrong{"issue_for_a_foreigner", Method::Post, path_of(kForeign, "/:issueAccessToken"),
              R"({"scopes":["chat"]})", 401, "IdentityNotOwned", ""},
        Wrong{"revoke_for_a_foreigner", Method::Post, path_of(kForeign, "/:revokeAccessTokens"), "",
              401, "IdentityNotOwned", ""},
        Wrong{"delete_a_foreigner", Method::Delete, path_of(kForeign), "", 401, "IdentityNotOwned",
              ""},
        Wrong{"teams_without_token", Method::Post, kTeams, R"({"appId":"a","userId":"u"})", 400,
              "ValidationError", "token"},
        Wrong{"teams_with_an_empty_user", Method::Post, kTeams,
              R"({"token":"t","appId":"a","userId":""})", 400, "ValidationError", "userId"},
        Wrong{"teams", Method::Post, kTeams, R"({"token":"t","appId":"a","userId":"u"})", 401,
              "InvalidAccessToken", ""},
        Wrong{"teams_before_its_time", Method::Post,
              "/teamsUser/:exchangeAccessToken?api-version=2021-03-07",
              R"({"token":"t","appId":"a","userId":"u"})", 400, "UnsupportedApiVersion", ""},
        Wrong{"entra", Method::Post, "/access/entra/:exchangeAccessToken" + std::string(kPreview),
              "{}", 401, "Denied", ""},
        Wrong{"teams_extension", Method::Post,
              "/access/teamsExtension/:exchangeAccessToken?api-version=2025-06-30", "{}", 401,
              "Denied", ""},
        Wrong{"teams_extension_before_its_time", Method::Post,
              "/access/teamsExtension/:exchangeAccessToken" + std::string(kVersion), "{}", 400,
              "UnsupportedApiVersion", ""}),
    [](const auto& case_) { return std::string(case_.param.name); });

TEST(IdentityApi, TellsTheDocumentedMessageWithoutScopes) {
  Stage stage;
  const auto response = stage.send(Method::Post, kIssue, R"({"scopes":[]})");
  EXPECT_EQ(response.body,
            R"({"error":{"code":"ValidationError","message":"Invalid scopes - Scopes field is )"
            R"(required.","target":"scopes"}})");
}

TEST(IdentityApi, TakesACustomIdOf256CharactersOfAnyKind) {
  Stage stage;
  std::string id;
  for (int i = 0; i < 256; ++i) id += "\xf0\x9f\x8e\xba";
  const auto body = R"({"customId":")" + id + "\"}";
  EXPECT_EQ(stage.send(Method::Post, kCreatePreview, body).status, 201);
}

TEST(IdentityApi, EveryRouteRefusesWhoHasNoKey) {
  Stage stage;
  ASSERT_EQ(stage.router().routes().size(), 8u);
  for (const auto& route : stage.router().routes()) {
    http::Request request;
    request.method = route.method;
    request.target = "/identities" + std::string(kPreview);
    request.headers.add("Host", "localhost:4880");
    const auto response = stage.run(route.handler(std::move(request)));
    EXPECT_EQ(response.status, 401) << route.pattern;
    EXPECT_EQ(text_at(body_of(response), "error.code"), "Denied") << route.pattern;
  }
}

TEST(IdentityApi, AsksToWaitWhenLimited) {
  StageOptions options;
  options.limits = LimitMode::Service;
  Stage stage(options);
  const auto user = create(stage);
  while (!stage.limits.take(stage.resource()->id, Operation::Revoke)) {
  }
  const auto refused = stage.send(Method::Post, path_of(user, "/:revokeAccessTokens"));
  EXPECT_EQ(refused.status, 429);
  EXPECT_EQ(refused.headers.get("Retry-After"), "1");
  EXPECT_EQ(text_at(body_of(refused), "error.code"), "TooManyRequests");
  stage.advance(base::seconds(1));
  EXPECT_EQ(stage.send(Method::Post, path_of(user, "/:revokeAccessTokens")).status, 204);
}

}  // namespace
}  // namespace fanfare::communication::identity
