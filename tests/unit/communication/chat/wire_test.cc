#include "communication/chat/wire.h"

#include <gtest/gtest.h>

#include <functional>

#include "communication/chat/rates.h"

namespace fanfare::communication::chat {
namespace {

using base::Errc;

const Version kOldest("2021-03-07");
const Version kOlder("2021-09-07");
const Version kNewest("2025-03-15");

struct BadBody {
  const char* body;
  const char* target;
};

template <class Read>
void expect_refused(std::initializer_list<BadBody> rows, const Read& read) {
  for (const auto& row : rows) {
    const auto result = read(row.body);
    ASSERT_FALSE(result) << row.body;
    EXPECT_EQ(result.error().code, Errc::InvalidArgument) << row.body;
    EXPECT_EQ(result.error().target, row.target) << row.body;
  }
}

TEST(ChatWire, ReadsANewThread) {
  const auto read = read_new_thread(
      R"({"topic":"Lunch","participants":[{"communicationIdentifier":{"communicationUser":
          {"id":"8:acs:a_b"}},"displayName":"Ann","shareHistoryTime":"2026-01-31T12:00:00Z",
          "metadata":{"k":"v"}},{"communicationIdentifier":{"rawId":"8:acs:a_c"}}],
          "metadata":{"a":"b"},
          "retentionPolicy":{"kind":"threadCreationDate","deleteThreadAfterDays":30}})",
      kNewest);
  ASSERT_TRUE(read);
  EXPECT_EQ(read->topic, "Lunch");
  ASSERT_EQ(read->participants.size(), 2u);
  EXPECT_EQ(read->participants[0].id, "8:acs:a_b");
  EXPECT_EQ(read->participants[0].display_name, "Ann");
  EXPECT_TRUE(read->participants[0].share_history_from);
  EXPECT_EQ(read->participants[1].id, "8:acs:a_c");
  EXPECT_EQ(read->metadata.size(), 1u);
  EXPECT_EQ(read->delete_after_days, 30);
}

TEST(ChatWire, RefusesThreadsThatAreNone) {
  expect_refused(
      {
          {"", "topic"},
          {"{}", "topic"},
          {"[]", ""},
          {"{", ""},
          {R"({"topic":null})", "topic"},
          {R"({"topic":1})", "topic"},
          {R"({"topic":"t","participants":{}})", "participants"},
          {R"({"topic":"t","participants":[{}]})", "participants[0].communicationIdentifier"},
          {R"({"topic":"t","participants":[{"communicationIdentifier":{"rawId":"8:acs:a_b"},
               "shareHistoryTime":"yesterday"}]})",
           "participants[0].shareHistoryTime"},
          {R"({"topic":"t","metadata":{"a":1}})", "metadata.a"},
          {R"({"topic":"t","metadata":[]})", "metadata"},
          {R"({"topic":"t","retentionPolicy":{"kind":"forever"}})", "retentionPolicy"},
          {R"({"topic":"t","retentionPolicy":{"kind":"threadCreationDate"}})", "retentionPolicy"},
      },
      [](const char* body) { return read_new_thread(body, kNewest); });
}

TEST(ChatWire, OlderVersionsKnowNoMetadataOfThreads) {
  const auto read =
      read_new_thread(R"({"topic":"t","metadata":{"a":1},"retentionPolicy":7})", kOlder);
  ASSERT_TRUE(read);
  EXPECT_TRUE(read->metadata.empty());
}

TEST(ChatWire, ReadsMessages) {
  const auto read = read_new_message(
      R"({"content":"x","senderDisplayName":"Ann","type":"html","metadata":{"a":"b"}})", kOlder);
  ASSERT_TRUE(read);
  EXPECT_EQ(read->type, MessageType::Html);
  EXPECT_EQ(read->metadata.size(), 1u);
  EXPECT_EQ(read_new_message(R"({"content":"x"})", kOlder)->type, MessageType::Text);
  EXPECT_TRUE(
      read_new_message(R"({"content":"x","metadata":{"a":"b"}})", kOldest)->metadata.empty());
  expect_refused(
      {
          {"{}", "content"},
          {R"({"content":1})", "content"},
          {R"({"content":"x","type":"topicUpdated"})", "type"},
          {R"({"content":"x","type":1})", "type"},
          {R"({"content":"x","senderDisplayName":1})", "senderDisplayName"},
          {R"({"content":"x","metadata":{"a":null}})", "metadata.a"},
      },
      [](const char* body) { return read_new_message(body, kNewest); });
}

TEST(ChatWire, ReadsMergePatches) {
  const auto patch = read_message_patch(R"({"metadata":{"a":"1","b":null}})", kNewest);
  ASSERT_TRUE(patch);
  EXPECT_FALSE(patch->content);
  const Metadata before{{"b", "2"}, {"c", "3"}};
  EXPECT_EQ(merged(before, *patch->metadata), (Metadata{{"c", "3"}, {"a", "1"}}));
  const auto cleared = read_thread_patch(R"({"metadata":null,"retentionPolicy":null})", kNewest);
  ASSERT_TRUE(cleared);
  EXPECT_TRUE(merged(before, *cleared->metadata).empty());
  ASSERT_TRUE(cleared->delete_after_days);
  EXPECT_FALSE(*cleared->delete_after_days);
  EXPECT_FALSE(read_thread_patch("{}", kNewest)->delete_after_days);
  EXPECT_FALSE(read_thread_patch(R"({"topic":null})", kNewest));
}

TEST(ChatWire, ReadsIdentifiersInEveryForm) {
  EXPECT_EQ(*read_identifier(R"({"rawId":"8:acs:a_b"})"), "8:acs:a_b");
  EXPECT_EQ(
      *read_identifier(R"({"kind":"communicationUser","communicationUser":{"id":"8:acs:a_b"}})"),
      "8:acs:a_b");
  EXPECT_EQ(*read_identifier(R"({"phoneNumber":{"value":"+14255550123"}})"), "4:+14255550123");
  EXPECT_FALSE(read_identifier("{}"));
  EXPECT_FALSE(read_identifier(""));
}

TEST(ChatWire, WritesTimesWithSevenDigits) {
  Properties properties;
  properties.id = "19:a@thread.v2";
  properties.topic = "t";
  properties.created_by = "8:acs:a_b";
  properties.created = *base::parse_rfc3339("2020-06-06T05:55:41.646Z");
  EXPECT_EQ(json::write(thread_json(properties, kOlder)),
            R"({"id":"19:a@thread.v2","topic":"t","createdOn":"2020-06-06T05:55:41.6460000Z",)"
            R"("createdByCommunicationIdentifier":{"rawId":"8:acs:a_b",)"
            R"("communicationUser":{"id":"8:acs:a_b"}}})");
}

TEST(ChatWire, WritesTheKindOfIdentifiersWhereTheVersionHasIt) {
  EXPECT_EQ(identifier_json("8:acs:a_b", kOlder).find("kind"), nullptr);
  EXPECT_EQ(*identifier_json("8:acs:a_b", kNewest).find("kind")->if_string(), "communicationUser");
}

TEST(ChatWire, WritesWhatAMessageHas) {
  Message message;
  message.id = 5;
  message.sequence = 1;
  message.version = 6;
  message.sender = "8:acs:a_b";
  message.content = "x";
  message.metadata = {{"a", "b"}};
  const auto text = message_json(message, kNewest);
  EXPECT_EQ(*text.find("content")->find("message")->if_string(), "x");
  EXPECT_EQ(*text.find("id")->if_string(), "5");
  EXPECT_NE(text.find("metadata"), nullptr);
  EXPECT_EQ(message_json(message, kOldest).find("metadata"), nullptr);
  message.deleted = base::TimePoint{};
  EXPECT_EQ(message_json(message, kNewest).find("content"), nullptr);
  EXPECT_NE(message_json(message, kNewest).find("deletedOn"), nullptr);
  Message system;
  system.type = MessageType::TopicUpdated;
  system.sender = "8:acs:a_b";
  system.content = "Lunch";
  const auto told = message_json(system, kNewest);
  EXPECT_EQ(told.find("senderCommunicationIdentifier"), nullptr);
  EXPECT_EQ(*told.find("content")->find("topic")->if_string(), "Lunch");
  EXPECT_NE(told.find("content")->find("initiatorCommunicationIdentifier"), nullptr);
}

TEST(ChatWire, CursorsAreReadAsTheyWereWritten) {
  const ListCursor cursor{77, 5, true, 42, "19:a@thread.v2"};
  const auto text = write_cursor(cursor);
  const auto read = parse_cursor(text);
  ASSERT_TRUE(read);
  EXPECT_EQ(write_cursor(*read), text);
  EXPECT_EQ(read->thread, "19:a@thread.v2");
  for (std::size_t size = 0; size < text.size(); ++size) {
    EXPECT_FALSE(parse_cursor(text.substr(0, size))) << size;
  }
  EXPECT_FALSE(parse_cursor(text + "00"));
  EXPECT_FALSE(parse_cursor("xyz"));
}

TEST(ChatRates, RefuseTheEleventhMessageInTenSeconds) {
  Rates rates;
  const auto now = *base::parse_rfc3339("2026-01-31T12:00:02Z");
  const auto send = [&](base::Duration later) {
    return rates.refuse(ResourceId{1}, Operation::SendMessage, "a", "t", now + later);
  };
  for (int i = 0; i < 10; ++i) EXPECT_FALSE(send({}));
  EXPECT_EQ(send({}), base::Duration(base::seconds(8)));
  EXPECT_FALSE(rates.refuse(ResourceId{1}, Operation::SendMessage, "a", "other", now));
  EXPECT_FALSE(rates.refuse(ResourceId{2}, Operation::SendMessage, "a", "t", now));
  for (int i = 0; i < 10; ++i) EXPECT_FALSE(send(base::seconds(8)));
}

TEST(ChatRates, RefuseWhatIsTooMuchForAMinute) {
  Rates rates;
  const auto minute = *base::parse_rfc3339("2026-01-31T12:00:00Z");
  int taken = 0;
  for (int window = 0; window < 6; ++window) {
    for (int i = 0; i < 10; ++i) {
      const auto now = minute + base::seconds(10 * window);
      taken += rates.refuse(ResourceId{1}, Operation::SendMessage, "a", "t", now) ? 0 : 1;
    }
  }
  EXPECT_EQ(taken, 30);
  EXPECT_FALSE(
      rates.refuse(ResourceId{1}, Operation::SendMessage, "a", "t", minute + base::seconds(60)));
}

TEST(ChatRates, CountUsersOfAThreadApart) {
  Rates rates;
  const base::TimePoint now{};
  const auto read = [&](std::string_view user) {
    return rates.refuse(ResourceId{1}, Operation::ListReceipts, user, "t", now).has_value();
  };
  for (int i = 0; i < 5; ++i) EXPECT_FALSE(read("a"));
  EXPECT_TRUE(read("a"));
  EXPECT_FALSE(read("b"));
}

}  // namespace
}  // namespace fanfare::communication::chat
