#include "communication/chat/realtime/event_json.h"

#include <gtest/gtest.h>

#include "realtime_fixture.h"

namespace fanfare::communication::chat::realtime {
namespace {

using json::Value;

std::string members_of(const Value& value) {
  std::string names;
  for (const auto& [name, member] : *value.if_object()) names.append(name).append(" ");
  return names;
}

std::string text(const Value& value, std::string_view member) {
  const Value* found = value.find(member);
  return found && found->if_string() ? *found->if_string() : "(none)";
}

std::string user(const Value& value, std::string_view member) {
  const Value* found = value.find(member);
  return found ? text(*found, "rawId") : "(none)";
}

Message message_with(std::optional<base::TimePoint> Message::* time) {
  Message message = test_message();
  message.*time = kNow;
  return message;
}

struct Case {
  const char* name;
  Notification notification;
  const char* members;
};
void PrintTo(const Case& c, std::ostream* out) { *out << c.name; }

class EventJson : public testing::TestWithParam<Case> {};

TEST_P(EventJson, has_the_members_of_its_kind) {
  const Value event = event_json(GetParam().notification, kBob);
  EXPECT_EQ(members_of(event), GetParam().members);
  EXPECT_EQ(text(event, "threadId"), kThreadId);
}

INSTANTIATE_TEST_SUITE_P(
    Kinds, EventJson,
    testing::Values(
        Case{"message", said(),
             "threadId id type sequenceId version content senderDisplayName createdOn "
             "senderCommunicationIdentifier metadata recipientCommunicationIdentifier "},
        Case{"edited",
             notification(NotificationKind::MessageEdited,
                          MessageNotice{message_with(&Message::edited)}),
             "threadId id type sequenceId version content senderDisplayName createdOn "
             "senderCommunicationIdentifier editedOn metadata recipientCommunicationIdentifier "},
        Case{"deleted",
             notification(NotificationKind::MessageDeleted,
                          MessageNotice{message_with(&Message::deleted)}),
             "threadId id type sequenceId version senderDisplayName createdOn "
             "senderCommunicationIdentifier deletedOn metadata recipientCommunicationIdentifier "},
        Case{"typing",
             notification(NotificationKind::TypingIndicatorReceived,
                          TypingNotice{kAnn, "Ann", kNow}),
             "threadId version senderCommunicationIdentifier senderDisplayName "
             "recipientCommunicationIdentifier receivedOn "},
        Case{"receipt",
             notification(NotificationKind::ReadReceiptReceived, ReceiptNotice{{kAnn, 5, kNow}}),
             "threadId senderCommunicationIdentifier chatMessageId readOn "
             "recipientCommunicationIdentifier "},
        Case{"created", notification(NotificationKind::ThreadCreated, ThreadNotice{kAnn, kNow}),
             "threadId version createdOn createdByCommunicationIdentifier participants thread "},
        Case{"updated",
             notification(NotificationKind::ThreadPropertiesUpdated, ThreadNotice{kAnn, kNow}),
             "threadId version updatedOn updatedByCommunicationIdentifier thread "},
        Case{"gone", notification(NotificationKind::ThreadDeleted, ThreadNotice{kAnn, kNow}),
             "threadId version deletedOn deletedByCommunicationIdentifier "},
        Case{"added",
             notification(NotificationKind::ParticipantsAdded,
                          ParticipantsNotice{kAnn, kNow, {participant(kBob, "Bob")}}),
             "threadId version addedOn addedByCommunicationIdentifier participantsAdded "},
        Case{"removed",
             notification(NotificationKind::ParticipantsRemoved,
                          ParticipantsNotice{kAnn, kNow, {participant(kBob, "Bob")}}),
             "threadId version removedOn removedByCommunicationIdentifier participantsRemoved "}),
    [](const auto& tested) { return std::string(tested.param.name); });

TEST(EventJsonValues, are_those_of_the_chat_api) {
  const Value event = event_json(said("hi"), kBob);
  EXPECT_EQ(text(event, "id"), "1767323045678");
  EXPECT_EQ(text(event, "type"), "text");
  EXPECT_EQ(text(*event.find("content"), "message"), "hi");
  EXPECT_EQ(user(event, "senderCommunicationIdentifier"), kAnn);
  EXPECT_EQ(user(event, "recipientCommunicationIdentifier"), kBob);
  EXPECT_EQ(text(event, "createdOn"), "2026-01-02T03:04:05.6780000Z");
}

}  // namespace
}  // namespace fanfare::communication::chat::realtime
