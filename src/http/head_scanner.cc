#include "http/head_scanner.h"

#include <cstdint>
#include <cstring>

namespace fanfare::http {

namespace {

/// The first byte at or after `at` below 0x20 or equal to 0x7f; bytes.size() when there is none.
/// Eight bytes at a time: heads are mostly text.
std::size_t find_control(std::string_view bytes, std::size_t at) {
  constexpr std::uint64_t kOnes = 0x0101010101010101;
  constexpr std::uint64_t kHigh = 0x8080808080808080;
  while (at + 8 <= bytes.size()) {
    std::uint64_t word;
    std::memcpy(&word, bytes.data() + at, sizeof word);
    const std::uint64_t below_space = (word - kOnes * 0x20) & ~word & kHigh;
    const std::uint64_t no_delete = word ^ (kOnes * 0x7f);
    const std::uint64_t is_delete = (no_delete - kOnes) & ~no_delete & kHigh;
    if ((below_space | is_delete) != 0) break;
    at += 8;
  }
  for (; at < bytes.size(); ++at) {
    const auto byte = static_cast<unsigned char>(bytes[at]);
    if (byte < 0x20 || byte == 0x7f) return at;
  }
  return at;
}

}  // namespace

void HeadScanner::reset() { *this = HeadScanner(limits_); }

HeadState HeadScanner::within_limits(std::size_t bytes_seen) const {
  if (lines_ == 0) {
    return bytes_seen > limits_.start_line_bytes_max ? HeadState::StartLineTooLong
                                                     : HeadState::NeedMore;
  }
  const std::size_t field_bytes = bytes_seen - start_line_bytes_;
  const bool too_large =
      field_bytes > limits_.field_bytes_max || lines_ - 1 > limits_.field_count_max;
  return too_large ? HeadState::FieldsTooLarge : HeadState::NeedMore;
}

HeadState HeadScanner::end_line(std::string_view bytes, std::size_t line_feed) {
  const std::size_t length = line_feed - 1 - line_start_;
  if (lines_ == 0) {
    if (length == 0) return HeadState::Malformed;
    if (length > limits_.start_line_bytes_max) return HeadState::StartLineTooLong;
    start_line_bytes_ = length;
  }
  const char first = bytes[line_start_];
  const bool folded = lines_ > 0 && (first == ' ' || first == '\t');
  if (folded) return HeadState::Malformed;
  ++lines_;
  line_start_ = line_feed + 1;
  at_ = line_start_;
  if (length == 0) return HeadState::Complete;
  return within_limits(at_);
}

HeadState HeadScanner::scan(std::string_view bytes) {
  for (;;) {
    at_ = find_control(bytes, at_);
    const HeadState so_far = within_limits(at_);
    if (at_ == bytes.size() || so_far != HeadState::NeedMore) return so_far;
    const char found = bytes[at_];
    if (found == '\t') {
      ++at_;
      continue;
    }
    if (found != '\r') return HeadState::Malformed;
    if (at_ + 1 == bytes.size()) return within_limits(at_);
    if (bytes[at_ + 1] != '\n') return HeadState::Malformed;
    const HeadState state = end_line(bytes, at_ + 1);
    if (state != HeadState::NeedMore) return state;
  }
}

}  // namespace fanfare::http
