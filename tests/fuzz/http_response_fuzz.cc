/// A receiver's answer: no crash, the same verdict, status and body in pieces of any size.
/// The first byte of the input chooses the size of the pieces, and whether the peer closes at the
/// end.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "http/response_reader.h"

namespace {

using namespace fanfare::http;

constexpr HeadLimits kLimits{8 * 1024, 64 * 1024, 1000};

struct Read {
  AnswerState state = AnswerState::NeedMore;
  int status = 0;
  std::string body;
  bool reusable = false;
};

void require(bool condition) {
  if (!condition) std::abort();
}

Read read(std::string_view input, std::size_t piece, bool then_ends) {
  ResponseReader reader(kLimits, Method::Post, 16);
  Read out;
  std::string buffer;
  for (std::size_t given = 0;;) {
    const auto step = reader.next(buffer);
    require(step.consumed <= buffer.size() && step.data.size() <= step.consumed);
    out.state = step.state;
    out.body += step.data;
    const bool more_here = step.state == AnswerState::Data || step.consumed > 0;
    buffer.erase(0, step.consumed);
    if (step.state != AnswerState::Data && step.state != AnswerState::NeedMore) break;
    if (more_here && !buffer.empty()) continue;
    if (given == input.size()) {
      out.state = then_ends ? reader.end_of_input() : AnswerState::NeedMore;
      break;
    }
    const std::string_view next = input.substr(given, piece);
    buffer += next;
    given += next.size();
  }
  out.status = reader.status();
  out.reusable = reader.reusable();
  return out;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  const std::string_view input(reinterpret_cast<const char*>(data + 1), size - 1);
  const bool then_ends = (data[0] & 1) != 0;
  const Read whole = read(input, input.size(), then_ends);
  const Read pieces = read(input, 1 + data[0] / 2u, then_ends);
  require(whole.state == pieces.state);
  require(whole.body == pieces.body);
  require(whole.status == pieces.status);
  if (whole.state != AnswerState::Done) return 0;
  require(whole.status >= 200 && whole.status <= 599);
  require(whole.reusable == pieces.reusable);
  return 0;
}
