#include "http/response_writer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace fanfare::http {
namespace {

using testing::EndsWith;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

std::string head_of(int status, const Headers& headers, ResponseHead head) {
  std::string out;
  append_response_head(out, status, headers, head);
  return out;
}

TEST(ResponseWriter, writes_status_date_length_and_fields) {
  const Headers headers{{"A", "b"}};
  const std::string out = head_of(404, headers, {.content_length = 12});
  EXPECT_THAT(out, StartsWith("HTTP/1.1 404 Not Found\r\nDate: "));
  EXPECT_THAT(out, HasSubstr(" GMT\r\nContent-Length: 12\r\nA: b\r\n"));
  EXPECT_THAT(out, EndsWith("\r\n\r\n"));
}

TEST(ResponseWriter, takes_no_framing_from_the_fields) {
  const Headers headers{{"content-length", "99"},
                        {"Transfer-Encoding", "chunked"},
                        {"connection", "x"},
                        {"date", "d"}};
  const std::string out = head_of(200, headers, {.content_length = 1});
  EXPECT_THAT(out, Not(HasSubstr("99")));
  EXPECT_THAT(out, Not(HasSubstr("chunked")));
  EXPECT_THAT(out, Not(HasSubstr("connection")));
}

TEST(ResponseWriter, says_whether_the_connection_stays) {
  EXPECT_THAT(head_of(200, {}, {.keep_alive = false}), HasSubstr("\r\nConnection: close\r\n"));
  EXPECT_THAT(head_of(200, {}, {}), Not(HasSubstr("Connection")));
  EXPECT_THAT(head_of(200, {}, {.http10 = true}), HasSubstr("\r\nConnection: keep-alive\r\n"));
}

TEST(ResponseWriter, writes_no_length_where_there_is_no_body) {
  const std::string out = head_of(204, {}, {.framing = ResponseFraming::NoContent});
  EXPECT_THAT(out, Not(HasSubstr("Content-Length")));
  EXPECT_TRUE(has_no_content(204));
  EXPECT_TRUE(has_no_content(304));
  EXPECT_FALSE(has_no_content(200));
}

TEST(ResponseWriter, frames_chunks) {
  std::string out;
  append_chunk(out, std::string(26, 'x'));
  EXPECT_EQ(out, "1a\r\n" + std::string(26, 'x') + "\r\n");
}

}  // namespace
}  // namespace fanfare::http
