#include "communication/chat/realtime/packet.h"

#include <charconv>

#include "json/text.h"

namespace fanfare::communication::chat::realtime {

namespace {

constexpr std::string_view kMark = "\xEF\xBF\xBD";  // U+FFFD

/// Takes digits off the front; nullopt when there are none or too many.
std::optional<std::uint64_t> take_number(std::string_view& text) {
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc()) return std::nullopt;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  return number;
}

bool take(std::string_view& text, std::string_view prefix) {
  if (!text.starts_with(prefix)) return false;
  text.remove_prefix(prefix.size());
  return true;
}

/// A character beyond the basic plane takes two units of UTF-16, and is the one that has four bytes
/// in UTF-8.
std::size_t utf16_units(unsigned char lead) {
  if ((lead & 0xC0) == 0x80) return 0;
  return lead >= 0xF0 ? 2 : 1;
}

std::size_t utf16_size(std::string_view text) {
  std::size_t units = 0;
  for (const char c : text) units += utf16_units(static_cast<unsigned char>(c));
  return units;
}

/// How many bytes of `text` make so many units; nullopt when it has fewer, or cuts a character.
std::optional<std::size_t> bytes_of_units(std::string_view text, std::uint64_t units) {
  std::size_t at = 0;
  while (at < text.size()) {
    const std::size_t next = utf16_units(static_cast<unsigned char>(text[at]));
    if (units == 0 && next > 0) break;
    if (next > units) return std::nullopt;
    units -= next;
    ++at;
  }
  return units == 0 ? std::optional(at) : std::nullopt;
}

}  // namespace

std::optional<Packet> parse_packet(std::string_view text) {
  Packet packet;
  const auto type = take_number(text);
  if (!type || *type > static_cast<std::uint64_t>(PacketType::Noop) || !take(text, ":")) {
    return std::nullopt;
  }
  packet.type = static_cast<PacketType>(*type);
  packet.id = take_number(text);
  if (packet.id) take(text, "+");
  if (!take(text, ":")) return std::nullopt;
  const std::size_t colon = text.find(':');
  packet.endpoint = std::string(text.substr(0, colon));
  if (colon != std::string_view::npos) packet.data = std::string(text.substr(colon + 1));
  return packet;
}

std::string write_packet(PacketType type, std::string_view data) {
  std::string out = std::to_string(static_cast<int>(type)) + "::";
  if (!data.empty()) out.append(":").append(data);
  return out;
}

std::string write_event(std::string_view name, std::string_view argument) {
  std::string data = "{\"name\":";
  json::append_string(data, name);
  data.append(",\"args\":[").append(argument).append("]}");
  return write_packet(PacketType::Event, data);
}

std::string write_ack(std::uint64_t id) {
  return write_packet(PacketType::Ack, std::to_string(id) + "+[]");
}

std::string join_payload(std::span<const std::string> frames) {
  if (frames.size() == 1) return frames.front();
  std::string out;
  for (const std::string& frame : frames) {
    out.append(kMark).append(std::to_string(utf16_size(frame))).append(kMark).append(frame);
  }
  return out;
}

std::optional<std::vector<std::string>> split_payload(std::string_view body,
                                                      std::size_t frames_max) {
  if (!body.starts_with(kMark)) return std::vector<std::string>{std::string(body)};
  std::vector<std::string> frames;
  while (!body.empty()) {
    if (!take(body, kMark) || frames.size() == frames_max) return std::nullopt;
    const auto units = take_number(body);
    if (!units || !take(body, kMark)) return std::nullopt;
    const auto bytes = bytes_of_units(body, *units);
    if (!bytes) return std::nullopt;
    frames.emplace_back(body.substr(0, *bytes));
    body.remove_prefix(*bytes);
  }
  return frames;
}

}  // namespace fanfare::communication::chat::realtime
