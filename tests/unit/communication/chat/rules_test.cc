#include "communication/chat/rules.h"

#include <gtest/gtest.h>

#include <map>

namespace fanfare::communication::chat {
namespace {

using identity::Scope;
using identity::Scopes;

constexpr Scopes bits(Scope scope) { return static_cast<Scopes>(scope); }

constexpr Operation kAll[] = {
    Operation::CreateThread,    Operation::ListThreads,       Operation::GetThread,
    Operation::UpdateThread,    Operation::DeleteThread,      Operation::ListParticipants,
    Operation::AddParticipants, Operation::RemoveParticipant, Operation::SendMessage,
    Operation::ListMessages,    Operation::GetMessage,        Operation::UpdateMessage,
    Operation::DeleteMessage,   Operation::SendReceipt,       Operation::ListReceipts,
    Operation::SendTyping,
};

bool makes_threads(Operation operation) {
  return operation == Operation::CreateThread || operation == Operation::UpdateThread ||
         operation == Operation::DeleteThread;
}
bool changes_participants(Operation operation) {
  return operation == Operation::AddParticipants || operation == Operation::RemoveParticipant;
}

TEST(ChatScopes, ChatIsGoodForEverything) {
  for (const auto operation : kAll) EXPECT_TRUE(check_scopes(operation, bits(Scope::Chat)));
}

TEST(ChatScopes, JoinMakesAndEndsNoThreads) {
  for (const auto operation : kAll) {
    EXPECT_EQ(check_scopes(operation, bits(Scope::ChatJoin)).has_value(),
              !makes_threads(operation));
  }
}

TEST(ChatScopes, LimitedJoinChangesNoParticipantsEither) {
  for (const auto operation : kAll) {
    EXPECT_EQ(check_scopes(operation, bits(Scope::ChatJoinLimited)).has_value(),
              !makes_threads(operation) && !changes_participants(operation));
  }
}

TEST(ChatScopes, VoipHasNoRightInChat) {
  const auto voip = static_cast<Scopes>(bits(Scope::Voip) | bits(Scope::VoipJoin));
  for (const auto operation : kAll) {
    EXPECT_EQ(check_scopes(operation, voip).error().code, base::Errc::Forbidden);
  }
}

TEST(ChatStanding, ParticipantsMayDoEverything) {
  for (const auto operation : kAll) {
    EXPECT_TRUE(check_standing(operation, Standing::Participant, {}));
  }
}

TEST(ChatStanding, AnOutsiderLearnsWhatAMissingThreadTells) {
  for (const auto operation : kAll) {
    const auto refused = check_standing(operation, Standing::Outsider, {});
    EXPECT_EQ(refused.error().code, base::Errc::NotFound);
    EXPECT_EQ(refused.error().message, no_such_thread({}).message);
  }
}

TEST(ChatStanding, ForeignThreadsCanBeForbiddenInstead) {
  ChatOptions options;
  options.foreign_threads_forbidden = true;
  EXPECT_EQ(no_such_thread(options).code, base::Errc::Forbidden);
  EXPECT_EQ(check_standing(Operation::GetThread, Standing::Outsider, options).error().code,
            base::Errc::Forbidden);
}

TEST(ChatStanding, TheRemovedMayReadMessagesAndNothingElse) {
  for (const auto operation : kAll) {
    const bool reads = operation == Operation::ListMessages || operation == Operation::GetMessage;
    const auto allowed = check_standing(operation, Standing::Removed, {});
    EXPECT_EQ(allowed.has_value(), reads);
    if (!reads) {
      EXPECT_EQ(allowed.error().code, base::Errc::Forbidden);
    }
  }
}

TEST(ChatStanding, TheRemovedReadNothingWhereTheSettingSaysSo) {
  ChatOptions options;
  options.removed_users_read_history = false;
  for (const auto operation : kAll) {
    EXPECT_EQ(check_standing(operation, Standing::Removed, options).error().code,
              base::Errc::Forbidden);
  }
}

struct EditRow {
  const char* name;
  MessageType type;
  const char* user;
  bool deleted;
  std::optional<base::Errc> edit;
  std::optional<base::Errc> remove;
};

TEST(ChatMessages, OnlyTheirSenderChangesThem) {
  const EditRow rows[] = {
      {"sender", MessageType::Text, "ann", false, {}, {}},
      {"sender of html", MessageType::Html, "ann", false, {}, {}},
      {"another", MessageType::Text, "ben", false, base::Errc::Forbidden, base::Errc::Forbidden},
      {"deleted", MessageType::Text, "ann", true, base::Errc::NotFound, {}},
      {"system", MessageType::TopicUpdated, "ann", false, base::Errc::Forbidden,
       base::Errc::Forbidden},
      {"system", MessageType::ParticipantAdded, "ann", false, base::Errc::Forbidden,
       base::Errc::Forbidden},
  };
  for (const auto& row : rows) {
    SCOPED_TRACE(row.name);
    Message message;
    message.type = row.type;
    message.sender = "ann";
    if (row.deleted) message.deleted = base::TimePoint{};
    const auto edit = check_edit(message, row.user);
    const auto remove = check_delete(message, row.user);
    EXPECT_EQ(edit ? std::nullopt : std::optional(edit.error().code), row.edit);
    EXPECT_EQ(remove ? std::nullopt : std::optional(remove.error().code), row.remove);
  }
}

TEST(ChatHistory, IsSharedFromATimeAndUntilTheRemoval) {
  Message message;
  message.id = 50;
  message.created = base::TimePoint(base::seconds(50));
  Participant participant;
  EXPECT_TRUE(window_of(participant).shows(message));
  participant.share_history_from = base::TimePoint(base::seconds(50));
  EXPECT_TRUE(window_of(participant).shows(message));
  participant.share_history_from = base::TimePoint(base::seconds(51));
  EXPECT_FALSE(window_of(participant).shows(message));
  EXPECT_TRUE(window_of(FormerParticipant{{}, 50}).shows(message));
  EXPECT_FALSE(window_of(FormerParticipant{{}, 49}).shows(message));
}

TEST(ChatSignals, AreForThreadsOfUpToTwenty) {
  Thread thread;
  thread.roster = std::make_shared<const Roster>(20);
  EXPECT_TRUE(check_signals(thread));
  thread.roster = std::make_shared<const Roster>(21);
  EXPECT_EQ(check_signals(thread).error().code, base::Errc::Forbidden);
}

TEST(ChatLists, ThreadsMoveToTheFrontEveryTenSeconds) {
  EXPECT_FALSE(moves_to_front(1000, 1000));
  EXPECT_FALSE(moves_to_front(1000, 10'999));
  EXPECT_TRUE(moves_to_front(1000, 11'000));
  EXPECT_FALSE(moves_to_front(1000, 500));
}

struct IdRow {
  const char* text;
  bool valid;
};

TEST(ChatThreadIds, HaveOneForm) {
  const IdRow rows[] = {
      {"19:6d20c2f921cd402ead7d1b31b0d030cd@thread.v2", true},
      {"19:uni01_zbnh3nt2dfuffezc3sox7dog7wfhk6y5qe2rwlnfhlhdzirihdpq@thread.v2", true},
      {"19:@thread.v2", false},
      {"19:a/b@thread.v2", false},
      {"19:../x@thread.v2", false},
      {"18:abc@thread.v2", false},
      {"19:abc@thread.v1", false},
      {"19:abc", false},
      {"", false},
  };
  for (const auto& row : rows) EXPECT_EQ(is_thread_id(row.text), row.valid) << row.text;
}

}  // namespace
}  // namespace fanfare::communication::chat
