/// Any token, key and query: never accepted unless it was signed.
#include <cstdint>

#include "auth/sas.h"
#include "auth/sas_expiry.h"
#include "auth/shared_key.h"
#include "base/check.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace fanfare;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  constexpr std::string_view kKey = "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=";
  static const base::TimePoint now = base::parse_rfc3339("2029-01-01T00:00:00Z").value();
  const auto verified = auth::verify_sas_token(text, "https://host/api/events", {kKey, ""}, now);
  if (!verified) FANFARE_CHECK(!verified.error().message.empty());

  static_cast<void>(auth::parse_sas_expiry(text));
  static_cast<void>(auth::key_in_query(text));
  FANFARE_CHECK(auth::check_shared_key(text, {kKey, ""}).has_value() == (text == kKey));
  const auto made = auth::make_sas_token(text, now + base::hours(1), kKey);
  FANFARE_CHECK(made);
  const auto read = auth::verify_sas_token(*made, text, {"", kKey}, now);
  FANFARE_CHECK(read || !text.starts_with("https://host/"));
  return 0;
}
