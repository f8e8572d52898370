#include "http/response_reader.h"

#include <algorithm>
#include <charconv>

#include "base/bytes.h"
#include "http/head_tokens.h"

namespace fanfare::http {

namespace {

constexpr std::size_t kChunkLineBytesMax = 4 * 1024;
constexpr std::size_t kTrailerBytesMax = 8 * 1024;
constexpr std::string_view kProtocol = "HTTP/1.";
constexpr int kStatusMax = 599;

bool is_digits(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

bool asks_to_close(std::string_view connection) {
  return base::ascii_lower(connection).find("close") != std::string::npos;
}

}  // namespace

ResponseReader::ResponseReader(const HeadLimits& limits, Method request_method,
                               std::size_t interim_max)
    : scanner_(limits), request_method_(request_method), interim_left_(interim_max) {}

ResponseReader::Step ResponseReader::fail(AnswerState state, std::string_view fault) {
  part_ = Part::Failed;
  keep_alive_ = false;
  fault_ = fault;
  return {state, 0, {}};
}

ResponseReader::Step ResponseReader::next(std::string_view input) {
  switch (part_) {
    case Part::Head:
      return read_head(input);
    case Part::Length:
      return read_length(input);
    case Part::Chunked:
      return read_chunked(input);
    case Part::UntilClose:
      return {input.empty() ? AnswerState::NeedMore : AnswerState::Data, input.size(), input};
    case Part::Done:
      return {AnswerState::Done, 0, {}};
    case Part::Failed:
      break;
  }
  return {AnswerState::Malformed, 0, {}};
}

AnswerState ResponseReader::end_of_input() {
  if (part_ == Part::Done) return AnswerState::Done;
  if (part_ != Part::UntilClose) {
    return fail(AnswerState::Malformed, "the connection closed before the answer was complete")
        .state;
  }
  part_ = Part::Done;
  return AnswerState::Done;
}

ResponseReader::Step ResponseReader::read_head(std::string_view input) {
  if (input.empty()) return {AnswerState::NeedMore, 0, {}};
  const std::string_view beginning = kProtocol.substr(0, input.size());
  if (!input.starts_with(beginning)) {
    return fail(AnswerState::Malformed, "the answer is not HTTP/1");
  }
  switch (scanner_.scan(input)) {
    case HeadState::NeedMore:
      return {AnswerState::NeedMore, 0, {}};
    case HeadState::Malformed:
      return fail(AnswerState::Malformed, "the answer's head is malformed");
    case HeadState::StartLineTooLong:
    case HeadState::FieldsTooLarge:
      return fail(AnswerState::TooLarge, "the answer's head is too large");
    case HeadState::Complete:
      break;
  }
  const std::size_t head_bytes = scanner_.head_bytes();
  const HeadTokens tokens = tokenize_head(HeadKind::Response, input.substr(0, head_bytes),
                                          scanner_.field_count(), headers_);
  const bool known_version = tokens.version_major == 1 && tokens.version_minor <= 1;
  if (tokens.fault != TokenFault::None || !known_version) {
    return fail(AnswerState::Malformed, "the answer is not HTTP/1");
  }
  status_ = tokens.status;
  http10_ = tokens.version_minor == 0;
  return take_head(head_bytes);
}

ResponseReader::Step ResponseReader::take_head(std::size_t head_bytes) {
  if (status_ < 100 || status_ > kStatusMax || status_ == 101) {
    status_ = 0;
    return fail(AnswerState::Malformed, "the answer's status is none that was asked for");
  }
  if (status_ < 200) {
    status_ = 0;
    if (interim_left_-- == 0) return fail(AnswerState::TooLarge, "too many interim answers");
    scanner_.reset();
    return {AnswerState::NeedMore, head_bytes, {}};
  }
  const AnswerState state = read_framing();
  if (state == AnswerState::Malformed) return {state, 0, {}};
  return {state, head_bytes, {}};
}

AnswerState ResponseReader::read_framing() {
  const std::size_t lengths = headers_.count("content-length");
  const std::size_t codings = headers_.count("transfer-encoding");
  for (const Headers::Field field : headers_) {
    if (base::ascii_iequals(field.name, "connection")) keep_alive_ &= !asks_to_close(field.value);
  }
  keep_alive_ &= !http10_;
  const std::string_view length = headers_.get("content-length");
  if (lengths > 1 || (lengths == 1 && !is_digits(length))) {
    return fail(AnswerState::Malformed, "the answer's Content-Length is malformed").state;
  }
  if (lengths == 1) {
    const auto [end, error] =
        std::from_chars(length.data(), length.data() + length.size(), length_left_);
    if (error != std::errc()) {
      return fail(AnswerState::Malformed, "the answer's Content-Length is malformed").state;
    }
  }
  const bool chunked = codings == 1 && !http10_ && lengths == 0 &&
                       base::ascii_iequals(headers_.get("transfer-encoding"), "chunked");
  if (codings > 0 && !chunked) {
    return fail(AnswerState::Malformed, "the answer's framing is in doubt").state;
  }
  const bool never_a_body = request_method_ == Method::Head || status_ == 204 || status_ == 304;
  if (never_a_body) {
    const bool odd = status_ == 204 && (length_left_ > 0 || chunked);
    keep_alive_ &= !odd;
    part_ = Part::Done;
  } else if (chunked) {
    chunks_.emplace(kChunkLineBytesMax, kTrailerBytesMax);
    part_ = Part::Chunked;
  } else if (lengths == 1) {
    part_ = length_left_ > 0 ? Part::Length : Part::Done;
  } else {
    keep_alive_ = false;
    part_ = Part::UntilClose;
  }
  return part_ == Part::Done ? AnswerState::Done : AnswerState::NeedMore;
}

ResponseReader::Step ResponseReader::read_length(std::string_view input) {
  if (input.empty()) return {AnswerState::NeedMore, 0, {}};
  const auto size = static_cast<std::size_t>(std::min<std::uint64_t>(length_left_, input.size()));
  length_left_ -= size;
  if (length_left_ == 0) part_ = Part::Done;
  return {AnswerState::Data, size, input.substr(0, size)};
}

ResponseReader::Step ResponseReader::read_chunked(std::string_view input) {
  const ChunkedDecoder::Step step = chunks_->next(input);
  switch (step.state) {
    case ChunkState::NeedMore:
      return {AnswerState::NeedMore, step.consumed, {}};
    case ChunkState::Data:
      return {AnswerState::Data, step.consumed, step.data};
    case ChunkState::Done:
      part_ = Part::Done;
      return {AnswerState::Done, step.consumed, {}};
    case ChunkState::Malformed:
    case ChunkState::TrailersTooLarge:
      break;
  }
  return fail(AnswerState::Malformed, "the answer's chunked body is malformed");
}

}  // namespace fanfare::http
