#include "event/event.h"

#include <array>

#include "json/text.h"

namespace fanfare::event {

namespace {

/// In the order of the stored form: append only, never reorder.
constexpr std::array kStoredMembers = {
    &Event::id,         &Event::source,       &Event::subject,           &Event::type,
    &Event::time,       &Event::data_version, &Event::data_content_type, &Event::data_schema,
    &Event::extensions, &Event::data,         &Event::data_base64};

bool is_schema(std::uint8_t value) {
  return value >= static_cast<std::uint8_t>(Schema::EventGrid) &&
         value <= static_cast<std::uint8_t>(Schema::Custom);
}

}  // namespace

std::size_t Event::bytes() const {
  std::size_t sum = 0;
  for (const auto member : kStoredMembers) sum += (this->*member).size();
  return sum;
}

void encode(const Event& event, base::ByteWriter& out) {
  out.u8(static_cast<std::uint8_t>(event.schema));
  for (const auto member : kStoredMembers) out.bytes(event.*member);
}

Event decode(base::ByteReader& in) {
  Event event;
  const std::uint8_t schema = in.u8();
  for (const auto member : kStoredMembers) event.*member = in.bytes();
  if (!is_schema(schema)) {
    in.take(in.remaining() + 1);  // more than there is: the reader turns bad
    return {};
  }
  if (!in.ok()) return {};
  event.schema = static_cast<Schema>(schema);
  return event;
}

std::string unescape(RawJson string_token) { return json::unescape(string_token); }

std::string quote(std::string_view text) {
  std::string out;
  out.reserve(text.size() + 2);
  json::append_string(out, text);
  return out;
}

}  // namespace fanfare::event
