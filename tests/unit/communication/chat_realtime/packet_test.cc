#include "communication/chat/realtime/packet.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace fanfare::communication::chat::realtime {
namespace {

using testing::ElementsAre;

struct Frame {
  const char* name;
  std::string text;
  PacketType type;
  std::optional<std::uint64_t> id;
  std::string endpoint;
  std::string data;
};
void PrintTo(const Frame& f, std::ostream* out) { *out << f.name; }

class FramesOfTheClient : public testing::TestWithParam<Frame> {};

TEST_P(FramesOfTheClient, are_taken_apart) {
  const auto packet = parse_packet(GetParam().text);
  ASSERT_TRUE(packet);
  EXPECT_EQ(packet->type, GetParam().type);
  EXPECT_EQ(packet->id, GetParam().id);
  EXPECT_EQ(packet->endpoint, GetParam().endpoint);
  EXPECT_EQ(packet->data, GetParam().data);
}

INSTANTIATE_TEST_SUITE_P(
    Packet, FramesOfTheClient,
    testing::Values(
        Frame{"disconnect", "0::", PacketType::Disconnect, {}, "", ""},
        Frame{"heartbeat", "2::", PacketType::Heartbeat, {}, "", ""},
        Frame{"response",
              R"(3:::{"id":1,"status":200,"headers":{"a":"b:c"},"body":""})",
              PacketType::Message,
              {},
              "",
              R"({"id":1,"status":200,"headers":{"a":"b:c"},"body":""})"},
        Frame{"ping", R"(5:1+::{"name":"ping"})", PacketType::Event, 1, "", R"({"name":"ping"})"},
        Frame{"activity",
              R"(5:12+::{"name":"user.activity","args":[{"state":"active","cv":"x.1"}]})",
              PacketType::Event, 12, "",
              R"({"name":"user.activity","args":[{"state":"active","cv":"x.1"}]})"},
        Frame{"ack_without_data", "3:7::x", PacketType::Message, 7, "", "x"},
        Frame{"endpoint", "1::/chat?x=1", PacketType::Connect, {}, "/chat?x=1", ""},
        Frame{"endpoint_and_data", "4::/chat:{}", PacketType::Json, {}, "/chat", "{}"}),
    [](const auto& tested) { return std::string(tested.param.name); });

TEST(Packet, what_is_no_frame_is_refused) {
  for (const char* text : {"", "x", "9::", "3", "3:", "3:x", ":::", "-1::", "3:1", "3:1+",
                           " 2::", "99999999999999999999999::"}) {
    EXPECT_FALSE(parse_packet(text)) << text;
  }
}

TEST(Packet, writes_what_the_client_reads) {
  EXPECT_EQ(write_packet(PacketType::Connect), "1::");
  EXPECT_EQ(write_packet(PacketType::Disconnect, "dup"), "0:::dup");
  EXPECT_EQ(write_ack(12), "6:::12+[]");
  EXPECT_EQ(write_event("trouter.connected", R"({"ttl":1})"),
            R"(5:::{"name":"trouter.connected","args":[{"ttl":1}]})");
}

TEST(Packet, a_single_frame_is_its_own_payload) {
  EXPECT_EQ(join_payload(std::vector<std::string>{"1::"}), "1::");
  EXPECT_THAT(*split_payload("2::", 10), ElementsAre("2::"));
}

TEST(Packet, a_payload_counts_as_javascript_does) {
  const std::vector<std::string> frames = {"1::", "3:::\xC3\xA4", "3:::\xE2\x82\xAC",
                                           "3:::\xF0\x9F\x98\x80", ""};
  const std::string payload = join_payload(frames);
  EXPECT_EQ(payload,
            "\uFFFD3\uFFFD1::\uFFFD5\uFFFD3:::\xC3\xA4\uFFFD5\uFFFD3:::\xE2\x82\xAC"
            "\uFFFD6\uFFFD3:::\xF0\x9F\x98\x80\uFFFD0\uFFFD");
  EXPECT_EQ(*split_payload(payload, 10), frames);
}

TEST(Packet, a_payload_whose_lengths_do_not_fit_is_refused) {
  for (const char* text :
       {"\uFFFD", "\uFFFD3", "\uFFFD3\uFFFD1:", "\uFFFD2\uFFFD1::", "\uFFFDx\uFFFD1::",
        "\uFFFD1\uFFFD\xF0\x9F\x98\x80", "\uFFFD3\uFFFD1::x", "\uFFFD99999999999\uFFFD1::"}) {
    EXPECT_FALSE(split_payload(text, 10)) << text;
  }
  EXPECT_FALSE(split_payload("\uFFFD1\uFFFDa\uFFFD1\uFFFDb\uFFFD1\uFFFDc", 2));
}

}  // namespace
}  // namespace fanfare::communication::chat::realtime
