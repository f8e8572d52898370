#include "communication/sms/repeatability.h"

#include <algorithm>

#include "base/http_date.h"

namespace fanfare::communication::sms {

namespace {

constexpr std::size_t kGuidSize = 36;

constexpr bool is_hex(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

}  // namespace

bool is_guid(std::string_view text) {
  if (text.size() != kGuidSize) return false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool hyphen = i == 8 || i == 13 || i == 18 || i == 23;
    if (hyphen ? text[i] != '-' : !is_hex(text[i])) return false;
  }
  return true;
}

std::optional<Rejected> reject(const Repeatability& repeatability, base::TimePoint now,
                               base::Duration window) {
  if (!repeatability.request_id) return std::nullopt;
  if (!is_guid(*repeatability.request_id)) {
    return Rejected{400,
                    "Request sent with Invalid value for repeatability-request-id. Expected "
                    "is a GUID."};
  }
  const auto sent = base::parse_http_date(repeatability.first_sent.value_or(""));
  if (!sent) {
    return Rejected{400,
                    "Request sent with Invalid DateTime value for repeatability-first-sent. "
                    "Expected is DateTime ,RFC1123 pattern."};
  }
  if (*sent < now - window || *sent > now + window) {
    return Rejected{412,
                    "Request sent with a repeatability-first-sent outside of the period in "
                    "which requests are tracked."};
  }
  return std::nullopt;
}

Rejected other_payload() {
  return {400, "Request sent with a repeatability-request-id that was used for another payload."};
}

}  // namespace fanfare::communication::sms
