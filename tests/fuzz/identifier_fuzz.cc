/// Any JSON as an identifier, and any text as a raw id: what is taken is written so that it reads
/// as the same again.
#include <cstdint>

#include "base/check.h"
#include "communication/identity/identifier.h"
#include "communication/identity/identity_body.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace fanfare;
  namespace identity = communication::identity;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  static_cast<void>(identity::parse_create(text, identity::CustomIds::Taken));
  static_cast<void>(identity::parse_issue(text));
  static_cast<void>(identity::check_exchange(text));
  const auto value = json::parse(text);
  if (!value) return 0;
  const auto raw = value->if_string() != nullptr ? *value->if_string() : std::string();
  const auto model = raw.empty() ? *value : json::Value::object({{"rawId", raw}});
  const auto identifier = identity::parse_identifier(model, "id");
  if (!identifier) return 0;
  const auto again = identity::parse_identifier(identity::to_json(*identifier), "id");
  FANFARE_CHECK(again && identity::to_json(*again) == identity::to_json(*identifier));
  return 0;
}
