#include "http/chunked_decoder.h"

#include <algorithm>

#include "http/message.h"

namespace fanfare::http {

namespace {

constexpr unsigned kSizeDigitsMax = 16;

/// Framing beyond this, plus eight bytes for each byte of data, is an attack on our patience.
constexpr std::uint64_t kFramingBytesFree = 64 * 1024;
constexpr std::uint64_t kFramingBytesPerDataByte = 8;

int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

bool is_text(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return (byte >= 0x20 && byte != 0x7f) || byte == '\t';
}

}  // namespace

ChunkState ChunkedDecoder::fail(ChunkState state) {
  part_ = Part::Failed;
  return state;
}

ChunkState ChunkedDecoder::framing_byte() {
  ++framing_bytes_;
  const bool too_much = framing_bytes_ > kFramingBytesFree + kFramingBytesPerDataByte * data_bytes_;
  return too_much ? fail(ChunkState::Malformed) : ChunkState::NeedMore;
}

ChunkState ChunkedDecoder::size_digit(char c) {
  const int value = hex_value(c);
  if (value < 0 || ++digits_ > kSizeDigitsMax) return fail(ChunkState::Malformed);
  chunk_left_ = chunk_left_ * 16 + static_cast<unsigned>(value);
  part_ = Part::Size;
  return ChunkState::NeedMore;
}

ChunkState ChunkedDecoder::end_size_line() {
  digits_ = 0;
  line_bytes_ = 0;
  part_ = chunk_left_ > 0 ? Part::Data : Part::TrailerStart;
  return ChunkState::NeedMore;
}

ChunkState ChunkedDecoder::trailer_byte(char c) {
  if (++trailer_bytes_ > trailer_bytes_max_) return fail(ChunkState::TrailersTooLarge);
  if (c == '\r') {
    if (part_ == Part::TrailerStart) {
      part_ = Part::LastLf;
      return ChunkState::NeedMore;
    }
    part_ = Part::TrailerLf;
    return trailer_has_colon_ ? ChunkState::NeedMore : fail(ChunkState::Malformed);
  }
  const bool in_name = !trailer_has_colon_;
  if (part_ == Part::TrailerStart && c == ':') return fail(ChunkState::Malformed);
  part_ = Part::Trailer;
  if (in_name && c == ':') {
    trailer_has_colon_ = true;
    return ChunkState::NeedMore;
  }
  const bool legal = in_name ? is_header_name({&c, 1}) : is_text(c);
  return legal ? ChunkState::NeedMore : fail(ChunkState::Malformed);
}

ChunkState ChunkedDecoder::take(char c) {
  if (framing_byte() != ChunkState::NeedMore) return ChunkState::Malformed;
  switch (part_) {
    case Part::SizeStart:
      return size_digit(c);
    case Part::Size:
    case Part::Extension:
      if (++line_bytes_ > line_bytes_max_) return fail(ChunkState::Malformed);
      if (c == '\r') {
        part_ = Part::SizeLf;
        return ChunkState::NeedMore;
      }
      if (part_ == Part::Size && c != ';') return size_digit(c);
      part_ = Part::Extension;
      return is_text(c) ? ChunkState::NeedMore : fail(ChunkState::Malformed);
    case Part::SizeLf:
      return c == '\n' ? end_size_line() : fail(ChunkState::Malformed);
    case Part::DataCr:
      part_ = Part::DataLf;
      return c == '\r' ? ChunkState::NeedMore : fail(ChunkState::Malformed);
    case Part::DataLf:
      part_ = Part::SizeStart;
      return c == '\n' ? ChunkState::NeedMore : fail(ChunkState::Malformed);
    case Part::TrailerStart:
    case Part::Trailer:
      return trailer_byte(c);
    case Part::TrailerLf:
      part_ = Part::TrailerStart;
      trailer_has_colon_ = false;
      return c == '\n' ? ChunkState::NeedMore : fail(ChunkState::Malformed);
    case Part::LastLf:
      if (c != '\n') return fail(ChunkState::Malformed);
      part_ = Part::Done;
      return ChunkState::Done;
    case Part::Data:
    case Part::Done:
    case Part::Failed:
      return ChunkState::Malformed;
  }
  return ChunkState::Malformed;
}

ChunkedDecoder::Step ChunkedDecoder::next(std::string_view input) {
  for (std::size_t at = 0; at < input.size();) {
    if (part_ == Part::Data) {
      const auto size =
          static_cast<std::size_t>(std::min<std::uint64_t>(chunk_left_, input.size() - at));
      chunk_left_ -= size;
      data_bytes_ += size;
      if (chunk_left_ == 0) part_ = Part::DataCr;
      return {ChunkState::Data, at + size, input.substr(at, size)};
    }
    const ChunkState state = take(input[at++]);
    if (state != ChunkState::NeedMore) return {state, at, {}};
  }
  return {ChunkState::NeedMore, input.size(), {}};
}

}  // namespace fanfare::http
