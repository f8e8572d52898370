#pragma once
/// The chunked transfer coding (RFC 9112 section 7.1), strictly: CRLF line ends, hex digits only,
/// bounded lines and trailers, and no more framing than the data justifies. Trailers are dropped.
/// Pure. Works in pieces of any size.
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace fanfare::http {

enum class ChunkState { NeedMore, Data, Done, Malformed, TrailersTooLarge };

class ChunkedDecoder {
 public:
  ChunkedDecoder(std::size_t line_bytes_max, std::size_t trailer_bytes_max)
      : line_bytes_max_(line_bytes_max), trailer_bytes_max_(trailer_bytes_max) {}

  struct Step {
    ChunkState state;
    std::size_t consumed;   ///< of the input
    std::string_view data;  ///< with Data: a piece of the body, within the input
  };

  /// Takes from the front of `input` until there is data, the end, a fault, or nothing left.
  Step next(std::string_view input);

  /// Bytes of the current chunk that have not come yet.
  std::uint64_t chunk_left() const { return chunk_left_; }

 private:
  enum class Part {
    SizeStart,
    Size,
    Extension,
    SizeLf,
    Data,
    DataCr,
    DataLf,
    TrailerStart,
    Trailer,
    TrailerLf,
    LastLf,
    Done,
    Failed
  };

  ChunkState take(char c);
  ChunkState size_digit(char c);
  ChunkState end_size_line();
  ChunkState trailer_byte(char c);
  ChunkState framing_byte();
  ChunkState fail(ChunkState state);

  std::size_t line_bytes_max_;
  std::size_t trailer_bytes_max_;
  Part part_ = Part::SizeStart;
  std::uint64_t chunk_left_ = 0;
  unsigned digits_ = 0;
  std::size_t line_bytes_ = 0;
  std::size_t trailer_bytes_ = 0;
  bool trailer_has_colon_ = false;
  std::uint64_t framing_bytes_ = 0;
  std::uint64_t data_bytes_ = 0;
};

}  // namespace fanfare::http
