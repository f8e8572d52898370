#pragma once
/// One answer, from bytes to status, fields and body, as strictly as requests are read: a receiver
/// is not trusted either. Pure: no socket, no clock.
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "http/chunked_decoder.h"
#include "http/head_scanner.h"
#include "http/message.h"

namespace fanfare::http {

enum class AnswerState {
  NeedMore,
  Data,       ///< a piece of the body
  Done,       ///< the answer is complete
  Malformed,  ///< fault() says how
  TooLarge,   ///< the head, or the number of interim answers
};

class ResponseReader {
 public:
  ResponseReader(const HeadLimits& limits, Method request_method, std::size_t interim_max);

  struct Step {
    AnswerState state;
    std::size_t consumed;   ///< of the input
    std::string_view data;  ///< with Data: within the input
  };

  /// `input` is everything received and not consumed. Call again after Data, or with more bytes.
  Step next(std::string_view input);

  /// The peer has ended its side: Done where the body is ended by that, else Malformed.
  AnswerState end_of_input();

  bool has_head() const { return part_ != Part::Head; }
  int status() const { return status_; }
  Headers take_headers() { return std::move(headers_); }
  const Headers& headers() const { return headers_; }

  /// Once Done: nothing speaks against another request on the connection.
  bool reusable() const { return keep_alive_; }
  std::string_view fault() const { return fault_; }

 private:
  enum class Part { Head, Length, Chunked, UntilClose, Done, Failed };

  Step read_head(std::string_view input);
  Step take_head(std::size_t head_bytes);
  AnswerState read_framing();
  Step fail(AnswerState state, std::string_view fault);
  Step read_length(std::string_view input);
  Step read_chunked(std::string_view input);

  HeadScanner scanner_;
  Method request_method_;
  std::size_t interim_left_;
  Part part_ = Part::Head;
  int status_ = 0;
  bool http10_ = false;
  Headers headers_;
  std::uint64_t length_left_ = 0;
  std::optional<ChunkedDecoder> chunks_;
  bool keep_alive_ = true;
  std::string_view fault_;  // a literal
};

}  // namespace fanfare::http
