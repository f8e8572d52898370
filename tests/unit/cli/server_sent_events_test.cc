#include "cli/server_sent_events.h"

#include <gtest/gtest.h>

#include <vector>

namespace fanfare::cli {
namespace {

using Seen = std::vector<std::pair<std::string, std::string>>;

Seen read(std::string_view text, std::size_t piece) {
  Seen seen;
  ServerSentEvents stream(
      [&](const auto& event, const auto& data) { seen.emplace_back(event, data); });
  for (std::size_t at = 0; at < text.size(); at += piece) {
    EXPECT_TRUE(stream.feed(text.substr(at, piece)));
  }
  return seen;
}

TEST(ServerSentEventsTest, reads_the_same_from_pieces_of_any_size) {
  constexpr auto kText =
      ": comment\n\nevent: event\ndata: {\"a\":1}\n\ndata:x\r\ndata: y\r\n\r\nevent: none\n\nid: "
      "1\n";
  const Seen expected = {{"event", "{\"a\":1}"}, {"message", "x\ny"}};
  for (const std::size_t piece : {1, 2, 3, 7, 1000})
    EXPECT_EQ(read(kText, piece), expected) << piece;
}

TEST(ServerSentEventsTest, an_event_is_taken_when_its_empty_line_has_come) {
  EXPECT_TRUE(read("data: x\n", 100).empty());
  EXPECT_EQ(read("data: x\n\n", 100).size(), 1u);
}

TEST(ServerSentEventsTest, a_line_without_end_is_refused) {
  ServerSentEvents stream([](const auto&, const auto&) {});
  const std::string piece(1 << 20, 'x');
  bool taken = true;
  for (int i = 0; i < 64 && taken; ++i) taken = stream.feed(piece);
  EXPECT_FALSE(taken);
}

}  // namespace
}  // namespace fanfare::cli
