#include "http/chunked_decoder.h"

#include <gtest/gtest.h>

#include <string>

namespace fanfare::http {
namespace {

struct Decoded {
  ChunkState state = ChunkState::NeedMore;
  std::string data;
  std::size_t consumed = 0;
};

Decoded decode(std::string_view input, std::size_t piece) {
  ChunkedDecoder decoder(64, 128);
  Decoded out;
  while (out.consumed < input.size()) {
    const auto step = decoder.next(input.substr(out.consumed, piece));
    out.state = step.state == ChunkState::Data ? ChunkState::NeedMore : step.state;
    out.data += step.data;
    out.consumed += step.consumed;
    const bool goes_on = step.state == ChunkState::Data || step.state == ChunkState::NeedMore;
    if (!goes_on) break;
  }
  return out;
}

struct Case {
  const char* name;
  std::string input;
  ChunkState state;
  std::string data;
};

void PrintTo(const Case& c, std::ostream* out) { *out << c.name; }
class ChunkedTest : public testing::TestWithParam<Case> {};

TEST_P(ChunkedTest, is_judged_alike_in_pieces_of_any_size) {
  for (const std::size_t piece : {1u, 2u, 3u, 7u, 10'000u}) {
    const Decoded out = decode(GetParam().input, piece);
    EXPECT_EQ(out.state, GetParam().state) << "in pieces of " << piece;
    if (out.state != ChunkState::Done) continue;
    EXPECT_EQ(out.data, GetParam().data);
    EXPECT_EQ(out.consumed, GetParam().input.size());
  }
}

using namespace std::string_literals;
INSTANTIATE_TEST_SUITE_P(
    ChunkedDecoder, ChunkedTest,
    testing::Values(
        Case{"empty", "0\r\n\r\n", ChunkState::Done, ""},
        Case{"two_chunks", "3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n", ChunkState::Done, "abcde"},
        Case{"upper_and_lower_hex", "A\r\n0123456789\r\na\r\n0123456789\r\n0\r\n\r\n",
             ChunkState::Done, "01234567890123456789"},
        Case{"leading_zeros", "0003\r\nabc\r\n000\r\n\r\n", ChunkState::Done, "abc"},
        Case{"extension", "3;x=\"y\";z\r\nabc\r\n0;q\r\n\r\n", ChunkState::Done, "abc"},
        Case{"trailers", "0\r\nA: b\r\nContent-Length: 9\r\n\r\n", ChunkState::Done, ""},
        Case{"binary", "4\r\n\r\n\0\xff\r\n0\r\n\r\n"s, ChunkState::Done, "\r\n\0\xff"s},
        Case{"unfinished", "3\r\nab", ChunkState::NeedMore, ""},
        Case{"hex_prefix", "0x3\r\nabc\r\n", ChunkState::Malformed, ""},
        Case{"sign", "+3\r\nabc\r\n", ChunkState::Malformed, ""},
        Case{"underscore", "0_3\r\nabc\r\n", ChunkState::Malformed, ""},
        Case{"space_before", " 3\r\nabc\r\n", ChunkState::Malformed, ""},
        Case{"space_after", "3 \r\nabc\r\n", ChunkState::Malformed, ""},
        Case{"no_size", "\r\nabc\r\n", ChunkState::Malformed, ""},
        Case{"no_size_but_extension", ";a\r\n", ChunkState::Malformed, ""},
        Case{"too_many_digits", "00000000000000003\r\nabc\r\n", ChunkState::Malformed, ""},
        Case{"line_feed_after_size", "3\nabc\r\n", ChunkState::Malformed, ""},
        Case{"line_feed_after_data", "3\r\nabc\n0\r\n\r\n", ChunkState::Malformed, ""},
        Case{"line_feed_last", "0\r\n\n", ChunkState::Malformed, ""},
        Case{"bare_cr_in_extension", "3;a\rb\r\nabc\r\n", ChunkState::Malformed, ""},
        Case{"nul_in_extension", "3;a\0\r\nabc\r\n"s, ChunkState::Malformed, ""},
        Case{"data_too_long", "3\r\nabcd\r\n", ChunkState::Malformed, ""},
        Case{"long_extension", "3;" + std::string(80, 'a') + "\r\n", ChunkState::Malformed, ""},
        Case{"trailer_without_colon", "0\r\nab\r\n\r\n", ChunkState::Malformed, ""},
        Case{"trailer_without_name", "0\r\n: b\r\n\r\n", ChunkState::Malformed, ""},
        Case{"trailer_folded", "0\r\nA: b\r\n c\r\n\r\n", ChunkState::Malformed, ""},
        Case{"trailers_too_large", "0\r\nA: " + std::string(200, 'b') + "\r\n\r\n",
             ChunkState::TrailersTooLarge, ""}),
    [](const auto& case_) { return case_.param.name; });

TEST(ChunkedDecoder, stops_exactly_at_the_end_of_the_body) {
  ChunkedDecoder decoder(64, 128);
  const auto step = decoder.next("0\r\n\r\nGET / HTTP/1.1\r\n");
  EXPECT_EQ(step.state, ChunkState::Done);
  EXPECT_EQ(step.consumed, 5u);
}

TEST(ChunkedDecoder, takes_one_byte_chunks) {
  std::string input;
  for (int i = 0; i < 100'000; ++i) input += "1\r\nx\r\n";
  input += "0\r\n\r\n";
  const Decoded out = decode(input, input.size());
  EXPECT_EQ(out.state, ChunkState::Done);
  EXPECT_EQ(out.data.size(), 100'000u);
}

TEST(ChunkedDecoder, refuses_much_framing_around_little_data) {
  std::string input;
  for (int i = 0; i < 10'000; ++i) input += "1;" + std::string(50, 'e') + "\r\nx\r\n";
  EXPECT_EQ(decode(input, input.size()).state, ChunkState::Malformed);
}

}  // namespace
}  // namespace fanfare::http
