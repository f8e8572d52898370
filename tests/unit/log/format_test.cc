#include "log/local/format.h"

#include <gtest/gtest.h>

namespace fanfare::log {
namespace {

constexpr std::uint64_t kSalt = 0x1234567890abcdef;

Frame some_frame(FrameKind kind) {
  Frame frame;
  frame.kind = kind;
  frame.previous = 77;
  frame.position = 1000;
  frame.payload_sum = 99;
  frame.length = 13;
  frame.durable = 990;
  if (kind == FrameKind::Guarded) frame.aggregate = {5, 6};
  return frame;
}

std::string encoded(const Frame& frame) {
  std::string bytes(frame.header_bytes(), '\0');
  encode_frame_header(frame, kSalt, bytes.data());
  return bytes;
}

class FrameTest : public testing::TestWithParam<FrameKind> {};

TEST_P(FrameTest, a_header_reads_back) {
  const auto frame = some_frame(GetParam());
  const auto read = decode_frame_header(encoded(frame), kSalt);
  ASSERT_TRUE(read);
  EXPECT_EQ(read->kind, frame.kind);
  EXPECT_EQ(read->previous, 77u);
  EXPECT_EQ(read->position, 1000u);
  EXPECT_EQ(read->payload_sum, 99u);
  EXPECT_EQ(read->length, 13u);
  EXPECT_EQ(read->durable, 990u);
  EXPECT_EQ(read->aggregate, frame.aggregate);
  EXPECT_EQ(read->bytes() % 8, 0u);
}

TEST_P(FrameTest, every_flipped_bit_is_noticed) {
  const auto bytes = encoded(some_frame(GetParam()));
  for (std::size_t bit = 0; bit < bytes.size() * 8; ++bit) {
    auto damaged = bytes;
    damaged[bit / 8] ^= static_cast<char>(1 << bit % 8);
    EXPECT_FALSE(decode_frame_header(damaged, kSalt)) << "bit " << bit;
  }
}

TEST_P(FrameTest, a_header_of_another_use_of_the_file_does_not_pass) {
  EXPECT_FALSE(decode_frame_header(encoded(some_frame(GetParam())), kSalt + 1));
}

TEST_P(FrameTest, a_header_cut_short_does_not_pass) {
  const auto bytes = encoded(some_frame(GetParam()));
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    EXPECT_FALSE(decode_frame_header(std::string_view(bytes).substr(0, size), kSalt));
  }
}

INSTANTIATE_TEST_SUITE_P(Kinds, FrameTest,
                         testing::Values(FrameKind::Record, FrameKind::Guarded, FrameKind::Seal));

TEST(FormatTest, a_claim_too_far_back_to_be_stored_becomes_none) {
  auto frame = some_frame(FrameKind::Record);
  frame.position = 1ull << 40;
  frame.durable = 5;
  EXPECT_EQ(decode_frame_header(encoded(frame), kSalt)->durable, 0u);
}

TEST(FormatTest, a_segment_header_reads_back) {
  const SegmentHeader header{{1, 2}, 3, 4, 5};
  const auto bytes = encode_segment_header(header);
  EXPECT_EQ(bytes.size(), kSegmentHeaderBytes);
  const auto read = decode_segment_header(bytes);
  ASSERT_TRUE(read);
  EXPECT_EQ(read->store, header.store);
  EXPECT_EQ(read->number, 3u);
  EXPECT_EQ(read->salt, 4u);
  EXPECT_EQ(read->bytes, 5u);
}

TEST(FormatTest, of_two_marks_the_newer_good_one_counts) {
  const MarkValue older{{1, 2}, 7, 100, 1, 1};
  const MarkValue newer{{1, 2}, 8, 200, 2, 50};
  auto broken = encode_mark(newer);
  broken[33] ^= 1;
  EXPECT_EQ(decode_marks(encode_mark(older) + encode_mark(newer))->durable, 200u);
  EXPECT_EQ(decode_marks(encode_mark(newer) + encode_mark(older))->durable, 200u);
  EXPECT_EQ(decode_marks(encode_mark(older) + broken)->durable, 100u);
  EXPECT_EQ(decode_marks(broken + broken).error().code, base::Errc::Corrupt);
  EXPECT_EQ(decode_marks("").error().code, base::Errc::Corrupt);
}

TEST(FormatTest, a_footer_reads_back_and_any_other_length_does_not) {
  Footer footer{10, 20, {{4096, 0}, {70000, 5}}, {{{1, 2}, 3}}};
  const auto bytes = encode_footer(footer);
  EXPECT_LE(bytes.size(), footer_bytes_max(2, 1));
  const auto read = decode_footer(bytes);
  ASSERT_TRUE(read);
  EXPECT_EQ(read->base, 10u);
  EXPECT_EQ(read->next, 20u);
  ASSERT_EQ(read->index.size(), 2u);
  EXPECT_EQ(read->index[1].offset, 70000u);
  ASSERT_EQ(read->guards.size(), 1u);
  EXPECT_EQ(read->guards[0].number, 3u);
  EXPECT_FALSE(decode_footer(bytes + "x"));
  EXPECT_FALSE(decode_footer(std::string_view(bytes).substr(1)));
}

TEST(FormatTest, a_trailer_reads_back_only_with_its_salt) {
  const auto bytes = encode_trailer(4711, kSalt);
  EXPECT_EQ(bytes.size(), kTrailerBytes);
  EXPECT_EQ(decode_trailer(bytes, kSalt), 4711u);
  EXPECT_FALSE(decode_trailer(bytes, kSalt + 1));
}

TEST(FormatTest, segment_names_sort_as_their_numbers) {
  EXPECT_EQ(segment_name(7), "0000000000000007.seg");
  EXPECT_EQ(parse_segment_name("0000000000000007.seg"), 7u);
  for (const auto* name : {"7.seg", "000000000000000x.seg", "0000000000000007.tmp", "mark", ""}) {
    EXPECT_FALSE(parse_segment_name(name)) << name;
  }
}

}  // namespace
}  // namespace fanfare::log
