/// Any target, Host and Authorization: never accepted unless signed; what is signed here is.
#include <cstdint>

#include "auth/hmac_request.h"
#include "auth/signed_target.h"
#include "base/check.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace fanfare;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  constexpr std::string_view kKey = "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=";
  static const base::TimePoint now = base::parse_rfc3339("2029-01-01T00:00:00Z").value();
  const auto line = text.find('\n');
  const auto target = text.substr(0, line);
  const auto rest = line == std::string_view::npos ? std::string_view() : text.substr(line + 1);

  http::Request request;
  request.method = http::Method::Post;
  request.target = target.empty() ? "/" : std::string(target);
  request.tls = size % 2 == 0;
  request.body = http::Body(rest);
  request.headers.set("Host", "localhost:4880");
  request.headers.set("x-ms-date", "Mon, 01 Jan 2029 00:00:00 GMT");
  request.headers.set("x-ms-content-sha256", rest);
  request.headers.set("Authorization", "HMAC-SHA256 " + std::string(rest));
  const auto refused = auth::verify_signed_request(request, {kKey, ""}, now, base::minutes(15));
  FANFARE_CHECK(!refused && !refused.error().message.empty());
  FANFARE_CHECK(auth::signed_targets(request).size() <= 6);

  FANFARE_CHECK(auth::sign_request(request, kKey, now).has_value());
  const auto accepted = auth::verify_signed_request(request, {"", kKey}, now, base::minutes(15));
  FANFARE_CHECK(accepted && *accepted == auth::SigningKey::Key2);
  return 0;
}
