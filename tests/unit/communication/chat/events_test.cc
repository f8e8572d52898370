#include "communication/chat/events.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <regex>
#include <sstream>

#include "event/cloud_events.h"
#include "event/event_grid_schema.h"
#include "json/value.h"
#include "unit/communication/chat/chat_fixture.h"

namespace fanfare::communication::chat {
namespace {

using json::Value;
using ::testing::ElementsAre;
using testing::Fixture;
using ::testing::IsEmpty;
using testing::SeenEvent;
using ::testing::UnorderedElementsAre;
using testing::World;

MetadataPatch some_metadata() { return {false, {{"key", "value"}}}; }

/// Raises every type: a thread of three is made, added to, talked in, changed and ended.
void live_through_everything(Fixture& chat) {
  NewThread request;
  request.topic = "Lunch";
  request.metadata = {{"key", "value"}};
  for (const auto* name : {"a", "b", "c"}) {
    auto person = chat.person(name);
    person.metadata = {{"key", "value"}};
    request.participants.push_back(person);
  }
  const auto thread =
      chat.run(chat.threads().create(chat.as("a"), std::move(request)))->properties.id;
  chat.pass(base::milliseconds(1234));
  NewMessage message;
  message.content = "hello";
  message.sender_display_name = "a";
  message.metadata = {{"key", "value"}};
  const auto id = std::to_string(chat.run(chat.messages().send(chat.as("a"), thread, message))->id);
  chat.pass(base::milliseconds(1111));
  MessagePatch edit;
  edit.content = "hello again";
  ASSERT_TRUE(chat.run(chat.messages().update(chat.as("a"), thread, id, edit)));
  ASSERT_TRUE(chat.run(chat.messages().remove(chat.as("a"), thread, id)));
  ThreadPatch topic;
  topic.topic = "Dinner";
  topic.metadata = some_metadata();
  ASSERT_TRUE(chat.run(chat.threads().update(chat.as("a"), thread, topic)));
  auto added = chat.person("d");
  added.metadata = {{"key", "value"}};
  const std::vector<Participant> wanted{added};
  ASSERT_TRUE(chat.run(chat.participants().add(chat.as("a"), thread, wanted)));
  ASSERT_TRUE(chat.run(chat.participants().remove(chat.as("a"), thread, chat.id("d"))));
  ASSERT_TRUE(chat.run(chat.threads().remove(chat.as("a"), thread)));
}

/// What kind of text a string is; two of the same kind look alike to a reader.
std::string kind_of(const std::string& text) {
  static const std::pair<std::regex, const char*> kinds[] = {
      {std::regex(R"([0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12})"), "guid"},
      {std::regex(R"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,3})?Z)"), "time, to the millisecond"},
      {std::regex(R"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{4,7}Z)"), "time"},
      {std::regex(R"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,3})?[+-]\d\d:\d\d)"),
       "time with offset, to the millisecond"},
      {std::regex(R"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{4,7}[+-]\d\d:\d\d)"), "time with offset"},
      {std::regex(R"(\d{13})"), "milliseconds"},
      {std::regex(R"(8:acs:[0-9a-f-]+_[0-9a-f-]+)"), "raw id"},
      {std::regex(R"(19:[\w-]+@thread\.v2)"), "thread id"},
      {std::regex(R"([A-Za-z0-9+/]{22}\.\d+\.\d+\.\d+\.\d+\.\d+\.\d+)"), "transaction of a thread"},
      {std::regex(R"([A-Za-z0-9+/]{22}(\.\d+){7,9})"), "transaction of a user"},
  };
  for (const auto& [form, kind] : kinds) {
    if (std::regex_match(text, form)) return kind;
  }
  return "text";
}

/// Subjects and topics with their ids replaced, so that they can be compared as they stand.
std::string normal(std::string text) {
  const std::pair<std::regex, const char*> ids[] = {
      {std::regex(R"(8:acs:[0-9a-f-]+_[0-9a-f-]+|\{rawId\}|\{id-of-[a-z-]+\}|\brawId\b)"), "R"},
      {std::regex(R"(19:[\w-]+@thread\.v2|\{thread-id\})"), "T"},
      {std::regex(R"((/subscriptions/)[^/]+)"), "$1S"},
      {std::regex(R"((/resource[gG]roups/)[^/]+)"), "$1G"},
      {std::regex(R"((/communication[sS]ervices/)[^/]+)"), "$1N"},
  };
  for (const auto& [form, name] : ids) text = std::regex_replace(text, form, name);
  return text;
}

void expect_alike(const Value& ours, const Value& sample, const std::string& path);

void expect_members_alike(const Value& ours, const Value& sample, const std::string& path) {
  std::set<std::string> names;
  std::set<std::string> wanted;
  for (const auto& [name, value] : *ours.if_object()) names.insert(name);
  for (const auto& [name, value] : *sample.if_object()) wanted.insert(name);
  EXPECT_EQ(names, wanted) << path;
  for (const auto& [name, value] : *sample.if_object()) {
    if (const auto* member = ours.find(name)) expect_alike(*member, value, path + "." + name);
  }
}

void expect_alike(const Value& ours, const Value& sample, const std::string& path) {
  ASSERT_EQ(ours.is_object(), sample.is_object()) << path;
  ASSERT_EQ(ours.is_array(), sample.is_array()) << path;
  ASSERT_EQ(ours.is_string(), sample.is_string()) << path;
  ASSERT_EQ(ours.is_number(), sample.is_number()) << path;
  if (ours.is_object()) {
    if (path.ends_with(".metadata")) return;
    return expect_members_alike(ours, sample, path);
  }
  if (ours.is_array()) {
    for (const auto& item : *ours.if_array()) {
      expect_alike(item, sample.if_array()->front(), path + "[]");
    }
    return;
  }
  if (!ours.is_string()) return;
  const auto& text = *ours.if_string();
  const auto& wanted = *sample.if_string();
  const auto name = path.substr(path.rfind('.') + 1);
  static const std::set<std::string> exact{"eventType", "type", "dataVersion", "metadataVersion",
                                           "specversion"};
  if (exact.contains(name)) {
    EXPECT_EQ(text, wanted) << path;
  } else if (name == "subject" || name == "topic" || name == "source") {
    if (path == "$." + name) {
      EXPECT_EQ(normal(text), normal(wanted)) << path;
    }
  } else if (name == "messageBody") {
    EXPECT_FALSE(text.empty()) << path;
  } else if (name == "createdBy") {
    EXPECT_EQ(kind_of(text), "raw id") << path;
  } else if (kind_of(wanted) != "text") {
    EXPECT_EQ(kind_of(text), kind_of(wanted)) << path << ": " << text << ", sample " << wanted;
  }
}

std::string rendered(const SeenEvent& seen, const std::string& schema) {
  std::string out;
  if (schema == "cloudevents") {
    event::append_cloud_event(out, seen.raw);
  } else {
    event::append_event_grid(out, seen.raw);
  }
  return out;
}

struct Golden {
  std::string type;
  std::string revision;
  std::string schema;
  Value event;
};

std::vector<Golden> golden_events() {
  std::vector<Golden> out;
  const std::filesystem::path folder =
      std::filesystem::path(FANFARE_TEST_DATA).parent_path() / "golden" / "events";
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    const auto name = entry.path().stem().string();
    if (!name.starts_with("Chat") || entry.path().extension() != ".json") continue;
    std::ifstream file(entry.path());
    std::stringstream text;
    text << file.rdbuf();
    const auto samples = json::parse(text.str());
    EXPECT_TRUE(samples) << name;
    for (const auto& sample : *samples->if_array()) {
      for (const auto& revision : *sample.find("revisions")->if_array()) {
        out.push_back({name, *revision.if_string(), *sample.find("schema")->if_string(),
                       *sample.find("event")});
      }
    }
  }
  return out;
}

/// All events of a whole life, once for each revision.
const std::vector<SeenEvent>& life_in(const std::string& revision) {
  static std::map<std::string, std::vector<SeenEvent>> lives;
  if (!lives.contains(revision)) {
    World world;
    world.revision = *parse_events_revision(revision);
    Fixture chat(world);
    live_through_everything(chat);
    lives.emplace(revision, chat.events());
  }
  return lives.at(revision);
}

TEST(ChatEvents, LookAsTheirPublishedSamplesInEveryRevisionAndSchema) {
  const auto all = golden_events();
  EXPECT_GE(all.size(), 100u);
  for (const auto& golden : all) {
    SCOPED_TRACE(golden.type + " in " + golden.revision + " as " + golden.schema);
    bool found = false;
    for (const auto& seen : life_in(golden.revision)) {
      if (seen.type != golden.type) continue;
      found = true;
      const auto ours = json::parse(rendered(seen, golden.schema));
      ASSERT_TRUE(ours) << rendered(seen, golden.schema);
      expect_alike(*ours, golden.event, "$");
    }
    EXPECT_TRUE(found);
  }
}

TEST(ChatEvents, RaiseNoTypeThatHasNoSample) {
  std::set<std::pair<std::string, std::string>> sampled;
  for (const auto& golden : golden_events()) sampled.emplace(golden.revision, golden.type);
  for (const auto* revision : {"2020-09-18", "2021-02-11", "transitional", "current"}) {
    std::set<std::pair<std::string, std::string>> raised;
    for (const auto& seen : life_in(revision)) raised.emplace(revision, seen.type);
    for (const auto& each : raised) EXPECT_TRUE(sampled.contains(each)) << each.second;
    const auto types = event_types(*parse_events_revision(revision));
    EXPECT_EQ(types.size(), raised.size()) << revision;
  }
}

std::vector<std::string> recipients(const std::vector<SeenEvent>& events, const std::string& type) {
  std::vector<std::string> out;
  for (const auto& seen : events) {
    if (seen.type != type) continue;
    const auto at = seen.subject.rfind("/recipient/");
    out.push_back(at == std::string::npos ? "" : seen.subject.substr(at + 11));
  }
  return out;
}

TEST(ChatEvents, GoOnceToEachParticipantButWhoDidIt) {
  Fixture chat;
  const auto thread = chat.thread_of({"a", "b", "c"});
  EXPECT_THAT(recipients(chat.events(), "ChatThreadCreatedWithUser"),
              ElementsAre(chat.id("b"), chat.id("c")));
  chat.say("b", thread);
  const auto events = chat.events();
  EXPECT_THAT(recipients(events, "ChatMessageReceived"), ElementsAre(chat.id("a"), chat.id("c")));
  EXPECT_THAT(recipients(events, "ChatMessageReceivedInThread"), ElementsAre(""));
  EXPECT_EQ(events.size(), 3u);
}

TEST(ChatEvents, OfSystemMessagesThereAreNone) {
  Fixture chat;
  const auto thread = chat.thread_of({"a", "b"});
  chat.events();
  ThreadPatch patch;
  patch.topic = "x";
  ASSERT_TRUE(chat.run(chat.threads().update(chat.as("a"), thread, patch)));
  EXPECT_THAT(recipients(chat.events(), "ChatMessageReceived"), IsEmpty());
}

TEST(ChatEvents, TellTheAddedAndByASettingTheRemoved) {
  for (const bool told : {false, true}) {
    World world;
    world.options.added_user_gets_event = told;
    world.options.removed_user_gets_event = told;
    Fixture chat(world);
    const auto thread = chat.thread_of({"a", "b"});
    chat.events();
    const std::vector<Participant> wanted{chat.person("c")};
    ASSERT_TRUE(chat.run(chat.participants().add(chat.as("a"), thread, wanted)));
    std::vector<std::string> expected{chat.id("b")};
    if (told) expected.push_back(chat.id("c"));
    EXPECT_EQ(recipients(chat.events(), "ChatParticipantAddedToThreadWithUser"), expected);
    ASSERT_TRUE(chat.run(chat.participants().remove(chat.as("a"), thread, chat.id("c"))));
    EXPECT_EQ(recipients(chat.events(), "ChatParticipantRemovedFromThreadWithUser"), expected);
  }
}

TEST(ChatEvents, OfMessagesNeedASendersNameIn2021Only) {
  for (const auto* revision : {"2020-09-18", "2021-02-11", "transitional", "current"}) {
    World world;
    world.revision = *parse_events_revision(revision);
    Fixture chat(world);
    const auto thread = chat.thread_of({"a", "b"});
    chat.events();
    NewMessage nameless;
    nameless.content = "x";
    ASSERT_TRUE(chat.run(chat.messages().send(chat.as("a"), thread, nameless)));
    EXPECT_EQ(chat.events().empty(), std::string_view(revision) == "2021-02-11") << revision;
  }
}

TEST(ChatEvents, TellTheVersionInAThreadAsTheSettingSays) {
  for (const bool as_text : {true, false}) {
    World world;
    world.options.in_thread_version_is_text = as_text;
    Fixture chat(world);
    const auto thread = chat.thread_of({"a", "b"});
    chat.events();
    chat.say("a", thread);
    for (const auto& seen : chat.events()) {
      const auto data = json::parse(seen.raw.data);
      const bool in_thread = seen.type == "ChatMessageReceivedInThread";
      EXPECT_EQ(data->find("version")->is_string(), in_thread && as_text);
    }
  }
}

TEST(ChatEvents, OfHtmlSayRichTextAndCarryItCleaned) {
  Fixture chat;
  const auto thread = chat.thread_of({"a", "b"});
  chat.events();
  NewMessage html;
  html.type = MessageType::Html;
  html.content = "<b onclick=x>\"hi\"\n</b>";
  ASSERT_TRUE(chat.run(chat.messages().send(chat.as("a"), thread, html)));
  for (const auto& seen : chat.events()) {
    const auto data = json::parse(seen.raw.data);
    EXPECT_EQ(*data->find("type")->if_string(), "RichText/Html");
    EXPECT_EQ(*data->find("messageBody")->if_string(), "<b>\"hi\"\n</b>");
  }
}

TEST(ChatEvents, HaveIdsOfTheirOwn) {
  Fixture chat;
  live_through_everything(chat);
  std::set<std::string> ids;
  std::set<std::string> transactions;
  const auto events = chat.events();
  for (const auto& seen : events) {
    ids.insert(event::unescape(seen.raw.id));
    const auto data = json::parse(seen.raw.data);
    transactions.insert(*data->find("transactionId")->if_string());
  }
  EXPECT_EQ(ids.size(), events.size());
  EXPECT_EQ(transactions.size(), events.size());
}

TEST(ChatEvents, OfALargeAdditionFitIntoRecords) {
  Fixture chat;
  std::vector<std::string> names{"a"};
  for (int i = 0; i < 124; ++i) names.push_back("u" + std::to_string(i));
  const auto thread = chat.thread_of(names);
  chat.events();
  std::vector<Participant> wanted;
  for (int i = 0; i < 125; ++i) {
    auto person = chat.person("v" + std::to_string(i));
    person.metadata = {{"k", std::string(1000, 'x')}};
    wanted.push_back(person);
  }
  ASSERT_TRUE(chat.run(chat.participants().add(chat.as("a"), thread, wanted)));
  EXPECT_EQ(chat.state(thread).roster->size(), 250u);
}

TEST(ChatNotifications, AreTenKindsAndReachEverybody) {
  Fixture chat;
  const auto thread = chat.thread_of({"a", "b"});
  const auto id = std::to_string(chat.say("a", thread).id);
  MessagePatch edit;
  edit.content = "x";
  ASSERT_TRUE(chat.run(chat.messages().update(chat.as("a"), thread, id, edit)));
  ASSERT_TRUE(chat.run(chat.receipts().send(chat.as("b"), thread, id)));
  ASSERT_TRUE(chat.run(chat.receipts().type(chat.as("b"), thread, "Ben")));
  ASSERT_TRUE(chat.run(chat.messages().remove(chat.as("a"), thread, id)));
  ThreadPatch topic;
  topic.topic = "x";
  ASSERT_TRUE(chat.run(chat.threads().update(chat.as("a"), thread, topic)));
  const std::vector<Participant> wanted{chat.person("c")};
  ASSERT_TRUE(chat.run(chat.participants().add(chat.as("a"), thread, wanted)));
  ASSERT_TRUE(chat.run(chat.participants().remove(chat.as("a"), thread, chat.id("c"))));
  ASSERT_TRUE(chat.run(chat.threads().remove(chat.as("a"), thread)));
  std::vector<std::string> names;
  std::vector<std::size_t> counts;
  for (const auto& notification : chat.told()) {
    names.emplace_back(to_string(notification.kind));
    counts.push_back(notification.recipients.size());
  }
  EXPECT_THAT(names, ElementsAre("chatThreadCreated", "chatMessageReceived", "chatMessageEdited",
                                 "readReceiptReceived", "typingIndicatorReceived",
                                 "chatMessageDeleted", "chatThreadPropertiesUpdated",
                                 "participantsAdded", "participantsRemoved", "chatThreadDeleted"));
  EXPECT_THAT(counts, ElementsAre(2, 2, 2, 2, 2, 2, 2, 3, 3, 2));
}

}  // namespace
}  // namespace fanfare::communication::chat
