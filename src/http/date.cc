#include "http/date.h"

#include <ctime>

namespace fanfare::http {

std::string_view current_http_date() {
  thread_local std::time_t cached_second = 0;
  thread_local std::string cached;
  const std::time_t now = std::time(nullptr);
  if (now != cached_second) {
    cached_second = now;
    cached = format_http_date(base::TimePoint(std::chrono::seconds(now)));
  }
  return cached;
}

}  // namespace fanfare::http
