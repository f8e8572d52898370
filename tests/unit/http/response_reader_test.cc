#include "http/response_reader.h"

#include <gtest/gtest.h>

#include <string>

namespace fanfare::http {
namespace {

constexpr HeadLimits kLimits{256, 1024, 16};

struct Read {
  AnswerState state = AnswerState::NeedMore;
  int status = 0;
  std::string body;
  bool reusable = false;
  std::size_t consumed = 0;
};

/// Hands the bytes over in pieces, as a connection would; `then_ends` closes it afterwards.
Read read(std::string_view input, std::size_t piece, Method method, bool then_ends) {
  ResponseReader reader(kLimits, method, 3);
  Read out;
  std::string buffer;
  std::size_t given = 0;
  for (;;) {
    const auto step = reader.next(buffer);
    out.state = step.state;
    out.body += step.data;
    buffer.erase(0, step.consumed);
    out.consumed += step.consumed;
    const bool goes_on = step.state == AnswerState::Data || step.state == AnswerState::NeedMore;
    if (!goes_on) break;
    if (step.state == AnswerState::Data || (step.consumed > 0 && !buffer.empty())) continue;
    if (given == input.size()) {
      if (then_ends) out.state = reader.end_of_input();
      break;
    }
    buffer += input.substr(given, piece);
    given = std::min(input.size(), given + piece);
  }
  out.status = reader.status();
  out.reusable = reader.reusable();
  return out;
}

struct Case {
  const char* name;
  std::string input;
  AnswerState state;
  int status;
  std::string body;
  bool reusable;
  Method method = Method::Post;
  bool then_ends = false;
};

void PrintTo(const Case& c, std::ostream* out) { *out << c.name; }
class AnswerTest : public testing::TestWithParam<Case> {};

TEST_P(AnswerTest, is_judged_alike_in_pieces_of_any_size) {
  for (const std::size_t piece : {1u, 2u, 5u, 100'000u}) {
    const Read out = read(GetParam().input, piece, GetParam().method, GetParam().then_ends);
    EXPECT_EQ(out.state, GetParam().state) << "in pieces of " << piece;
    if (GetParam().state != AnswerState::Done) continue;
    EXPECT_EQ(out.status, GetParam().status);
    EXPECT_EQ(out.body, GetParam().body);
    EXPECT_EQ(out.reusable, GetParam().reusable);
  }
}

const std::string kOk = "HTTP/1.1 200 OK\r\n";

INSTANTIATE_TEST_SUITE_P(
    ResponseReader, AnswerTest,
    testing::Values(
        Case{"length", kOk + "Content-Length: 3\r\n\r\nabc", AnswerState::Done, 200, "abc", true},
        Case{"no_reason", "HTTP/1.1 202\r\nContent-Length: 0\r\n\r\n", AnswerState::Done, 202, "",
             true},
        Case{"chunked", kOk + "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n",
             AnswerState::Done, 200, "abc", true},
        Case{"until_close", kOk + "\r\nabc", AnswerState::Done, 200, "abc", false, Method::Post,
             true},
        Case{"closing", kOk + "Connection: Close\r\nContent-Length: 0\r\n\r\n", AnswerState::Done,
             200, "", false},
        Case{"http10", "HTTP/1.0 200 OK\r\nContent-Length: 1\r\n\r\na", AnswerState::Done, 200, "a",
             false},
        Case{"no_content", "HTTP/1.1 204 No Content\r\n\r\n", AnswerState::Done, 204, "", true},
        Case{"no_content_with_length", "HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\n",
             AnswerState::Done, 204, "", false},
        Case{"head", kOk + "Content-Length: 300\r\n\r\n", AnswerState::Done, 200, "", true,
             Method::Head},
        Case{"not_modified", "HTTP/1.1 304 Not Modified\r\nContent-Length: 300\r\n\r\n",
             AnswerState::Done, 304, "", true},
        Case{"interim",
             "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n" + kOk +
                 "Content-Length: 0\r\n\r\n",
             AnswerState::Done, 200, "", true},
        Case{"redirect",
             "HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1/\r\nContent-Length: 0\r\n\r\n",
             AnswerState::Done, 302, "", true},
        Case{"too_many_interim",
             "HTTP/1.1 100 C\r\n\r\nHTTP/1.1 100 C\r\n\r\nHTTP/1.1 100 C\r\n\r\nHTTP/1.1 100 "
             "C\r\n\r\n",
             AnswerState::TooLarge, 0, "", false},
        Case{"switching", "HTTP/1.1 101 Switching\r\nUpgrade: h2c\r\nConnection: Upgrade\r\n\r\n",
             AnswerState::Malformed, 0, "", false},
        Case{"version_2", "HTTP/2.0 200 OK\r\n\r\n", AnswerState::Malformed, 0, "", false},
        Case{"version_0", "HTTP/0.9 200 OK\r\n\r\n", AnswerState::Malformed, 0, "", false},
        Case{"not_http", "SSH-2.0-x\r\n\r\n", AnswerState::Malformed, 0, "", false},
        Case{"two_digit_status", "HTTP/1.1 20 OK\r\n\r\n", AnswerState::Malformed, 0, "", false},
        Case{"four_digit_status", "HTTP/1.1 2000 OK\r\n\r\n", AnswerState::Malformed, 0, "", false},
        Case{"status_999", "HTTP/1.1 999 No\r\n\r\n", AnswerState::Malformed, 0, "", false},
        Case{"length_and_coding", kOk + "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n",
             AnswerState::Malformed, 0, "", false},
        Case{"two_lengths", kOk + "Content-Length: 3\r\nContent-Length: 4\r\n\r\n",
             AnswerState::Malformed, 0, "", false},
        Case{"negative_length", kOk + "Content-Length: -3\r\n\r\n", AnswerState::Malformed, 0, "",
             false},
        Case{"huge_length", kOk + "Content-Length: 99999999999999999999999\r\n\r\n",
             AnswerState::Malformed, 0, "", false},
        Case{"unknown_coding", kOk + "Transfer-Encoding: gzip, chunked\r\n\r\n",
             AnswerState::Malformed, 0, "", false},
        Case{"bad_chunk", kOk + "Transfer-Encoding: chunked\r\n\r\nzz\r\n", AnswerState::Malformed,
             0, "", false},
        Case{"cut_body", kOk + "Content-Length: 3\r\n\r\nab", AnswerState::Malformed, 0, "", false,
             Method::Post, true},
        Case{"cut_head", "HTTP/1.1 200 OK\r\nA", AnswerState::Malformed, 0, "", false, Method::Post,
             true},
        Case{"folded_field", kOk + "A: b\r\n c\r\n\r\n", AnswerState::Malformed, 0, "", false},
        Case{"large_head", kOk + "A: " + std::string(2000, 'x'), AnswerState::TooLarge, 0, "",
             false},
        Case{"long_status_line", "HTTP/1.1 200 " + std::string(300, 'x'), AnswerState::TooLarge, 0,
             "", false}),
    [](const auto& case_) { return case_.param.name; });

TEST(ResponseReader, leaves_what_follows_the_answer) {
  const std::string answer = kOk + "Content-Length: 2\r\n\r\nok";
  const Read out = read(answer + "HTTP/1.1 200 OK\r\n\r\n", 100'000, Method::Get, false);
  EXPECT_EQ(out.state, AnswerState::Done);
  EXPECT_EQ(out.consumed, answer.size());
}

}  // namespace
}  // namespace fanfare::http
