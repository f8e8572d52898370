#include "management/arm.h"

#include <gtest/gtest.h>

#include <string>

#include "management/arm_handler.h"

namespace fanfare::management {
namespace {

constexpr const char* kS = "5b4b650e-28b9-4790-b3ab-ddbd88d727c4";

struct PathCase {
  const char* name;
  std::string path;
  std::vector<std::string> segments;  ///< empty: refused
};
void PrintTo(const PathCase& c, std::ostream* out) { *out << c.path; }
class PathTest : public testing::TestWithParam<PathCase> {};
TEST_P(PathTest, IsReadStrictly) {
  const auto read = parse_segments(GetParam().path);
  if (GetParam().segments.empty()) {
    EXPECT_FALSE(read);
  } else {
    ASSERT_TRUE(read) << read.error().message;
    EXPECT_EQ(*read, GetParam().segments);
  }
}
INSTANTIATE_TEST_SUITE_P(
    Paths, PathTest,
    testing::Values(
        PathCase{"plain", "/a/b", {"a", "b"}}, PathCase{"slashes_in_front", "///a/b", {"a", "b"}},
        PathCase{"slash_behind", "/a/b/", {"a", "b"}},
        PathCase{"escapes", "/a%20b/%c3%a9", {"a b", "\xc3\xa9"}},
        PathCase{"case_is_kept", "/SubScriptions", {"SubScriptions"}},
        PathCase{"empty_segment", "/a//b", {}}, PathCase{"dot", "/a/./b", {}},
        PathCase{"dots", "/a/../b", {}}, PathCase{"escaped_dots", "/a/%2e%2e/b", {}},
        PathCase{"escaped_slash", "/a%2fb", {}}, PathCase{"escaped_backslash", "/a%5cb", {}},
        PathCase{"escaped_escape", "/a%2541", {}}, PathCase{"nul", "/a%00b", {}},
        PathCase{"line_break", "/a%0ab", {}}, PathCase{"bad_escape", "/a%zz", {}},
        PathCase{"cut_escape", "/a%2", {}},
        PathCase{"too_long_a_name", "/" + std::string(300, 'a'), {}}, PathCase{"nothing", "/", {}}),
    [](const auto& info) { return std::string(info.param.name); });

TEST(ScopeTest, ReadsSubscriptionsGroupsAndResources) {
  const std::string s = std::string("/subscriptions/") + kS;
  for (const auto& id :
       {s, s + "/resourceGroups/g", s + "/resourceGroups/g/providers/Microsoft.EventGrid/topics/t",
        s + "/resourceGroups/g/providers/Microsoft.EventGrid/domains/d/topics/t"}) {
    const auto scope = parse_scope(id);
    ASSERT_TRUE(scope) << id;
    EXPECT_EQ(scope->arm_id(), id);
  }
  const auto topic = parse_scope(s + "/RESOURCEGROUPS/g/PROVIDERS/microsoft.eventgrid/TOPICS/t");
  ASSERT_TRUE(topic);
  EXPECT_EQ(topic->topic_name(), "t");
  EXPECT_FALSE(parse_scope(s + "/resourceGroups/g/providers/Microsoft.EventGrid/domains/d/topics/t")
                   ->topic_name());
  EXPECT_FALSE(parse_scope(s + "/resourceGroups/g")->topic_name());
}

TEST(ScopeTest, RefusesWhatNamesNothing) {
  const std::string s = std::string("/subscriptions/") + kS;
  for (const std::string& id :
       {std::string("/"), std::string("/subscriptions"), std::string("/subscriptions/not-a-guid"),
        s + "/resourceGroups", s + "/resourceGroups/g.", s + "/resourceGroups/g/providers",
        s + "/resourceGroups/g/providers/Microsoft.EventGrid",
        s + "/resourceGroups/g/providers/Microsoft.EventGrid/topics", s + "/elsewhere/x"}) {
    EXPECT_FALSE(parse_scope(id)) << id;
  }
}

TEST(ScopeTest, CoversWhatLiesBelowIt) {
  const auto group = *parse_scope(std::string("/subscriptions/") + kS + "/resourceGroups/g");
  EXPECT_TRUE(
      group.covers(std::string("/SUBSCRIPTIONS/") + kS + "/resourceGroups/G/providers/x/y/z"));
  EXPECT_TRUE(group.covers(group.arm_id()));
  EXPECT_FALSE(
      group.covers(std::string("/subscriptions/") + kS + "/resourceGroups/g2/providers/x/y/z"));
}

TEST(SubscriptionPathTest, ReadsBothFormsOfOneResource) {
  const std::string topic = std::string("/subscriptions/") + kS +
                            "/resourceGroups/g/providers/Microsoft.EventGrid/topics/t";
  const auto read = [](const std::string& path) {
    const auto segments = parse_segments(path);
    return parse_subscription_path(*segments);
  };
  const auto extension = read(topic + "/providers/microsoft.eventgrid/EVENTSUBSCRIPTIONS/e");
  ASSERT_TRUE(extension);
  EXPECT_EQ(extension->name, "e");
  EXPECT_EQ(extension->form, IdForm::Extension);
  EXPECT_EQ(extension->scope.topic_name(), "t");
  const auto nested = read(topic + "/eventSubscriptions/e/getFullUrl");
  ASSERT_TRUE(nested);
  EXPECT_EQ(nested->form, IdForm::Nested);
  EXPECT_EQ(nested->name, "e");
  EXPECT_EQ(nested->scope.topic_name(), "t");
  const auto of_group =
      read(std::string("/subscriptions/") + kS +
           "/resourceGroups/g/providers/Microsoft.EventGrid/eventSubscriptions/e");
  ASSERT_TRUE(of_group);
  EXPECT_EQ(of_group->scope.resource_group, "g");
  EXPECT_FALSE(of_group->scope.topic_name());
  EXPECT_FALSE(read(topic));
}

struct VersionCase {
  const char* name;
  const char* query;
  const char* code;  ///< empty: accepted
};
void PrintTo(const VersionCase& c, std::ostream* out) { *out << c.query; }
class ApiVersionTest : public testing::TestWithParam<VersionCase> {};
TEST_P(ApiVersionTest, IsADate) {
  http::Request request;
  request.target = "/x" + std::string(GetParam().query);
  const auto version = api_version(request);
  EXPECT_EQ(version ? "" : version.error().target, GetParam().code);
}
INSTANTIATE_TEST_SUITE_P(
    Versions, ApiVersionTest,
    testing::Values(
        VersionCase{"stable", "?api-version=2022-06-15", ""},
        VersionCase{"preview", "?api-version=2024-06-01-preview", ""},
        VersionCase{"name_in_any_case", "?API-Version=2025-02-15", ""},
        VersionCase{"behind_others", "?$top=1&api-version=2020-06-01", ""},
        VersionCase{"missing", "", "MissingApiVersionParameter"},
        VersionCase{"empty", "?api-version=", "MissingApiVersionParameter"},
        VersionCase{"word", "?api-version=latest", "InvalidApiVersionParameter"},
        VersionCase{"last_century", "?api-version=1999-01-01", "InvalidApiVersionParameter"},
        VersionCase{"other_suffix", "?api-version=2022-06-15-beta", "InvalidApiVersionParameter"}),
    [](const auto& info) { return std::string(info.param.name); });

TEST(Origin, IsWhatTheClientWrote) {
  http::Request request;
  request.headers.add("Host", "fanfare.local:4880");
  EXPECT_EQ(origin_of(request), "http://fanfare.local:4880");
  request.tls = true;
  EXPECT_EQ(origin_of(request), "https://fanfare.local:4880");
}

TEST(Guard, AsksForManagementRoutesAlone) {
  std::vector<std::string> asked;
  const auto guard =
      arm_guard([&](const http::Request&, std::string_view permission) -> base::Result<void> {
        asked.emplace_back(permission);
        if (permission == kSecrets) return base::Error{base::Errc::Forbidden, "no", {}};
        return {};
      });
  base::IoThreads threads(1);
  const auto status = [&](std::string permission) {
    int out = 0;
    base::block_on(threads.executor(0), [&]() -> base::Async<void> {
      http::Request request;
      http::Route route{http::Method::Get, "/x", permission, {}};
      const auto refused = co_await guard(request, route);
      out = refused ? refused->status : 200;
    });
    return out;
  };
  EXPECT_EQ(status(std::string(kRead)), 200);
  EXPECT_EQ(status(std::string(kSecrets)), 403);
  EXPECT_EQ(status("public"), 200);
  EXPECT_EQ(asked.size(), 2u);
}

}  // namespace
}  // namespace fanfare::management
