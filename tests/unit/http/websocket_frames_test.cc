#include "http/websocket_frames.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vector>

namespace fanfare::http {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

constexpr std::size_t kMessageBytesMax = 1000;
constexpr int kText = 1, kBinary = 2, kClose = 8, kPing = 9, kPong = 10, kContinuation = 0;

enum class Fin { No, Yes };
enum class Mask { No, Yes };

/// A client's frame; `mask` of RFC 6455's examples.
std::string frame(int opcode, std::string_view payload, Fin fin = Fin::Yes, Mask mask = Mask::Yes,
                  int reserved = 0) {
  std::string bytes;
  bytes.push_back(static_cast<char>((fin == Fin::Yes ? 0x80 : 0) | reserved | opcode));
  const int masked = mask == Mask::Yes ? 0x80 : 0;
  if (payload.size() < 126) {
    bytes.push_back(static_cast<char>(masked | static_cast<int>(payload.size())));
  } else {
    bytes.push_back(static_cast<char>(masked | 126));
    bytes.push_back(static_cast<char>(payload.size() >> 8));
    bytes.push_back(static_cast<char>(payload.size() & 0xFF));
  }
  if (mask == Mask::No) return bytes.append(payload);
  constexpr std::string_view key = "\x37\xfa\x21\x3d";
  bytes.append(key);
  for (std::size_t i = 0; i < payload.size(); ++i) {
    bytes.push_back(static_cast<char>(payload[i] ^ key[i % 4]));
  }
  return bytes;
}

std::string code_of(int code) { return {static_cast<char>(code >> 8), static_cast<char>(code)}; }

std::vector<std::string> messages_of(WebSocketFrames& frames) {
  std::vector<std::string> messages;
  while (auto message = frames.next_message()) messages.push_back(std::move(*message));
  return messages;
}

/// The code in our close frame; 0 when it names none, -1 when there is no such frame.
int close_code_sent(const WebSocketFrames& frames) {
  const std::string_view output = frames.output();
  const std::size_t at = output.rfind('\x88');
  if (at == std::string_view::npos) return -1;
  if (output.size() < at + 4) return 0;
  return (static_cast<unsigned char>(output[at + 2]) << 8) |
         static_cast<unsigned char>(output[at + 3]);
}

TEST(WebSocketFrames, sends_text_unmasked_in_one_frame) {
  WebSocketFrames frames(kMessageBytesMax);
  EXPECT_TRUE(frames.send("Hello"));
  EXPECT_EQ(frames.output(), "\x81\x05Hello");
  frames.wrote(3);
  EXPECT_EQ(frames.output(), "ello");
  frames.wrote(4);
  EXPECT_EQ(frames.output(), "");
}

TEST(WebSocketFrames, reads_messages_however_their_bytes_arrive) {
  const std::string bytes = frame(kText, "one") + frame(kText, "tw", Fin::No) +
                            frame(kPing, "between") + frame(kContinuation, "o") + frame(kText, "") +
                            frame(kText, std::string(500, 'x'));
  for (const std::size_t piece : {bytes.size(), std::size_t{1}, std::size_t{7}}) {
    WebSocketFrames frames(kMessageBytesMax);
    for (std::size_t at = 0; at < bytes.size(); at += piece) {
      frames.feed(std::string_view(bytes).substr(at, piece));
    }
    EXPECT_THAT(messages_of(frames), ElementsAre("one", "two", "", std::string(500, 'x'))) << piece;
    EXPECT_EQ(frames.output(),
              "\x8a\x07"
              "between")
        << piece;
    EXPECT_FALSE(frames.ended());
  }
}

TEST(WebSocketFrames, echoes_the_code_of_a_close_and_reads_no_more) {
  WebSocketFrames frames(kMessageBytesMax);
  frames.feed(frame(kText, "last") + frame(kClose, code_of(4001) + "bye") + frame(kText, "late"));
  EXPECT_THAT(messages_of(frames), ElementsAre("last"));
  EXPECT_TRUE(frames.ended());
  EXPECT_TRUE(frames.close_received());
  EXPECT_TRUE(frames.close_sent());
  EXPECT_EQ(frames.code_received(), 4001);
  EXPECT_EQ(close_code_sent(frames), 4001);
  EXPECT_FALSE(frames.send("no"));
}

TEST(WebSocketFrames, waits_for_the_peers_half_of_a_closing) {
  WebSocketFrames frames(kMessageBytesMax);
  frames.close(CloseCode::GoingAway, "the server stops");
  frames.close(CloseCode::Normal, "");
  EXPECT_EQ(frames.output(), "\x88\x12\x03\xe9the server stops");
  EXPECT_FALSE(frames.ended());
  EXPECT_FALSE(frames.send("no"));
  frames.feed(frame(kText, "on its way") + frame(kClose, code_of(1001)));
  EXPECT_TRUE(frames.ended());
  EXPECT_THAT(messages_of(frames), ElementsAre("on its way"));
}

TEST(WebSocketFrames, cuts_a_long_close_reason_at_a_character) {
  WebSocketFrames frames(kMessageBytesMax);
  std::string reason(122, 'a');
  reason += "\xC3\xA4 and more";
  frames.close(CloseCode::Normal, reason);
  EXPECT_EQ(frames.output(), "\x88\x7c\x03\xe8" + std::string(122, 'a'));
}

struct Broken {
  const char* name;
  std::string bytes;
  int code;
};
void PrintTo(const Broken& c, std::ostream* out) { *out << c.name; }

class WhatBreaksTheProtocol : public testing::TestWithParam<Broken> {};

TEST_P(WhatBreaksTheProtocol, is_answered_by_a_close) {
  WebSocketFrames frames(kMessageBytesMax);
  frames.feed(GetParam().bytes);
  EXPECT_EQ(close_code_sent(frames), GetParam().code);
  EXPECT_TRUE(frames.ended());
  EXPECT_TRUE(frames.close_sent());
  EXPECT_THAT(messages_of(frames), IsEmpty());
}

INSTANTIATE_TEST_SUITE_P(
    WebSocketFrames, WhatBreaksTheProtocol,
    testing::Values(
        Broken{"no_mask", frame(kText, "x", Fin::Yes, Mask::No), 1002},
        Broken{"a_compressed_message", frame(kText, "x", Fin::Yes, Mask::Yes, 0x40), 1002},
        Broken{"a_reserved_bit", frame(kText, "x", Fin::Yes, Mask::Yes, 0x10), 1002},
        Broken{"an_unknown_opcode", frame(3, "x"), 1002},
        Broken{"an_unknown_control_opcode", frame(11, "x"), 1002},
        Broken{"a_ping_in_fragments", frame(kPing, "x", Fin::No), 0},
        Broken{"a_ping_of_126_bytes", frame(kPing, std::string(126, 'x')), 0},
        Broken{"a_continuation_of_nothing", frame(kContinuation, "x"), 1002},
        Broken{"a_message_within_a_message", frame(kText, "x", Fin::No) + frame(kText, "y"), 1002},
        Broken{"a_close_of_one_byte", frame(kClose, "x"), 0},
        Broken{"a_close_code_that_must_not_travel", frame(kClose, code_of(1005)), 1002},
        Broken{"a_close_reason_that_is_no_utf8", frame(kClose, code_of(1000) + "\xff"), 1007},
        Broken{"text_that_is_no_utf8", frame(kText, "\xc0\xaf"), 1007},
        Broken{"a_character_cut_at_the_end", frame(kText, "\xe2\x82"), 1007},
        Broken{"binary", frame(kBinary, "x"), 1003},
        Broken{"a_message_too_long", frame(kText, std::string(1001, 'x')), 1009},
        Broken{"fragments_too_long_together",
               frame(kText, std::string(900, 'x'), Fin::No) +
                   frame(kContinuation, std::string(101, 'x')),
               1009}),
    [](const auto& tested) { return std::string(tested.param.name); });

TEST(WebSocketFrames, takes_a_character_cut_between_fragments) {
  WebSocketFrames frames(kMessageBytesMax);
  frames.feed(frame(kText, "\xe2\x82", Fin::No) + frame(kContinuation, "\xac"));
  EXPECT_THAT(messages_of(frames), ElementsAre("\xe2\x82\xac"));
}

TEST(WebSocketFrames, takes_a_pong_that_nobody_asked_for) {
  WebSocketFrames frames(kMessageBytesMax);
  frames.feed(frame(kPong, "x") + frame(kText, "y"));
  EXPECT_THAT(messages_of(frames), ElementsAre("y"));
  EXPECT_EQ(frames.output(), "");
}

}  // namespace
}  // namespace fanfare::http
