#include "communication/chat/upkeep.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "unit/communication/chat/chat_fixture.h"

namespace fanfare::communication::chat {
namespace {

using testing::Fixture;
using testing::World;

/// A fixture whose upkeep runs on the I/O thread of its own.
class Kept : public Fixture {
 public:
  explicit Kept(World world = {}) : Fixture(std::move(world)), upkeep_(make()) {
    base::run_on(io.executor(0), [this] { upkeep_.start(); });
    settle();
  }
  ~Kept() {
    base::block_on(io.executor(0), [this] { return upkeep_.close(); });
  }

  /// Lets what is under way come to rest.
  void settle() {
    for (int quiet = 0; quiet < 200;) {
      base::run_on(io.executor(0), [] {});
      base::run_on(worker.executor(0), [] {});
      quiet = committing() ? 0 : quiet + 1;
    }
  }
  void pass(base::Duration time) {
    Fixture::pass(time);
    settle();
  }

  std::size_t records_below(const std::string& prefix) {
    std::size_t count = 0;
    const auto scanned = records().scan(prefix, prefix, [&](auto, auto) {
      ++count;
      return true;
    });
    EXPECT_TRUE(scanned);
    return count;
  }
  std::size_t records_of_chat() { return records_below(area_prefix(resource->id, "chat")); }

 private:
  Upkeep make() {
    auto resources = [this] { return std::vector<ResourcePtr>{resource}; };
    return Upkeep(desk(), threads(), resources, io.executor(0));
  }
  Upkeep upkeep_;
};

std::string lasting(Kept& chat, int days) {
  NewThread request;
  request.topic = "t";
  request.participants = {chat.person("b")};
  request.delete_after_days = days;
  const auto made = chat.run(chat.threads().create(chat.as("a"), std::move(request)));
  EXPECT_TRUE(made);
  return made->properties.id;
}

std::size_t count_of(const std::vector<testing::SeenEvent>& events, const std::string& type) {
  std::size_t out = 0;
  for (const auto& seen : events) out += seen.type == type ? 1 : 0;
  return out;
}

TEST(ChatRetention, EndsAThreadWhenItsDaysArePast) {
  Kept chat;
  const auto thread = lasting(chat, 30);
  chat.say("a", thread);
  chat.settle();
  chat.pass(base::days(30) - base::seconds(1));
  EXPECT_TRUE(chat.run(chat.threads().get(chat.as("a"), thread)));
  chat.events();
  chat.told();
  chat.pass(base::seconds(2));
  EXPECT_FALSE(chat.run(chat.threads().get(chat.as("a"), thread)));
  const auto events = chat.events();
  EXPECT_EQ(count_of(events, "ChatThreadDeleted"), 1u);
  EXPECT_EQ(count_of(events, "ChatThreadWithUserDeleted"), 2u);
  const auto told = chat.told();
  ASSERT_EQ(told.size(), 1u);
  EXPECT_EQ(told[0].kind, NotificationKind::ThreadDeleted);
}

TEST(ChatRetention, IsSilentWhereTheSettingSaysSo) {
  World world;
  world.options.retention_raises_events = false;
  Kept chat(world);
  const auto thread = lasting(chat, 30);
  chat.events();
  chat.pass(base::days(31));
  EXPECT_FALSE(chat.run(chat.threads().get(chat.as("a"), thread)));
  EXPECT_EQ(chat.events().size(), 0u);
}

TEST(ChatRetention, CanBeLengthenedAndTakenBack) {
  Kept chat;
  const auto longer = lasting(chat, 30);
  const auto forever = lasting(chat, 30);
  ThreadPatch patch;
  patch.delete_after_days = std::optional(60);
  ASSERT_TRUE(chat.run(chat.threads().update(chat.as("a"), longer, patch)));
  patch.delete_after_days = std::optional<int>();
  ASSERT_TRUE(chat.run(chat.threads().update(chat.as("a"), forever, patch)));
  chat.pass(base::days(31));
  EXPECT_TRUE(chat.run(chat.threads().get(chat.as("a"), longer)));
  chat.pass(base::days(31));
  EXPECT_FALSE(chat.run(chat.threads().get(chat.as("a"), longer)));
  EXPECT_TRUE(chat.run(chat.threads().get(chat.as("a"), forever)));
}

TEST(ChatRetention, IsCaughtUpWithAfterARestart) {
  const testing::Folder folder("chat_retention");
  World world;
  world.folder = folder.path();
  std::string thread;
  {
    Kept chat(world);
    thread = lasting(chat, 30);
  }
  world.start = testing::kNow + base::days(40);
  Kept chat(world);
  chat.settle();
  EXPECT_FALSE(chat.run(chat.threads().get(chat.as("a"), thread)));
}

TEST(ChatUpkeep, LeavesNothingOfADeletedThread) {
  Kept chat;
  const auto before = chat.records_of_chat();
  const auto thread = chat.thread_of({"a", "b", "c"});
  for (int i = 0; i < 1200; ++i) chat.say("a", thread);
  const auto id = std::to_string(chat.say("a", thread).id);
  ASSERT_TRUE(chat.run(chat.receipts().send(chat.as("b"), thread, id)));
  ASSERT_TRUE(chat.run(chat.participants().remove(chat.as("a"), thread, chat.id("c"))));
  EXPECT_GT(chat.records_of_chat(), 1200u);
  ASSERT_TRUE(chat.run(chat.threads().remove(chat.as("a"), thread)));
  chat.settle();
  chat.pass(base::seconds(1));
  EXPECT_EQ(chat.records_of_chat(), before);
}

TEST(ChatUpkeep, TellsOfADeletedThreadForAsLongAsItShould) {
  World world;
  world.options.deleted_threads_listed = base::hours(1);
  Kept chat(world);
  const auto before = chat.records_of_chat();
  const auto thread = chat.thread_of({"a"});
  chat.say("a", thread, "secret");
  ASSERT_TRUE(chat.run(chat.threads().remove(chat.as("a"), thread)));
  chat.pass(base::minutes(59));
  EXPECT_EQ(chat.records_below(Keys(chat.resource->id).messages(thread)), 0u);
  EXPECT_TRUE(chat.run(chat.threads().get(chat.as("a"), thread)));
  chat.pass(base::minutes(2));
  EXPECT_EQ(chat.records_of_chat(), before);
}

TEST(ChatUpkeep, ForgetsTokensWhenTheirWindowHasPassed) {
  Kept chat;
  NewThread request;
  request.topic = "t";
  request.token = "token";
  ASSERT_TRUE(chat.run(chat.threads().create(chat.as("a"), request)));
  const auto with_token = chat.records_of_chat();
  chat.pass(base::minutes(6));
  EXPECT_EQ(chat.records_of_chat(), with_token - 2);
}

}  // namespace
}  // namespace fanfare::communication::chat
