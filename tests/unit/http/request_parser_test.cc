#include "http/request_parser.h"

#include <gtest/gtest.h>

namespace fanfare::http {
namespace {

constexpr HeadLimits kLimits{256, 512, 8};

struct Outcome {
  ParseState state;
  int status = 0;
};

Outcome parse(std::string_view bytes, RequestParser& parser) {
  const ParseState state = parser.feed(bytes);
  return {state, state == ParseState::Refused ? parser.refusal().status : 0};
}

/// Feeds the same bytes one more at a time, as a slow client sends them.
Outcome parse_slowly(std::string_view bytes, RequestParser& parser) {
  for (std::size_t size = 1; size <= bytes.size(); ++size) {
    const Outcome outcome = parse(bytes.substr(0, size), parser);
    if (outcome.state != ParseState::NeedMore) return outcome;
  }
  return {ParseState::NeedMore};
}

struct Refused {
  const char* name;
  std::string bytes;
  int status;
};

void PrintTo(const Refused& c, std::ostream* out) { *out << c.name; }
class RefusedRequestTest : public testing::TestWithParam<Refused> {};

TEST_P(RefusedRequestTest, gets_its_status_whole_or_byte_by_byte) {
  RequestParser whole(kLimits);
  const Outcome at_once = parse(GetParam().bytes, whole);
  EXPECT_EQ(at_once.state, ParseState::Refused);
  EXPECT_EQ(at_once.status, GetParam().status);
  RequestParser piecewise(kLimits);
  const Outcome slowly = parse_slowly(GetParam().bytes, piecewise);
  EXPECT_EQ(slowly.state, ParseState::Refused);
  EXPECT_EQ(slowly.status, GetParam().status);
}

std::string with_fields(const std::string& fields) {
  return "POST /a HTTP/1.1\r\nHost: h\r\n" + fields + "\r\n";
}
std::string with_target(const std::string& target) {
  return "GET " + target + " HTTP/1.1\r\nHost: h\r\n\r\n";
}
std::string with_host(const std::string& host) {
  return "GET / HTTP/1.1\r\nHost: " + host + "\r\n\r\n";
}

using namespace std::string_literals;
INSTANTIATE_TEST_SUITE_P(
    RequestParser, RefusedRequestTest,
    testing::Values(
        Refused{"no_version", "GET /\r\n\r\n", 400},
        Refused{"version_2", "GET / HTTP/2.0\r\n\r\n", 505},
        Refused{"lower_case_version", "GET / http/1.1\r\n\r\n", 400},
        Refused{"unknown_method", "FLY / HTTP/1.1\r\nHost: h\r\n\r\n", 501},
        Refused{"connect", "CONNECT h:1 HTTP/1.1\r\nHost: h:1\r\n\r\n", 501},
        Refused{"method_with_nul", "GE\0T / HTTP/1.1\r\n\r\n"s, 400},
        Refused{"tls_on_plain", "\x16\x03\x01", 400},
        Refused{"bare_line_feed", "GET / HTTP/1.1\nHost: h\n\n", 400},
        Refused{"bare_carriage_return", "GET / HTTP/1.1\rHost: h\r\r", 400},
        Refused{"long_request_line", "GET /" + std::string(300, 'a'), 414},
        Refused{"long_fields", with_fields("a: " + std::string(600, 'a') + "\r\n"), 431},
        Refused{"many_fields",
                with_fields("a:1\r\nb:1\r\nc:1\r\nd:1\r\ne:1\r\nf:1\r\ng:1\r\nh:1\r\n"), 431},
        Refused{"folded_line", with_fields("a: b\r\n c\r\n"), 400},
        Refused{"space_before_colon", with_fields("a : b\r\n"), 400},
        Refused{"empty_name", with_fields(": b\r\n"), 400},
        Refused{"no_colon", with_fields("ab\r\n"), 400},
        Refused{"nul_in_value", with_fields("a: b\0c\r\n"s), 400},
        Refused{"delete_in_value", with_fields("a: b\x7f\r\n"), 400},
        Refused{"no_host", "GET / HTTP/1.1\r\n\r\n", 400},
        Refused{"two_hosts", with_fields("Host: h\r\n"), 400},
        Refused{"empty_host", with_host(""), 400}, Refused{"host_with_path", with_host("h/a"), 400},
        Refused{"host_with_user", with_host("u@h"), 400},
        Refused{"host_with_empty_port", with_host("h:"), 400},
        Refused{"host_with_large_port", with_host("h:65536"), 400},
        Refused{"host_without_bracket", with_host("[::1"), 400},
        Refused{"target_and_host_differ", with_target("http://other/"), 400},
        Refused{"other_scheme", with_target("ftp://h/"), 400},
        Refused{"relative_target", with_target("a"), 400},
        Refused{"asterisk_for_get", with_target("*"), 400},
        Refused{"fragment", with_target("/a#b"), 400},
        Refused{"fragment_in_query", with_target("/a?b#c"), 400},
        Refused{"backslash", with_target("/a\\b"), 400},
        Refused{"high_byte", with_target("/\xc3\xa4"), 400},
        Refused{"malformed_escape", with_target("/%zz"), 400},
        Refused{"cut_escape", with_target("/%2"), 400},
        Refused{"encoded_nul", with_target("/%00"), 400},
        Refused{"encoded_line_feed", with_target("/a%0Ab"), 400},
        Refused{"dot_segment", with_target("/a/../b"), 400},
        Refused{"dot_segment_at_the_end", with_target("/a/.."), 400},
        Refused{"single_dot", with_target("/./a"), 400},
        Refused{"encoded_dots", with_target("/%2E%2e/a"), 400},
        Refused{"overlong_dots", with_target("/%c0%ae%c0%ae/a"), 400},
        Refused{"encoded_slash_and_dots", with_target("/a%2f../b"), 400},
        Refused{"two_lengths", with_fields("Content-Length: 1\r\nContent-Length: 1\r\n"), 400},
        Refused{"list_of_lengths", with_fields("Content-Length: 1, 1\r\n"), 400},
        Refused{"negative_length", with_fields("Content-Length: -1\r\n"), 400},
        Refused{"signed_length", with_fields("Content-Length: +1\r\n"), 400},
        Refused{"empty_length", with_fields("Content-Length:\r\n"), 400},
        Refused{"overflowing_length", with_fields("Content-Length: 18446744073709551616\r\n"), 400},
        Refused{"length_and_coding",
                with_fields("Content-Length: 1\r\nTransfer-Encoding: chunked\r\n"), 400},
        Refused{"coding_and_length",
                with_fields("Transfer-Encoding: chunked\r\nContent-Length: 1\r\n"), 400},
        Refused{"coding_twice",
                with_fields("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n"), 400},
        Refused{"coding_list", with_fields("Transfer-Encoding: gzip, chunked\r\n"), 501},
        Refused{"coding_with_a_high_byte", with_fields("Transfer-Encoding: chunked\x85\r\n"), 501},
        Refused{"empty_coding", with_fields("Transfer-Encoding:\r\n"), 501},
        Refused{"coding_in_http10", "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n", 400},
        Refused{"unknown_expectation", with_fields("Expect: 200-magic\r\n"), 417},
        Refused{"content_coding", with_fields("Content-Encoding: gzip\r\n"), 415}),
    [](const auto& case_) { return case_.param.name; });

TEST(RequestParser, reads_a_request) {
  RequestParser parser(kLimits);
  const std::string bytes =
      "POST //Topics/a%2Fb?x=%zz HTTP/1.1\r\nHOST: Events.Localhost:4880\r\nA:  b \t\r\nE:\r\n"
      "content-length: 007\r\n\r\nbody";
  ASSERT_EQ(parser.feed(bytes), ParseState::Complete);
  EXPECT_EQ(parser.head_bytes(), bytes.size() - 4);
  EXPECT_EQ(parser.framing().body, BodyFraming::Length);
  EXPECT_EQ(parser.framing().content_length, 7u);
  EXPECT_TRUE(parser.framing().keep_alive);
  const Request request = parser.take_request();
  EXPECT_EQ(request.method, Method::Post);
  EXPECT_EQ(request.path(), "/Topics/a%2Fb");
  EXPECT_EQ(request.query(), "x=%zz");
  EXPECT_EQ(request.host, "events.localhost");
  EXPECT_EQ(request.headers.get("a"), "b");
  EXPECT_EQ(request.headers.find("e"), "");
  EXPECT_EQ(request.headers.size(), 4u);
}

TEST(RequestParser, reads_one_request_after_another) {
  RequestParser parser(kLimits);
  std::string bytes = with_target("/first") + with_target("/second");
  ASSERT_EQ(parser.feed(bytes), ParseState::Complete);
  EXPECT_EQ(parser.take_request().path(), "/first");
  bytes.erase(0, parser.head_bytes());
  parser.reset();
  ASSERT_EQ(parser.feed(bytes), ParseState::Complete);
  EXPECT_EQ(parser.take_request().path(), "/second");
}

TEST(RequestParser, ignores_one_empty_line_before_the_request) {
  RequestParser parser(kLimits);
  const std::string bytes = "\r\n" + with_target("/");
  ASSERT_EQ(parse_slowly(bytes, parser).state, ParseState::Complete);
  EXPECT_EQ(parser.head_bytes(), bytes.size());
  RequestParser again(kLimits);
  EXPECT_EQ(again.feed("\r\n\r\n"), ParseState::Refused);
}

struct Taken {
  const char* name;
  std::string bytes;
  BodyFraming body;
  bool keep_alive;
  bool expects_continue;
};

void PrintTo(const Taken& c, std::ostream* out) { *out << c.name; }
class TakenRequestTest : public testing::TestWithParam<Taken> {};

TEST_P(TakenRequestTest, is_framed) {
  RequestParser parser(kLimits);
  ASSERT_EQ(parse_slowly(GetParam().bytes, parser).state, ParseState::Complete);
  EXPECT_EQ(parser.framing().body, GetParam().body);
  EXPECT_EQ(parser.framing().keep_alive, GetParam().keep_alive);
  EXPECT_EQ(parser.framing().expects_continue, GetParam().expects_continue);
}

INSTANTIATE_TEST_SUITE_P(
    RequestParser, TakenRequestTest,
    testing::Values(
        Taken{"get", with_target("/"), BodyFraming::None, true, false},
        Taken{"closing", with_fields("Connection: x, Close\r\n"), BodyFraming::None, false, false},
        Taken{"chunked", with_fields("Transfer-Encoding: CHUNKED\r\n"), BodyFraming::Chunked, true,
              false},
        Taken{"continue_", with_fields("Content-Length: 1\r\nExpect: 100-Continue\r\n"),
              BodyFraming::Length, true, true},
        Taken{"continue_without_body", with_fields("Expect: 100-continue\r\n"), BodyFraming::None,
              true, false},
        Taken{"http10", "GET / HTTP/1.0\r\n\r\n", BodyFraming::None, false, false},
        Taken{"http10_kept", "GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", BodyFraming::None,
              true, false},
        Taken{"identity", with_fields("Content-Encoding: identity\r\n"), BodyFraming::None, true,
              false},
        Taken{"options_asterisk", "OPTIONS * HTTP/1.1\r\nHost: h\r\n\r\n", BodyFraming::None, true,
              false},
        Taken{"absolute", with_target("HTTP://H/a"), BodyFraming::None, true, false},
        Taken{"ipv6_host", with_host("[::1]:80"), BodyFraming::None, true, false},
        Taken{"obs_text", with_fields("a: \xe4\xff\r\n"), BodyFraming::None, true, false},
        Taken{"dots_in_names", with_target("/..a/.b/c..d/..."), BodyFraming::None, true, false},
        Taken{"upgrade", with_fields("Connection: Upgrade\r\nUpgrade: h2c\r\n"), BodyFraming::None,
              true, false}),
    [](const auto& case_) { return case_.param.name; });

}  // namespace
}  // namespace fanfare::http
