#include "communication/chat/stored.h"

#include <gtest/gtest.h>

#include "communication/chat/keys.h"

namespace fanfare::communication::chat {
namespace {

const base::TimePoint kTime = *base::parse_rfc3339("2026-01-31T12:00:00.1234567Z");

Participant somebody() {
  Participant out;
  out.id = "8:acs:a_b";
  out.display_name = "Ann";
  out.share_history_from = kTime;
  out.metadata = {{"k", "v"}, {"", ""}};
  out.order = 7;
  return out;
}

Message everything() {
  Message out;
  out.id = 1769860800123;
  out.sequence = 3;
  out.version = 1769860800999;
  out.type = MessageType::ParticipantRemoved;
  out.sender = "8:acs:a_c";
  out.sender_display_name = "Ben";
  out.content = std::string("a\0b", 3);
  out.created = kTime;
  out.edited = kTime + base::seconds(1);
  out.deleted = kTime + base::seconds(2);
  out.metadata = {{"x", "y"}};
  out.participants = {somebody()};
  return out;
}

TEST(ChatStored, GivesBackWhatWasStored) {
  const auto message = decode_message(encode(everything()));
  ASSERT_TRUE(message);
  EXPECT_EQ(encode(*message), encode(everything()));
  EXPECT_EQ(message->content.size(), 3u);
  EXPECT_EQ(message->participants.at(0).display_name, "Ann");
  EXPECT_EQ(message->deleted, kTime + base::seconds(2));

  Properties properties{"19:a@thread.v2", "Lunch", "8:acs:a_b", kTime, {{"k", "v"}}, 30, kTime};
  EXPECT_EQ(encode(*decode_properties(encode(properties))), encode(properties));
  Tail tail{3, 1769860800123, kTime, 5, 6, 7};
  EXPECT_EQ(encode(*decode_tail(encode(tail))), encode(tail));
  EXPECT_EQ(encode(*decode_participant(encode(somebody()))), encode(somebody()));
  FormerParticipant former{kTime, 9};
  EXPECT_EQ(encode(*decode_former(encode(former))), encode(former));
  Receipt receipt{"8:acs:a_b", 9, kTime};
  EXPECT_EQ(encode(*decode_receipt(encode(receipt))), encode(receipt));
  Token token{"19:a@thread.v2", 42, kTime, {{"8:acs:a_b", "404"}}};
  EXPECT_EQ(encode(*decode_token(encode(token))), encode(token));
}

TEST(ChatStored, RefusesEveryCutAndALaterVersion) {
  const auto bytes = encode(everything());
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    EXPECT_FALSE(decode_message(std::string_view(bytes).substr(0, size))) << size;
  }
  auto later = bytes;
  later[0] = 2;
  EXPECT_FALSE(decode_message(later));
}

TEST(ChatStored, IgnoresFieldsOfALaterKind) {
  EXPECT_TRUE(decode_message(encode(everything()) + "more"));
}

TEST(ChatKeys, PutNewerMessagesBeforeOlderOnes) {
  const Keys keys(ResourceId{1});
  EXPECT_LT(keys.message("19:a@thread.v2", 1000), keys.message("19:a@thread.v2", 999));
  EXPECT_LT(keys.message("19:a@thread.v2", ~std::uint64_t{0}),
            keys.message("19:a@thread.v2", 1769860800123));
  EXPECT_TRUE(keys.message("19:a@thread.v2", 5).starts_with(keys.messages("19:a@thread.v2")));
}

TEST(ChatKeys, ReadWhatTheyWrote) {
  const Keys keys(ResourceId{1});
  const auto listed = keys.listed("u", 42, "19:a@thread.v2");
  const auto entry = Keys::parse_listed(std::string_view(listed).substr(keys.list("u").size()));
  ASSERT_TRUE(entry);
  EXPECT_EQ(entry->first, 42u);
  EXPECT_EQ(entry->second, "19:a@thread.v2");
  const Due due{77, DueKind::Forget, token_name("u", "a/b c")};
  const auto key = keys.due(due);
  const auto read = Keys::parse_due(std::string_view(key).substr(keys.dues().size()));
  ASSERT_TRUE(read);
  EXPECT_EQ(read->at_ms, 77u);
  EXPECT_EQ(read->kind, DueKind::Forget);
  EXPECT_EQ(keys.token_of(*read), keys.token("u", "a/b c"));
}

TEST(ChatKeys, KeepResourcesApart) {
  EXPECT_NE(Keys(ResourceId{1}).tail("19:a@thread.v2"), Keys(ResourceId{2}).tail("19:a@thread.v2"));
}

}  // namespace
}  // namespace fanfare::communication::chat
