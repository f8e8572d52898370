#include "http/router.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace fanfare::http {
namespace {

base::Async<Response> nothing(Request) { co_return Response::empty(200); }

Router grid_routes() {
  Router router;
  router.add(Method::Post, "/api/events", "publish", nothing);
  router.add(Method::Post, "/topics/{topic}/api/events", "publish", nothing);
  router.add(Method::Get, "/", "public", nothing);
  router.add(Method::Get, "/{scope...}/providers/Microsoft.EventGrid/eventSubscriptions/{name}",
             "subscriptions/read", nothing);
  router.add(Method::Put, "/{scope...}/providers/Microsoft.EventGrid/eventSubscriptions/{name}",
             "subscriptions/write", nothing);
  router.add(Method::Get,
             "/subscriptions/{id}/providers/Microsoft.EventGrid/eventSubscriptions/special",
             "special", nothing);
  router.add(Method::Get, "/files/{path...}", "public", nothing);
  router.add(Method::Get, "/files/{name}", "public", nothing);
  router.add(Method::Get, "/files/readme", "public", nothing);
  return router;
}

std::string describe(const Router::Match& match) {
  if (!match.route) return match.allow.empty() ? "none" : "allow " + match.allow;
  std::string out = match.route->pattern;
  for (const auto& parameter : match.parameters)
    out += " " + parameter.name + "=" + parameter.value;
  return out;
}

struct Case {
  const char* name;
  Method method;
  const char* path;
  const char* expected;
};

void PrintTo(const Case& c, std::ostream* out) { *out << c.name; }
class RouteTest : public testing::TestWithParam<Case> {};

TEST_P(RouteTest, is_the_most_specific_that_matches) {
  const Router router = grid_routes();
  EXPECT_EQ(describe(router.match(GetParam().method, GetParam().path)), GetParam().expected);
}

constexpr const char* kScoped =
    "/{scope...}/providers/Microsoft.EventGrid/eventSubscriptions/{name}";

INSTANTIATE_TEST_SUITE_P(
    Router, RouteTest,
    testing::Values(
        Case{"literal", Method::Post, "/api/events", "/api/events"},
        Case{"literal_in_other_case", Method::Post, "/API/Events", "/api/events"},
        Case{"trailing_slash", Method::Post, "/api/events/", "/api/events"},
        Case{"parameter", Method::Post, "/topics/a/api/events",
             "/topics/{topic}/api/events topic=a"},
        Case{"decoded_parameter", Method::Post, "/topics/a%2Fb%20c/api/events",
             "/topics/{topic}/api/events topic=a/b c"},
        Case{"empty_parameter", Method::Post, "/topics//api/events", "none"},
        Case{"root", Method::Get, "/", "/"}, Case{"head_takes_get", Method::Head, "/", "/"},
        Case{"other_method", Method::Delete, "/api/events", "allow POST"},
        Case{"two_methods", Method::Delete, "/s/providers/Microsoft.EventGrid/eventSubscriptions/n",
             "allow GET, PUT"},
        Case{"longer", Method::Post, "/api/events/x", "none"},
        Case{"shorter", Method::Post, "/api", "none"},
        Case{"encoded_slash_is_no_separator", Method::Post, "/api%2Fevents", "none"},
        Case{"literal_before_parameter", Method::Get, "/files/README", "/files/readme"},
        Case{"parameter_before_tail", Method::Get, "/files/a", "/files/{name} name=a"},
        Case{"tail", Method::Get, "/files/a/b%20c/d", "/files/{path...} path=a/b c/d"},
        Case{"literal_start_before_tail", Method::Get,
             "/subscriptions/1/providers/Microsoft.EventGrid/eventSubscriptions/special",
             "/subscriptions/{id}/providers/Microsoft.EventGrid/eventSubscriptions/special id=1"}),
    [](const auto& case_) { return case_.param.name; });

TEST(Router, takes_a_scope_of_any_depth) {
  const Router router = grid_routes();
  const std::string scope =
      "subscriptions/1/resourceGroups/g/providers/Microsoft.EventGrid/topics/t";
  const auto match = router.match(
      Method::Put, "/" + scope + "/providers/Microsoft.EventGrid/eventSubscriptions/sub");
  EXPECT_EQ(describe(match), std::string(kScoped) + " scope=" + scope + " name=sub");
}

TEST(Router, does_not_match_a_scope_of_nothing) {
  const Router router = grid_routes();
  EXPECT_EQ(
      describe(router.match(Method::Get, "/providers/Microsoft.EventGrid/eventSubscriptions/n")),
      "none");
}

TEST(Router, survives_paths_of_many_segments) {
  std::string path;
  for (int i = 0; i < 5000; ++i) path += "/a";
  EXPECT_EQ(describe(grid_routes().match(Method::Get, path)), "none");
}

TEST(Router, shows_every_route_with_its_permission) {
  const Router router = grid_routes();
  ASSERT_EQ(router.routes().size(), 9u);
  for (const Route& route : router.routes()) EXPECT_FALSE(route.permission.empty());
}

TEST(RouterDeathTest, refuses_routes_that_cannot_be_meant) {
  Router router = grid_routes();
  EXPECT_DEATH(router.add(Method::Get, "/x", "", nothing), "permission");
  EXPECT_DEATH(router.add(Method::Get, "/FILES/readme", "public", nothing), "pattern");
  EXPECT_DEATH(router.add(Method::Get, "x", "public", nothing), "starts_with");
  EXPECT_DEATH(router.add(Method::Get, "/{a...}/{b...}", "public", nothing), "tail");
}

Response run(const Router& router, Request request) {
  base::IoThreads threads(1);
  Response response;
  const auto handle = [](const Router& by, Request what, Response& into) -> base::Async<void> {
    base::Async<Response> handled = by.handle(std::move(what));
    into = co_await std::move(handled);
  };
  base::block_on(threads.executor(0), [&] { return handle(router, std::move(request), response); });
  return response;
}

base::Async<Response> echo_topic(Request request) {
  co_return Response::text(200, std::string(request.parameter("topic")));
}

base::Async<std::optional<Response>> only_publishers(Request& request, const Route& route) {
  if (route.permission == "publish" && !request.headers.contains("key")) {
    co_return Response::text(401, "no key");
  }
  co_return std::nullopt;
}

Request post(std::string target) {
  Request request;
  request.method = Method::Post;
  request.target = std::move(target);
  return request;
}

TEST(Router, asks_the_guard_before_the_handler) {
  Router router;
  router.add(Method::Post, "/topics/{topic}", "publish", echo_topic);
  router.set_guard(only_publishers);
  EXPECT_EQ(run(router, post("/topics/a")).status, 401);
  Request with_key = post("/topics/a");
  with_key.headers.add("key", "k");
  const Response response = run(router, std::move(with_key));
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(response.body, "a");
}

TEST(Router, says_what_is_allowed_and_lets_fallbacks_speak) {
  Router router;
  router.add(Method::Get, "/a", "public", nothing);
  const Response plain = run(router, post("/a"));
  EXPECT_EQ(plain.status, 405);
  EXPECT_EQ(plain.headers.get("Allow"), "GET");
  EXPECT_EQ(run(router, post("/b")).status, 404);
  const auto teapot = [](Request) -> base::Async<Response> { co_return Response::text(418, "t"); };
  router.set_not_found(teapot);
  router.set_method_not_allowed(teapot);
  EXPECT_EQ(run(router, post("/b")).status, 418);
  const Response custom = run(router, post("/a"));
  EXPECT_EQ(custom.status, 418);
  EXPECT_EQ(custom.headers.get("Allow"), "GET");
}

}  // namespace
}  // namespace fanfare::http
