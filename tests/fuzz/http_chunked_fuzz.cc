/// The chunked body: no crash, the same bytes and verdict in pieces of any size.
/// The first byte of the input chooses the size of the pieces.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "http/chunked_decoder.h"

namespace {

using namespace fanfare::http;

struct Decoded {
  ChunkState state = ChunkState::NeedMore;
  std::string data;
  std::size_t consumed = 0;
};

void require(bool condition) {
  if (!condition) std::abort();
}

Decoded decode(std::string_view input, std::size_t piece) {
  ChunkedDecoder decoder(4096, 8192);
  Decoded out;
  while (out.consumed < input.size()) {
    const auto step = decoder.next(input.substr(out.consumed, piece));
    require(step.consumed > 0 && step.consumed <= input.size() - out.consumed);
    require(step.data.size() <= step.consumed);
    out.data += step.data;
    out.consumed += step.consumed;
    if (step.state == ChunkState::Data || step.state == ChunkState::NeedMore) continue;
    out.state = step.state;
    break;
  }
  return out;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view input(reinterpret_cast<const char*>(data + 1), size - 1);
  const Decoded whole = decode(input, input.size());
  const Decoded pieces = decode(input, 1 + data[0]);
  require(whole.state == pieces.state);
  require(whole.data == pieces.data);
  require(whole.consumed == pieces.consumed);
  return 0;
}
