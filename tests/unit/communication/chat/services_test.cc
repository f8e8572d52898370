#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "unit/communication/chat/chat_fixture.h"

namespace fanfare::communication::chat {
namespace {

using base::Errc;
using ::testing::ElementsAre;
using testing::Fixture;
using ::testing::IsEmpty;
using testing::World;

std::vector<std::string> kinds(const std::vector<Message>& messages) {
  std::vector<std::string> out;
  for (const auto& message : messages) out.emplace_back(to_string(message.type));
  return out;
}
std::vector<std::uint64_t> sequences(const std::vector<Message>& messages) {
  std::vector<std::uint64_t> out;
  for (const auto& message : messages) out.push_back(message.sequence);
  return out;
}
NewMessage text(std::string content) {
  NewMessage out;
  out.content = std::move(content);
  return out;
}

TEST(ChatThreads, BeginWithTwoSystemMessages) {
  Fixture chat;
  const auto thread = chat.thread_of({"a", "b"});
  const auto history = chat.history("b", thread);
  EXPECT_THAT(kinds(history), ElementsAre("topicUpdated", "participantAdded"));
  EXPECT_THAT(sequences(history), ElementsAre(2u, 1u));
  EXPECT_EQ(history[1].participants.size(), 2u);
  EXPECT_EQ(history[0].content, "Lunch");
}

TEST(ChatThreads, TheCreatorJoinsUnnamed) {
  Fixture chat;
  NewThread request;
  request.topic = "t";
  request.participants = {chat.person("b"), chat.person("b")};
  const auto made = chat.run(chat.threads().create(chat.as("a"), std::move(request)));
  ASSERT_TRUE(made);
  const auto state = chat.state(made->properties.id);
  ASSERT_EQ(state.roster->size(), 2u);
  EXPECT_EQ(state.roster->at(0).id, chat.id("a"));
}

TEST(ChatThreads, TellWhoCannotJoin) {
  Fixture chat;
  NewThread request;
  request.topic = "t";
  Participant nobody;
  nobody.id = chat.stranger();
  Participant foreign;
  foreign.id = "8:acs:11111111-2222-4333-8444-555555555555_00000000-0000-4000-8000-000000000001";
  Participant phone;
  phone.id = "4:+14255550123";
  request.participants = {chat.person("b"), nobody, foreign, phone};
  const auto made = chat.run(chat.threads().create(chat.as("a"), std::move(request)));
  ASSERT_TRUE(made);
  ASSERT_EQ(made->invalid.size(), 3u);
  EXPECT_FALSE(made->invalid[0].exists);
  EXPECT_TRUE(made->invalid[1].exists);
  EXPECT_TRUE(made->invalid[2].exists);
  EXPECT_EQ(chat.state(made->properties.id).roster->size(), 2u);
}

TEST(ChatThreads, ARepeatedCreationMakesNoSecondThread) {
  Fixture chat;
  NewThread request;
  request.topic = "t";
  request.token = "token/1";
  request.digest = 5;
  const auto first = chat.run(chat.threads().create(chat.as("a"), request));
  const auto second = chat.run(chat.threads().create(chat.as("a"), request));
  ASSERT_TRUE(first && second);
  EXPECT_EQ(first->properties.id, second->properties.id);
  const auto other_user = chat.run(chat.threads().create(chat.as("b"), request));
  EXPECT_NE(other_user->properties.id, first->properties.id);
  request.digest = 6;
  EXPECT_EQ(chat.run(chat.threads().create(chat.as("a"), request)).error().code,
            Errc::InvalidArgument);
  chat.pass(base::minutes(5));
  const auto later = chat.run(chat.threads().create(chat.as("a"), request));
  EXPECT_NE(later->properties.id, first->properties.id);
}

struct BadThread {
  const char* name;
  std::function<void(NewThread&)> change;
};

TEST(ChatThreads, AreRefusedBeyondTheLimits) {
  Fixture chat;
  const BadThread rows[] = {
      {"no topic", [](NewThread& t) { t.topic.clear(); }},
      {"201 participants", [](NewThread& t) { t.participants.resize(201); }},
      {"29 days", [](NewThread& t) { t.delete_after_days = 29; }},
      {"91 days", [](NewThread& t) { t.delete_after_days = 91; }},
      {"metadata", [](NewThread& t) { t.metadata = {{"k", std::string(1024, 'x')}}; }},
      {"participant's metadata",
       [&](NewThread& t) {
         t.participants = {chat.person("b")};
         t.participants[0].metadata = {{"k", std::string(1024, 'x')}};
       }},
      {"long token", [](NewThread& t) { t.token = std::string(257, 'x'); }},
  };
  for (const auto& row : rows) {
    SCOPED_TRACE(row.name);
    NewThread request;
    request.topic = "t";
    row.change(request);
    EXPECT_EQ(chat.run(chat.threads().create(chat.as("a"), request)).error().code,
              Errc::InvalidArgument);
  }
}

TEST(ChatThreads, HaveTheVersionOfTheirCreationAtFirst) {
  Fixture chat;
  const auto thread = chat.thread_of({"a", "b"});
  EXPECT_EQ(chat.state(thread).tail.version, to_ms(testing::kNow));
  const std::vector<Participant> wanted{chat.person("c")};
  ASSERT_TRUE(chat.run(chat.participants().add(chat.as("a"), thread, wanted)));
  EXPECT_EQ(chat.state(thread).tail.version, to_ms(testing::kNow) + 1);
  chat.pass(base::seconds(1));
  chat.say("a", thread);
  EXPECT_EQ(chat.state(thread).tail.version, to_ms(testing::kNow) + 1);
}

TEST(ChatThreads, ARepeatedCreationWaitsForNoThread) {
  World world;
  world.options.threads_in_memory = 1;
  Fixture chat(world);
  NewThread request;
  request.topic = "t";
  for (int i = 0; i < 300; ++i) {
    request.token = "token" + std::to_string(i);
    const auto first = chat.run(chat.threads().create(chat.as("a"), request));
    chat.thread_of({"b"});
    const auto second = chat.run(chat.threads().create(chat.as("a"), request));
    ASSERT_EQ(first->properties.id, second->properties.id);
  }
}

TEST(ChatThreads, ChangeByMergePatch) {
  Fixture chat;
  const auto thread = chat.thread_of({"a", "b"});
  ThreadPatch patch;
  patch.topic = "Dinner";
  patch.metadata = MetadataPatch{false, {{"a", "1"}, {"b", "2"}}};
  patch.delete_after_days = std::optional(30);
  ASSERT_TRUE(chat.run(chat.threads().update(chat.as("b"), thread, patch)));
  patch = {};
  patch.metadata = MetadataPatch{false, {{"a", std::nullopt}, {"c", "3"}}};
  ASSERT_TRUE(chat.run(chat.threads().update(chat.as("b"), thread, patch)));
  const auto properties = chat.run(chat.threads().get(chat.as("a"), thread));
  EXPECT_EQ(properties->topic, "Dinner");
  EXPECT_EQ(properties->metadata, (Metadata{{"b", "2"}, {"c", "3"}}));
  EXPECT_EQ(properties->delete_after_days, 30);
  EXPECT_THAT(kinds(chat.history("a", thread)),
              ElementsAre("topicUpdated", "topicUpdated", "participantAdded"));
}

TEST(ChatThreads, AnEmptyPatchChangesNothing) {
  Fixture chat;
  const auto thread = chat.thread_of({"a", "b"});
  chat.events();
  ASSERT_TRUE(chat.run(chat.threads().update(chat.as("b"), thread, {})));
  EXPECT_THAT(chat.events(), IsEmpty());
}

TEST(ChatThreads, AreGoneOnceDeleted) {
  Fixture chat;
  const auto thread = chat.thread_of({"a", "b"});
  chat.say("a", thread);
  ASSERT_TRUE(chat.run(chat.threads().remove(chat.as("b"), thread)));
  EXPECT_EQ(chat.run(chat.threads().get(chat.as("a"), thread)).error().code, Errc::NotFound);
  EXPECT_EQ(chat.run(chat.messages().send(chat.as("a"), thread, text("x"))).error().code,
            Errc::NotFound);
  EXPECT_EQ(chat.run(chat.threads().remove(chat.as("b"), thread)).error().code, Errc::NotFound);
  EXPECT_THAT(chat.run(chat.threads().list(chat.as("a"), {}, {}, 10))->threads, IsEmpty());
}

TEST(ChatMessages, HaveGrowingIdsAndSequences) {
  Fixture chat;
  const auto thread = chat.thread_of({"a", "b"});
  const auto first = chat.say("a", thread, "one");
  const auto second = chat.say("b", thread, "two");
  EXPECT_EQ(first.sequence, 3u);
  EXPECT_EQ(second.sequence, 4u);
  EXPECT_GT(second.id, first.id);
  chat.pass(base::seconds(10));
  const auto third = chat.say("a", thread, "three");
  EXPECT_EQ(third.id, to_ms(chat.clock.now()));
  EXPECT_EQ(third.version, third.id);
  EXPECT_EQ(third.created, cut_to_ms(chat.clock.now()));
}

TEST(ChatMessages, PagesStayStableWhileMessagesArrive) {
  Fixture chat;
  const auto thread = chat.thread_of({"a", "b"});
  for (int i = 0; i < 25; ++i) chat.say("a", thread, std::to_string(i));
  std::vector<std::uint64_t> seen;
  std::optional<std::uint64_t> before;
  for (bool more = true; more;) {
    const auto page =
        chat.run(chat.messages().list(chat.as("b"), thread, before, std::nullopt, 10));
    ASSERT_TRUE(page);
    for (const auto& message : page->messages) seen.push_back(message.sequence);
    before = page->messages.back().id;
    more = page->more;
    chat.say("a", thread, "meanwhile");
  }
  ASSERT_EQ(seen.size(), 27u);
  for (std::size_t i = 0; i < seen.size(); ++i) EXPECT_EQ(seen[i], 27 - i);
}

TEST(ChatMessages, ListFromAStartTime) {
  Fixture chat;
  const auto thread = chat.thread_of({"a", "b"});
  chat.say("a", thread, "old");
  chat.pass(base::seconds(60));
  const auto since = chat.clock.now();
  chat.say("a", thread, "new");
  const auto page =
      chat.run(chat.messages().list(chat.as("b"), thread, std::nullopt, cut_to_ms(since), 10));
  ASSERT_EQ(page->messages.size(), 1u);
  EXPECT_EQ(page->messages[0].content, "new");
  EXPECT_FALSE(page->more);
}

TEST(ChatMessages, EditingMergesAndStampsANewVersion) {
  Fixture chat;
  const auto thread = chat.thread_of({"a", "b"});
  NewMessage draft = text("one");
  draft.metadata = {{"a", "1"}, {"b", "2"}};
  const auto sent = *chat.run(chat.messages().send(chat.as("a"), thread, draft));
  MessagePatch patch;
  patch.content = "two";
  patch.metadata = MetadataPatch{false, {{"a", std::nullopt}}};
  const auto id = std::to_string(sent.id);
  ASSERT_TRUE(chat.run(chat.messages().update(chat.as("a"), thread, id, patch)));
  const auto read = *chat.run(chat.messages().get(chat.as("b"), thread, id));
  EXPECT_EQ(read.content, "two");
  EXPECT_EQ(read.metadata, (Metadata{{"b", "2"}}));
  EXPECT_GT(read.version, sent.version);
  EXPECT_TRUE(read.edited);
  EXPECT_EQ(read.sequence, sent.sequence);
}

TEST(ChatMessages, ADeletedOneKeepsItsPlaceAndLosesItsContent) {
  Fixture chat;
  const auto thread = chat.thread_of({"a", "b"});
  const auto sent = chat.say("a", thread, "secret");
  const auto id = std::to_string(sent.id);
  ASSERT_TRUE(chat.run(chat.messages().remove(chat.as("a"), thread, id)));
  ASSERT_TRUE(chat.run(chat.messages().remove(chat.as("a"), thread, id)));
  const auto history = chat.history("b", thread);
  ASSERT_EQ(history.size(), 3u);
  EXPECT_TRUE(history[0].deleted);
  EXPECT_EQ(history[0].content, "");
  MessagePatch patch;
  patch.content = "again";
  EXPECT_EQ(chat.run(chat.messages().update(chat.as("a"), thread, id, patch)).error().code,
            Errc::NotFound);
}

TEST(ChatMessages, HtmlIsStoredCleaned) {
  Fixture chat;
  const auto thread = chat.thread_of({"a", "b"});
  NewMessage draft = text("<b onclick=x>hi</b><script>alert(1)</script>");
  draft.type = MessageType::Html;
  const auto sent = *chat.run(chat.messages().send(chat.as("a"), thread, draft));
  EXPECT_EQ(sent.content, "<b>hi</b>");
  MessagePatch patch;
  patch.content = "<i style=x>ho</i>";
  const auto id = std::to_string(sent.id);
  ASSERT_TRUE(chat.run(chat.messages().update(chat.as("a"), thread, id, patch)));
  EXPECT_EQ(chat.run(chat.messages().get(chat.as("b"), thread, id))->content, "<i>ho</i>");
}

TEST(ChatMessages, EndAtTwentyEightKilobytes) {
  Fixture chat;
  const auto thread = chat.thread_of({"a", "b"});
  EXPECT_TRUE(
      chat.run(chat.messages().send(chat.as("a"), thread, text(std::string(28 * 1024, 'x')))));
  EXPECT_EQ(
      chat.run(chat.messages().send(chat.as("a"), thread, text(std::string(28 * 1024 + 1, 'x'))))
          .error()
          .code,
      Errc::TooLarge);
  NewMessage grown = text(std::string(10 * 1024, '<'));
  grown.type = MessageType::Html;
  EXPECT_EQ(chat.run(chat.messages().send(chat.as("a"), thread, grown)).error().code,
            Errc::TooLarge);
  EXPECT_EQ(chat.run(chat.messages().send(chat.as("a"), thread, text(""))).error().code,
            Errc::InvalidArgument);
}

TEST(ChatMessages, UnknownIdsAreNotFound) {
  Fixture chat;
  const auto thread = chat.thread_of({"a", "b"});
  const auto id = std::to_string(chat.say("a", thread).id);
  for (const auto& bad : {std::string("1"), std::string("x"), std::string("-1"), "0" + id, id + " ",
                          std::string("99999999999999999999999")}) {
    EXPECT_EQ(chat.run(chat.messages().get(chat.as("b"), thread, bad)).error().code, Errc::NotFound)
        << bad;
  }
}

TEST(ChatParticipants, JoinOnceAndInOrder) {
  Fixture chat;
  const auto thread = chat.thread_of({"a", "b"});
  const std::vector<Participant> wanted{chat.person("c"), chat.person("b"), chat.person("d")};
  ASSERT_TRUE(chat.run(chat.participants().add(chat.as("b"), thread, wanted)));
  const auto page = chat.run(chat.participants().list(chat.as("d"), thread, 0, 10));
  ASSERT_EQ(page->participants.size(), 4u);
  EXPECT_EQ(page->participants[2].id, chat.id("c"));
  EXPECT_EQ(page->participants[3].id, chat.id("d"));
  const auto rest = chat.run(chat.participants().list(chat.as("d"), thread, 3, 10));
  EXPECT_EQ(rest->participants.size(), 1u);
  EXPECT_FALSE(rest->more);
}

TEST(ChatParticipants, EndAtTwoHundredAndFifty) {
  Fixture chat;
  const auto thread = chat.thread_of({"a"});
  std::vector<Participant> some;
  for (int i = 0; i < 249; ++i) some.push_back(chat.person("u" + std::to_string(i)));
  const std::vector<Participant> first(some.begin(), some.begin() + 200);
  const std::vector<Participant> second(some.begin() + 200, some.end());
  ASSERT_TRUE(chat.run(chat.participants().add(chat.as("a"), thread, first)));
  ASSERT_TRUE(chat.run(chat.participants().add(chat.as("a"), thread, second)));
  EXPECT_EQ(chat.state(thread).roster->size(), 250u);
  const std::vector<Participant> one{chat.person("v")};
  EXPECT_EQ(chat.run(chat.participants().add(chat.as("a"), thread, one)).error().code,
            Errc::InvalidArgument);
}

TEST(ChatParticipants, SeeTheHistoryFromTheirShareTime) {
  Fixture chat;
  const auto thread = chat.thread_of({"a"});
  chat.pass(base::seconds(10));
  chat.say("a", thread, "one");
  chat.pass(base::seconds(10));
  auto all = chat.person("b");
  auto none = chat.person("c");
  none.share_history_from = chat.clock.now();
  auto some = chat.person("d");
  some.share_history_from = chat.clock.now() - base::seconds(10);
  const std::vector<Participant> wanted{all, none, some};
  ASSERT_TRUE(chat.run(chat.participants().add(chat.as("a"), thread, wanted)));
  chat.pass(base::seconds(10));
  const auto sent = chat.say("a", thread, "two");
  EXPECT_EQ(chat.history("b", thread).size(), 5u);
  EXPECT_THAT(kinds(chat.history("c", thread)), ElementsAre("text", "participantAdded"));
  EXPECT_EQ(chat.history("d", thread).size(), 3u);
  const auto old = chat.history("b", thread)[2];
  EXPECT_EQ(
      chat.run(chat.messages().get(chat.as("c"), thread, std::to_string(old.id))).error().code,
      Errc::NotFound);
  EXPECT_TRUE(chat.run(chat.messages().get(chat.as("c"), thread, std::to_string(sent.id))));
}

TEST(ChatParticipants, SeeNothingFromBeforeWhereTheSettingSaysSo) {
  World world;
  world.options.share_history_by_default = false;
  Fixture chat(world);
  const auto thread = chat.thread_of({"a"});
  chat.say("a", thread, "one");
  chat.pass(base::seconds(1));
  const std::vector<Participant> wanted{chat.person("b")};
  ASSERT_TRUE(chat.run(chat.participants().add(chat.as("a"), thread, wanted)));
  chat.pass(base::seconds(1));
  chat.say("a", thread, "two");
  EXPECT_THAT(kinds(chat.history("b", thread)), ElementsAre("text", "participantAdded"));
  EXPECT_EQ(chat.history("a", thread).size(), 5u);
}

TEST(ChatParticipants, KeepTheHistoryOfTheirTimeAfterTheirRemoval) {
  Fixture chat;
  const auto thread = chat.thread_of({"a", "b"});
  chat.say("a", thread, "before");
  ASSERT_TRUE(chat.run(chat.participants().remove(chat.as("a"), thread, chat.id("b"))));
  chat.say("a", thread, "after");
  const auto history = chat.history("b", thread);
  EXPECT_EQ(history.size(), 3u);
  EXPECT_EQ(history[0].content, "before");
  EXPECT_EQ(chat.run(chat.messages().send(chat.as("b"), thread, text("x"))).error().code,
            Errc::Forbidden);
  EXPECT_THAT(chat.run(chat.threads().list(chat.as("b"), {}, {}, 10))->threads, IsEmpty());
  EXPECT_EQ(kinds(chat.history("a", thread))[1], "participantRemoved");
  EXPECT_EQ(chat.run(chat.participants().remove(chat.as("a"), thread, chat.id("b"))).error().code,
            Errc::NotFound);
}

TEST(ChatParticipants, WhoComesBackIsAParticipantAgain) {
  Fixture chat;
  const auto thread = chat.thread_of({"a", "b"});
  ASSERT_TRUE(chat.run(chat.participants().remove(chat.as("b"), thread, chat.id("b"))));
  const std::vector<Participant> again{chat.person("b")};
  ASSERT_TRUE(chat.run(chat.participants().add(chat.as("a"), thread, again)));
  chat.say("b", thread);
  EXPECT_EQ(chat.history("b", thread).size(), 5u);
}

TEST(ChatParticipants, ADeletedIdentityLeavesEveryThread) {
  Fixture chat;
  std::vector<std::string> threads;
  for (int i = 0; i < 3; ++i) threads.push_back(chat.thread_of({"a", "b"}));
  const auto other = chat.thread_of({"a"});
  ASSERT_TRUE(chat.run(chat.participants().remove_everywhere(chat.resource, chat.id("b"))));
  ASSERT_TRUE(chat.run(chat.participants().remove_everywhere(chat.resource, chat.id("b"))));
  for (const auto& thread : threads) {
    EXPECT_EQ(chat.state(thread).roster->size(), 1u);
    EXPECT_EQ(kinds(chat.history("a", thread))[0], "participantRemoved");
  }
  EXPECT_EQ(chat.state(other).roster->size(), 1u);
}

TEST(ChatReceipts, AreOneAReaderAndOnlyGrow) {
  Fixture chat;
  const auto thread = chat.thread_of({"a", "b", "c"});
  const auto first = std::to_string(chat.say("a", thread).id);
  const auto second = std::to_string(chat.say("a", thread).id);
  ASSERT_TRUE(chat.run(chat.receipts().send(chat.as("b"), thread, second)));
  ASSERT_TRUE(chat.run(chat.receipts().send(chat.as("b"), thread, first)));
  ASSERT_TRUE(chat.run(chat.receipts().send(chat.as("c"), thread, first)));
  const auto page = chat.run(chat.receipts().list(chat.as("a"), thread, 0, 10));
  ASSERT_EQ(page->receipts.size(), 2u);
  EXPECT_EQ(std::to_string(page->receipts[0].message_id), second);
  EXPECT_EQ(std::to_string(page->receipts[1].message_id), first);
  const auto skipped = chat.run(chat.receipts().list(chat.as("a"), thread, 1, 1));
  EXPECT_EQ(skipped->receipts.size(), 1u);
  EXPECT_EQ(chat.run(chat.receipts().send(chat.as("b"), thread, "1")).error().code, Errc::NotFound);
}

TEST(ChatReceipts, AndTypingAreForbiddenInLargeThreads) {
  Fixture chat;
  std::vector<std::string> names{"a"};
  for (int i = 0; i < 20; ++i) names.push_back("u" + std::to_string(i));
  const auto thread = chat.thread_of(names);
  const auto id = std::to_string(chat.say("a", thread).id);
  EXPECT_EQ(chat.run(chat.receipts().send(chat.as("a"), thread, id)).error().code, Errc::Forbidden);
  EXPECT_EQ(chat.run(chat.receipts().type(chat.as("a"), thread, "")).error().code, Errc::Forbidden);
}

std::vector<std::string> topics(const ListPage& page) {
  std::vector<std::string> out;
  for (const auto& thread : page.threads) out.push_back(thread.properties.topic);
  return out;
}

TEST(ChatLists, HaveTheThreadThatChangedLastFirst) {
  Fixture chat;
  const auto one = chat.thread_of({"a"}, "one");
  chat.pass(base::seconds(1));
  chat.thread_of({"a"}, "two");
  chat.pass(base::seconds(1));
  EXPECT_THAT(topics(*chat.run(chat.threads().list(chat.as("a"), {}, {}, 10))),
              ElementsAre("two", "one"));
  chat.say("a", one);
  EXPECT_THAT(topics(*chat.run(chat.threads().list(chat.as("a"), {}, {}, 10))),
              ElementsAre("one", "two"));
}

TEST(ChatLists, BeginAtAStartTime) {
  Fixture chat;
  chat.thread_of({"a"}, "old");
  chat.pass(base::minutes(1));
  const auto since = chat.clock.now();
  chat.pass(base::minutes(1));
  chat.thread_of({"a"}, "new");
  EXPECT_THAT(topics(*chat.run(chat.threads().list(chat.as("a"), {}, since, 10))),
              ElementsAre("new"));
}

std::vector<std::string> all_topics(Fixture& chat, std::size_t limit,
                                    const std::function<void()>& after_first_page) {
  std::vector<std::string> seen;
  ListCursor cursor;
  for (int pages = 0; pages < 20; ++pages) {
    const auto page = chat.run(chat.threads().list(chat.as("a"), cursor, {}, limit));
    for (auto& topic : topics(*page)) seen.push_back(topic);
    if (pages == 0) after_first_page();
    if (!page->next) break;
    cursor = *page->next;
  }
  return seen;
}

TEST(ChatLists, PagesMissNoThreadThatMovesToTheFront) {
  Fixture chat;
  std::vector<std::string> ids;
  for (int i = 0; i < 5; ++i) {
    ids.push_back(chat.thread_of({"a"}, std::to_string(i)));
    chat.pass(base::seconds(1));
  }
  const auto quiet = all_topics(chat, 2, [] {});
  EXPECT_THAT(quiet, ElementsAre("4", "3", "2", "1", "0"));
  const auto moved = all_topics(chat, 2, [&] {
    chat.pass(base::seconds(10));
    chat.say("a", ids[0]);
  });
  EXPECT_THAT(moved, ElementsAre("4", "3", "2", "1", "0"));
}

TEST(ChatLists, ABusyThreadLeavesNoTrailOfPlaces) {
  Fixture chat;
  const auto thread = chat.thread_of({"a", "b"});
  const auto before = chat.state(thread).tail.place;
  for (int i = 0; i < 9; ++i) {
    chat.pass(base::seconds(1));
    chat.say("a", thread);
  }
  EXPECT_EQ(chat.state(thread).tail.place, before);
  chat.pass(base::seconds(1));
  chat.say("a", thread);
  EXPECT_EQ(chat.state(thread).tail.place, to_ms(chat.clock.now()));
}

TEST(ChatLists, OfDeletedThreadsLastAsLongAsTheSettingSays) {
  World world;
  world.options.deleted_threads_listed = base::hours(1);
  Fixture chat(world);
  const auto thread = chat.thread_of({"a"}, "one");
  ASSERT_TRUE(chat.run(chat.threads().remove(chat.as("a"), thread)));
  const auto listed = chat.run(chat.threads().list(chat.as("a"), {}, {}, 10));
  ASSERT_EQ(listed->threads.size(), 1u);
  EXPECT_TRUE(listed->threads[0].properties.deleted);
  EXPECT_TRUE(chat.run(chat.threads().get(chat.as("a"), thread))->deleted);
  EXPECT_EQ(chat.run(chat.messages().send(chat.as("a"), thread, text("x"))).error().code,
            Errc::NotFound);
  chat.pass(base::hours(1));
  EXPECT_THAT(chat.run(chat.threads().list(chat.as("a"), {}, {}, 10))->threads, IsEmpty());
  EXPECT_EQ(chat.run(chat.threads().get(chat.as("a"), thread)).error().code, Errc::NotFound);
}

TEST(ChatStore, KeepsEverythingAcrossARestart) {
  const testing::Folder folder("chat_restart");
  World world;
  world.folder = folder.path();
  std::string thread;
  NewThread request;
  request.topic = "t";
  request.token = "token";
  {
    Fixture chat(world);
    request.participants = {chat.person("b")};
    thread = chat.run(chat.threads().create(chat.as("a"), request))->properties.id;
    chat.say("a", thread, "one");
    const auto id = std::to_string(chat.say("b", thread, "two").id);
    ASSERT_TRUE(chat.run(chat.receipts().send(chat.as("a"), thread, id)));
  }
  Fixture chat(world);
  const auto history = chat.history("b", thread);
  ASSERT_EQ(history.size(), 4u);
  EXPECT_EQ(history[0].content, "two");
  EXPECT_EQ(chat.run(chat.receipts().list(chat.as("a"), thread, 0, 10))->receipts.size(), 1u);
  EXPECT_EQ(chat.say("a", thread, "three").sequence, 5u);
  EXPECT_EQ(chat.run(chat.threads().create(chat.as("a"), request))->properties.id, thread);
}

TEST(ChatStore, AThreadOutOfMemoryIsReadAgain) {
  World world;
  world.options.threads_in_memory = 1;
  Fixture chat(world);
  const auto one = chat.thread_of({"a", "b"}, "one");
  const auto two = chat.thread_of({"a", "b", "c"}, "two");
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(chat.say("a", one).sequence, 3u + static_cast<unsigned>(i));
    EXPECT_EQ(chat.say("c", two).sequence, 3u + static_cast<unsigned>(i));
  }
}

TEST(ChatStore, SendersAtOnceShareOneSequence) {
  Fixture chat;
  const auto thread = chat.thread_of({"a", "b"});
  const auto send_many = [&](std::string name) -> base::Async<void> {
    for (int i = 0; i < 100; ++i) {
      NewMessage message = text("x");
      auto sent = co_await chat.messages().send(chat.as(name), thread, std::move(message));
      EXPECT_TRUE(sent);
    }
  };
  std::thread other([&] { base::block_on(chat.io.executor(0), [&] { return send_many("a"); }); });
  base::block_on(chat.io.executor(1), [&] { return send_many("b"); });
  other.join();
  std::vector<std::uint64_t> seen;
  std::optional<std::uint64_t> before;
  for (bool more = true; more;) {
    const auto page =
        chat.run(chat.messages().list(chat.as("b"), thread, before, std::nullopt, 200));
    for (const auto& message : page->messages) seen.push_back(message.sequence);
    before = page->messages.back().id;
    more = page->more;
  }
  ASSERT_EQ(seen.size(), 202u);
  for (std::size_t i = 0; i < seen.size(); ++i) EXPECT_EQ(seen[i], 202 - i);
}

}  // namespace
}  // namespace fanfare::communication::chat
