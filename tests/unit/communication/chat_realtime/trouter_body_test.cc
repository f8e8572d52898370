/// What the official client reads out of each notification, read out the way it does it.
#include "communication/chat/realtime/trouter_body.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "json/value.h"
#include "realtime_fixture.h"

namespace fanfare::communication::chat::realtime {
namespace {

using json::Value;

Value body_of(const Notification& notification) {
  return *json::parse(trouter_body(notification, kBob));
}

std::string text(const Value& body, std::string_view member) {
  const Value* value = body.find(member);
  return value && value->if_string() ? *value->if_string() : "(none)";
}

/// `unescape` of JavaScript: `%XX` is a character below 256.
std::string unescape(const std::string& escaped) {
  std::string out;
  for (std::size_t i = 0; i < escaped.size(); ++i) {
    if (escaped[i] != '%') {
      out.push_back(escaped[i]);
      continue;
    }
    const int code = std::stoi(escaped.substr(i + 1, 2), nullptr, 16);
    EXPECT_LT(code, 0x80) << "read otherwise by decodeURIComponent";
    out.push_back(static_cast<char>(code));
    i += 2;
  }
  return out;
}

Value nested(const Value& body, std::string_view member) {
  return *json::parse(unescape(text(body, member)));
}

TEST(TrouterBody, tells_a_message) {
  const Value body = body_of(said("<b> & \xE2\x82\xAC"));
  EXPECT_EQ(body.find("eventId")->as_int(), 200);
  EXPECT_EQ(text(body, "groupId"), kThreadId);
  EXPECT_EQ(text(body, "senderId"), kAnn);
  EXPECT_EQ(text(body, "recipientMri"), kBob);
  EXPECT_EQ(text(body, "senderDisplayName"), "Ann");
  EXPECT_EQ(text(body, "messageId"), "1767323045678");
  EXPECT_EQ(text(body, "version"), "1767323045678");
  EXPECT_EQ(text(body, "messageType"), "Text");
  EXPECT_EQ(text(body, "messageBody"), "<b> & \xE2\x82\xAC");
  EXPECT_EQ(text(body, "originalArrivalTime"), "2026-01-02T03:04:05.678Z");
  EXPECT_EQ(text(body, "acsChatMessageMetadata"), R"({"k":"v"})");
  EXPECT_EQ(text(body, "attachments"), "[]");
}

TEST(TrouterBody, tells_an_edit_and_html) {
  Message message = test_message();
  message.type = MessageType::Html;
  message.edited = kNow + base::seconds(1);
  const Value body = body_of(notification(NotificationKind::MessageEdited, MessageNotice{message}));
  EXPECT_EQ(body.find("eventId")->as_int(), 247);
  EXPECT_EQ(text(body, "messageType"), "RichText/Html");
  EXPECT_EQ(text(body, "edittime"), "2026-01-02T03:04:06.678Z");
}

TEST(TrouterBody, tells_a_deletion_without_the_content) {
  Message message = test_message("secret");
  message.deleted = kNow;
  const Value body =
      body_of(notification(NotificationKind::MessageDeleted, MessageNotice{message}));
  EXPECT_EQ(body.find("eventId")->as_int(), 248);
  EXPECT_EQ(text(body, "deletetime"), "2026-01-02T03:04:05.678Z");
  EXPECT_FALSE(body.find("messageBody"));
}

TEST(TrouterBody, tells_typing) {
  const Value body = body_of(
      notification(NotificationKind::TypingIndicatorReceived, TypingNotice{kAnn, "Ann", kNow}));
  EXPECT_EQ(body.find("eventId")->as_int(), 245);
  EXPECT_EQ(text(body, "senderId"), kAnn);
  EXPECT_EQ(text(body, "senderDisplayName"), "Ann");
  EXPECT_EQ(text(body, "originalArrivalTime"), "2026-01-02T03:04:05.678Z");
  EXPECT_EQ(text(body, "version"), "1767323045678");
}

TEST(TrouterBody, tells_a_receipt_with_the_time_in_the_second_place) {
  const Value body = body_of(notification(NotificationKind::ReadReceiptReceived,
                                          ReceiptNotice{{kAnn, 1'767'000'000'000, kNow}}));
  EXPECT_EQ(body.find("eventId")->as_int(), 246);
  EXPECT_EQ(text(body, "messageId"), "1767000000000");
  const Value horizon = *json::parse(text(body, "messageBody"));
  EXPECT_EQ(text(horizon, "consumptionhorizon"), "1767000000000;1767323045678;1767000000000");
}

TEST(TrouterBody, tells_a_new_thread) {
  const Value body =
      body_of(notification(NotificationKind::ThreadCreated, ThreadNotice{kAnn, kNow}));
  EXPECT_EQ(body.find("eventId")->as_int(), 257);
  EXPECT_EQ(text(body, "threadId"), kThreadId);
  EXPECT_EQ(text(body, "createTime"), "2026-01-02T03:04:05.678Z");
  EXPECT_EQ(text(nested(body, "createdBy"), "participantId"), kAnn);
  EXPECT_EQ(text(nested(body, "createdBy"), "displayName"), "Ann \xF0\x9F\x98\x80");
  const Value members = nested(body, "members");
  ASSERT_EQ(members.if_array()->size(), 2u);
  const Value& ann = members.if_array()->front();
  EXPECT_EQ(text(ann, "shareHistoryTime"), "2026-01-02T03:04:05.678Z");
  EXPECT_EQ(text(ann, "memberMetaData"), R"({"role":"host"})");
  const Value properties = nested(body, "properties");
  EXPECT_EQ(text(properties, "topic"), "Käse & \"more\"");
  EXPECT_EQ(text(properties, "acsChatThreadMetadata"), R"({"colour":"blau"})");
  const Value policy = *json::parse(text(properties, "retentionPolicy"));
  EXPECT_EQ(text(policy, "retentionPolicyType"), "DeleteAfterCreationTime");
  EXPECT_EQ(text(policy, "executeAfter"), "60.00:00:00");
}

TEST(TrouterBody, tells_changed_properties) {
  const Value body =
      body_of(notification(NotificationKind::ThreadPropertiesUpdated, ThreadNotice{kBob, kNow}));
  EXPECT_EQ(body.find("eventId")->as_int(), 258);
  EXPECT_EQ(text(body, "editTime"), "2026-01-02T03:04:05.678Z");
  EXPECT_EQ(text(nested(body, "editedBy"), "displayName"), "Bob");
  EXPECT_EQ(text(nested(body, "properties"), "topic"), "Käse & \"more\"");
}

TEST(TrouterBody, tells_a_deleted_thread) {
  const Value body =
      body_of(notification(NotificationKind::ThreadDeleted, ThreadNotice{kAnn, kNow}));
  EXPECT_EQ(body.find("eventId")->as_int(), 259);
  EXPECT_EQ(text(body, "deleteTime"), "2026-01-02T03:04:05.678Z");
  EXPECT_EQ(text(nested(body, "deletedBy"), "participantId"), kAnn);
}

TEST(TrouterBody, tells_who_came_and_who_went) {
  const ParticipantsNotice notice{"8:acs:res_gone", kNow, {participant(kBob, "Bob")}};
  const Value added = body_of(notification(NotificationKind::ParticipantsAdded, notice));
  EXPECT_EQ(added.find("eventId")->as_int(), 260);
  EXPECT_EQ(text(added, "time"), "2026-01-02T03:04:05.678Z");
  EXPECT_EQ(text(nested(added, "addedBy"), "participantId"), "8:acs:res_gone");
  EXPECT_EQ(text(nested(added, "participantsAdded").if_array()->front(), "displayName"), "Bob");
  const Value removed = body_of(notification(NotificationKind::ParticipantsRemoved, notice));
  EXPECT_EQ(removed.find("eventId")->as_int(), 261);
  EXPECT_EQ(text(nested(removed, "participantsRemoved").if_array()->front(), "participantId"),
            kBob);
}

TEST(TrouterBody, escapes_json_into_characters_that_every_decoder_reads_alike) {
  EXPECT_EQ(escape_json("aZ09-._~"), "aZ09-._~");
  EXPECT_EQ(escape_json("{\" %"), "%7B%22%20%25");
  EXPECT_EQ(escape_json("\xC3\xA4"), "%5Cu00E4");
  EXPECT_EQ(escape_json("\xE2\x82\xAC"), "%5Cu20AC");
  EXPECT_EQ(escape_json("\xF0\x9F\x98\x80"), "%5CuD83D%5CuDE00");
}

}  // namespace
}  // namespace fanfare::communication::chat::realtime
