#pragma once
/// The frames of the socket that chat clients speak: `TYPE:ID:ENDPOINT:DATA`, the socket.io 0.9
/// protocol (version 1). Pure.
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace fanfare::communication::chat::realtime {

/// The numbers are the protocol's.
enum class PacketType : std::uint8_t {
  Disconnect = 0,
  Connect = 1,
  Heartbeat = 2,
  Message = 3,
  Json = 4,
  Event = 5,
  Ack = 6,
  Error = 7,
  Noop = 8,
};

struct Packet {
  PacketType type = PacketType::Noop;
  std::optional<std::uint64_t> id;  ///< the sender wants an ack of this number
  std::string endpoint;             ///< empty: the socket itself
  std::string data;
};

/// nullopt for what is no frame.
std::optional<Packet> parse_packet(std::string_view text);

std::string write_packet(PacketType type, std::string_view data = {});
/// `5:::{"name":NAME,"args":[ARGUMENT]}`; `argument` is JSON.
std::string write_event(std::string_view name, std::string_view argument);
/// The answer to a packet that wants an ack.
std::string write_ack(std::uint64_t id);

/// Several frames in one body, for polling: U+FFFD, the length in UTF-16 code units, U+FFFD, the
/// frame, and so on. A single frame stands as it is.
std::string join_payload(std::span<const std::string> frames);
/// nullopt when the lengths do not fit, or there are more than `frames_max`.
std::optional<std::vector<std::string>> split_payload(std::string_view body,
                                                      std::size_t frames_max);

}  // namespace fanfare::communication::chat::realtime
