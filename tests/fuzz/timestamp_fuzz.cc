/// Any text as a timestamp: what is accepted reads the same when it is written again.
#include <cstdint>

#include "base/check.h"
#include "base/time.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace fanfare;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto read = base::read_rfc3339(text);
  const auto time = base::parse_rfc3339(text);
  FANFARE_CHECK(read || !time);
  if (read)
    FANFARE_CHECK(read->fraction >= base::Duration::zero() && read->fraction < base::seconds(1));
  if (!time) return 0;
  const auto again = base::parse_rfc3339(base::format_rfc3339(*time, 9));
  FANFARE_CHECK(again && *again == *time);
  static_cast<void>(base::parse_duration(text));
  return 0;
}
