#include <algorithm>
#include <charconv>

#include "http/client.h"
#include "http/date.h"

namespace fanfare::http {

namespace {

/// Longer waits mean the same to us, and must not overflow.
constexpr std::uint64_t kSecondsMax = 366ull * 24 * 3600;

}  // namespace

std::optional<base::Duration> retry_after(const Headers& headers, base::TimePoint wall) {
  const auto value = headers.find("retry-after");
  if (!value || value->empty()) return std::nullopt;
  std::uint64_t seconds = 0;
  const auto [end, error] = std::from_chars(value->data(), value->data() + value->size(), seconds);
  if (end == value->data() + value->size()) {
    const bool huge = error == std::errc::result_out_of_range || seconds > kSecondsMax;
    return base::seconds(huge ? kSecondsMax : seconds);
  }
  const auto date = parse_http_date(*value);
  if (!date) return std::nullopt;
  const base::Duration wait = *date - wall;
  return std::clamp(wait, base::Duration::zero(), base::Duration(base::seconds(kSecondsMax)));
}

}  // namespace fanfare::http
