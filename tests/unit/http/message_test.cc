#include "http/message.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/bytes.h"

namespace fanfare::http {
namespace {

TEST(Headers, are_found_without_regard_to_case) {
  Headers headers;
  headers.add("Content-Type", "text/plain");
  EXPECT_EQ(headers.get("content-TYPE"), "text/plain");
  EXPECT_EQ(headers.find("content-typ"), std::nullopt);
  EXPECT_EQ(headers.get("absent"), "");
}

TEST(Headers, keep_repeated_names_apart_and_in_order) {
  Headers headers{{"A", "1"}, {"b", "2"}, {"a", "3"}};
  EXPECT_EQ(headers.count("a"), 2u);
  EXPECT_EQ(headers.get("a"), "1");
  std::string all;
  for (const auto field : headers) all += std::string(field.name) + std::string(field.value);
  EXPECT_EQ(all, "A1b2a3");
}

TEST(Headers, set_replaces_every_field_of_the_name) {
  Headers headers{{"A", "1"}, {"b", "2"}, {"a", "3"}};
  EXPECT_TRUE(headers.set("a", "4"));
  EXPECT_EQ(headers.count("A"), 1u);
  EXPECT_EQ(headers.get("A"), "4");
  EXPECT_EQ(headers.size(), 2u);
}

TEST(Headers, set_takes_a_view_into_itself) {
  Headers headers{{"a", std::string(64, 'x')}};
  for (int i = 0; i < 20; ++i) EXPECT_TRUE(headers.set("a", headers.get("a")));
  EXPECT_EQ(headers.get("a"), std::string(64, 'x'));
}

TEST(Headers, stay_whole_when_copied_and_moved) {
  Headers headers{{"a", "1"}};
  const Headers copy = headers;
  const Headers moved = std::move(headers);
  EXPECT_EQ(copy.get("a"), "1");
  EXPECT_EQ(moved.get("a"), "1");
}

struct Injection {
  const char* name;
  std::string field, value;
};

void PrintTo(const Injection& c, std::ostream* out) { *out << c.name; }
class HeaderInjectionTest : public testing::TestWithParam<Injection> {};

TEST_P(HeaderInjectionTest, never_gets_into_a_list) {
  Headers headers;
  EXPECT_FALSE(headers.add(GetParam().field, GetParam().value));
  EXPECT_FALSE(headers.set(GetParam().field, GetParam().value));
  EXPECT_TRUE(headers.empty());
}

using namespace std::string_literals;
INSTANTIATE_TEST_SUITE_P(
    Headers, HeaderInjectionTest,
    testing::Values(Injection{"line_feed", "a", "x\ny"}, Injection{"carriage_return", "a", "x\ry"},
                    Injection{"crlf_and_a_field", "a", "x\r\nb: c"}, Injection{"nul", "a", "x\0y"s},
                    Injection{"delete", "a", "x\x7fy"}, Injection{"empty_name", "", "x"},
                    Injection{"space_in_name", "a b", "x"}, Injection{"colon_in_name", "a:", "x"},
                    Injection{"high_byte_in_name", "a\xe4", "x"}),
    [](const auto& case_) { return case_.param.name; });

TEST(Body, has_readable_zeros_after_its_end_however_it_grows) {
  Body body;
  for (int i = 0; i < 1000; ++i) {
    body.append("abcdefg");
    for (std::size_t j = 0; j < base::kReadPadding; ++j) ASSERT_EQ(body.data()[body.size() + j], 0);
  }
  EXPECT_EQ(body.size(), 7000u);
  EXPECT_TRUE(body.view().ends_with("gabcdefg"));
}

TEST(Body, is_readable_when_empty) {
  const Body body;
  EXPECT_EQ(body.view(), "");
  EXPECT_EQ(body.data()[base::kReadPadding - 1], 0);
}

TEST(Body, leaves_nothing_behind_when_moved) {
  Body from("abc");
  const Body to = std::move(from);
  EXPECT_EQ(to.view(), "abc");
  EXPECT_EQ(from.view(), "");  // NOLINT: the state after a move is part of the contract
}

struct Target {
  const char* name;
  const char* target;
  const char* path;
  const char* query;
};

void PrintTo(const Target& c, std::ostream* out) { *out << c.name; }
class TargetTest : public testing::TestWithParam<Target> {};

TEST_P(TargetTest, splits_into_path_and_query) {
  Request request;
  request.target = GetParam().target;
  EXPECT_EQ(request.path(), GetParam().path);
  EXPECT_EQ(request.query(), GetParam().query);
}

INSTANTIATE_TEST_SUITE_P(
    Request, TargetTest,
    testing::Values(Target{"plain", "/a/b", "/a/b", ""}, Target{"query", "/a?x=1?y", "/a", "x=1?y"},
                    Target{"empty_query", "/a?", "/a", ""},
                    Target{"doubled_slash", "//subscriptions/x", "/subscriptions/x", ""},
                    Target{"many_slashes", "////a//b", "/a//b", ""},
                    Target{"only_slashes", "//", "/", ""},
                    Target{"absolute", "http://h:1/a?b", "/a", "b"},
                    Target{"absolute_without_path", "http://h", "/", ""},
                    Target{"absolute_query_only", "http://h?b", "/", "b"},
                    Target{"absolute_doubled_slash", "http://h//a", "/a", ""},
                    Target{"url_in_query", "/a?u=http://b/c", "/a", "u=http://b/c"},
                    Target{"asterisk", "*", "*", ""}),
    [](const auto& case_) { return case_.param.name; });

}  // namespace
}  // namespace fanfare::http
