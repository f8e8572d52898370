#include "grid/registry.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <asio/co_spawn.hpp>
#include <asio/use_future.hpp>
#include <cstdlib>
#include <future>
#include <set>

#include "base/bytes.h"
#include "grid/subscription_json.h"
#include "grid/topic_json.h"
#include "unit/grid/store_fixture.h"

namespace fanfare::grid {
namespace {

using testing::a_subscription;
using testing::a_topic;
using testing::kNow;
using testing::Store;

class Folder {
 public:
  Folder() {
    std::string form = (std::filesystem::temp_directory_path() / "fanfare-grid-XXXXXX").string();
    FANFARE_CHECK(mkdtemp(form.data()) != nullptr);
    path = form;
  }
  ~Folder() { std::filesystem::remove_all(path); }
  std::filesystem::path path;
};

class RegistryTest : public ::testing::Test {
 protected:
  std::shared_ptr<const Topic> put(Topic topic) {
    auto stored = store.run(store.registry().put_topic(std::move(topic)));
    EXPECT_TRUE(stored) << stored.error().message;
    return stored ? *stored : nullptr;
  }
  std::shared_ptr<const EventSubscription> put(EventSubscription subscription) {
    auto stored = store.run(store.registry().put_subscription(std::move(subscription)));
    EXPECT_TRUE(stored) << stored.error().message;
    return stored ? *stored : nullptr;
  }
  CatalogPtr catalog() { return store.registry().catalog(); }

  Store store;
};

TEST_F(RegistryTest, BeginsEmpty) {
  EXPECT_TRUE(catalog()->topics().empty());
  EXPECT_EQ(catalog()->revision(), 0u);
  EXPECT_EQ(catalog()->topic_by_name("events"), nullptr);
}

TEST_F(RegistryTest, ShowsATopicAsSoonAsItIsStored) {
  const auto topic = put(a_topic("Events"));
  EXPECT_EQ(topic->id.value, 1u);
  ASSERT_NE(catalog()->topic(topic->id), nullptr);
  EXPECT_EQ(catalog()->topic_by_name("eVENTS")->topic->name, "Events");
  auto id = topic->arm_id();
  for (auto& c : id) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  EXPECT_NE(catalog()->topic_by_arm_id(id), nullptr) << "ids compare without case";
}

TEST_F(RegistryTest, KeepsKeysNameAndMetricIdWhenATopicIsReplaced) {
  const auto before = put(a_topic("Events"));
  auto again = a_topic("EVENTS");
  again.key1.clear();
  again.key2.clear();
  again.metric_resource_id = "other";
  again.disable_local_auth = true;
  const auto after = put(again);
  EXPECT_EQ(after->id, before->id);
  EXPECT_EQ(after->name, "Events");
  EXPECT_EQ(after->key1, before->key1);
  EXPECT_EQ(after->metric_resource_id, before->metric_resource_id);
  EXPECT_TRUE(after->disable_local_auth);
}

TEST_F(RegistryTest, WritesNothingWhenNothingChanges) {
  put(a_topic());
  const auto revision = catalog()->revision();
  const auto next = store.log().next();
  put(a_topic());
  EXPECT_EQ(catalog()->revision(), revision);
  EXPECT_EQ(store.log().next(), next);
}

TEST_F(RegistryTest, RefusesATopicThatBreaksARule) {
  put(a_topic("events"));
  auto elsewhere = a_topic("Events");
  elsewhere.resource_group = "other";
  auto other_schema = a_topic("events", event::Schema::CloudEvents);
  auto keyless = a_topic("keyless");
  keyless.key2.clear();
  const struct {
    Topic topic;
    base::Errc code;
  } cases[] = {{a_topic("a_b"), base::Errc::InvalidArgument},
               {elsewhere, base::Errc::Conflict},
               {other_schema, base::Errc::InvalidArgument},
               {keyless, base::Errc::InvalidArgument}};
  for (const auto& c : cases) {
    const auto stored = store.run(store.registry().put_topic(c.topic));
    ASSERT_FALSE(stored) << c.topic.name;
    EXPECT_EQ(stored.error().code, c.code) << stored.error().message;
  }
  EXPECT_EQ(catalog()->topics().size(), 1u);
}

TEST_F(RegistryTest, GivesSubscriptionsTheirPlaceAndKeepsTheirIdWhenReplaced) {
  const auto topic = put(a_topic());
  const auto first = put(a_subscription(*topic, "First"));
  EXPECT_EQ(first->topic, topic->id);
  auto again = a_subscription(*topic, "FIRST");
  again.labels = {"new"};
  again.created = kNow + base::hours(1);
  const auto replaced = put(again);
  EXPECT_EQ(replaced->id, first->id);
  EXPECT_EQ(replaced->name, "First");
  EXPECT_EQ(replaced->created, first->created);
  EXPECT_EQ(catalog()->subscription(first->id)->labels, std::vector<std::string>{"new"});
  EXPECT_EQ(catalog()->topic(topic->id)->find("fIRST")->id, first->id);
  EXPECT_EQ(catalog()->topic(topic->id)->find("f"), nullptr);
}

TEST_F(RegistryTest, RefusesSubscriptionsOnNothingOrAgainstTheTables) {
  const auto topic = put(a_topic());
  auto nowhere = a_subscription(a_topic("nowhere"));
  EXPECT_EQ(store.run(store.registry().put_subscription(nowhere)).error().code,
            base::Errc::NotFound);
  auto custom = a_subscription(*topic);
  custom.delivery_schema = DeliverySchema::CustomInputSchema;
  const auto refused = store.run(store.registry().put_subscription(custom));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().target, "properties.eventDeliverySchema");
  auto misnamed = a_subscription(*topic, "a.b");
  EXPECT_EQ(store.run(store.registry().put_subscription(misnamed)).error().code,
            base::Errc::InvalidArgument);
}

TEST_F(RegistryTest, HoldsAtMostFiveHundredSubscriptionsOnATopic) {
  const auto topic = put(a_topic());
  for (std::size_t i = 0; i < kSubscriptionsPerTopicMax; ++i) {
    put(a_subscription(*topic, "sub-" + std::to_string(i)));
  }
  const auto one_more =
      store.run(store.registry().put_subscription(a_subscription(*topic, "more")));
  ASSERT_FALSE(one_more);
  EXPECT_EQ(one_more.error().code, base::Errc::Conflict);
  put(a_subscription(*topic, "sub-7"));
  ASSERT_TRUE(store.run(
      store.registry().delete_subscription(catalog()->topic(topic->id)->find("sub-7")->id)));
  put(a_subscription(*topic, "more"));
}

TEST_F(RegistryTest, NeverGivesANumberOutTwice) {
  const auto topic = put(a_topic());
  const auto first = put(a_subscription(*topic, "one"));
  EXPECT_TRUE(*store.run(store.registry().delete_subscription(first->id)));
  EXPECT_GT(put(a_subscription(*topic, "one"))->id, first->id);
  EXPECT_TRUE(*store.run(store.registry().delete_topic(topic->arm_id())));
  EXPECT_GT(put(a_topic())->id, topic->id);
}

TEST_F(RegistryTest, DeletesATopicWithAllThatHangsOnIt) {
  const auto topic = put(a_topic());
  const auto kept = put(a_topic("kept"));
  const auto subscription = put(a_subscription(*topic));
  const auto survivor = put(a_subscription(*kept));
  EXPECT_TRUE(*store.run(store.registry().delete_topic(topic->arm_id())));
  EXPECT_EQ(catalog()->topic(topic->id), nullptr);
  EXPECT_EQ(catalog()->topic_by_name("events"), nullptr);
  EXPECT_EQ(catalog()->subscription(subscription->id), nullptr);
  EXPECT_NE(catalog()->subscription(survivor->id), nullptr);
  EXPECT_FALSE(*store.run(store.registry().delete_topic(topic->arm_id())));
  EXPECT_FALSE(*store.run(store.registry().delete_subscription(subscription->id)));
}

TEST_F(RegistryTest, DropsWhatADeletedSubscriptionIsOwed) {
  const auto topic = put(a_topic());
  const auto subscription = put(a_subscription(*topic));
  queue::Commit commit;
  commit.topic = topic->id;
  commit.published = kNow;
  event::Event event;
  event.id = "\"1\"";
  commit.events.push_back({event, {subscription->id}});
  ASSERT_TRUE(store.run(store.queue().commit(std::move(commit))));
  EXPECT_EQ(store.queue().stats(subscription->id).pending, 1u);
  ASSERT_TRUE(store.run(store.registry().delete_subscription(subscription->id)));
  EXPECT_EQ(store.queue().stats(subscription->id).pending, 0u);
}

TEST_F(RegistryTest, CompilesOnlyTheTopicsThatAChangeTouches) {
  const auto quiet = put(a_topic("quiet"));
  const auto busy = put(a_topic("busy"));
  put(a_subscription(*quiet));
  const auto before = catalog();
  put(a_subscription(*busy));
  const auto after = catalog();
  EXPECT_EQ(before->topic(quiet->id), after->topic(quiet->id));
  EXPECT_NE(before->topic(busy->id), after->topic(busy->id));
  EXPECT_EQ(after->topic_by_name("busy"), after->topic(busy->id));
  EXPECT_EQ(after->topic_by_arm_id(busy->arm_id()), after->topic(busy->id));
  EXPECT_EQ(after->topics()[1], after->topic(busy->id));
  EXPECT_EQ(before->topic(busy->id)->subscriptions.size(), 0u) << "a catalog never changes";
}

TEST_F(RegistryTest, UpdatesASubscriptionInPlace) {
  const auto topic = put(a_topic());
  const auto subscription = put(a_subscription(*topic));
  const auto updated = store.run(store.registry().update_subscription(
      subscription->id, [](EventSubscription& s) { s.state = ProvisioningState::Failed; }));
  ASSERT_TRUE(updated);
  EXPECT_EQ((*updated)->state, ProvisioningState::Failed);
  const auto gone = store.run(
      store.registry().update_subscription(queue::SubscriptionId{99}, [](EventSubscription&) {}));
  EXPECT_EQ(gone.error().code, base::Errc::NotFound);
}

TEST_F(RegistryTest, LeavesThingsAsTheyAreWhenAnEditWantsNothing) {
  const auto topic = put(a_topic());
  const auto subscription = put(a_subscription(*topic));
  const auto revision = catalog()->revision();
  const auto same = store.run(store.registry().edit_subscription(
      topic->arm_id(), "first",
      [](const Topic&, const EventSubscription*) { return std::optional<EventSubscription>(); }));
  ASSERT_TRUE(same);
  EXPECT_EQ((*same)->id, subscription->id);
  EXPECT_EQ(catalog()->revision(), revision);
}

TEST_F(RegistryTest, DeletesWhatHasExpired) {
  const auto topic = put(a_topic());
  auto mortal = a_subscription(*topic, "mortal");
  mortal.expiration = kNow + base::hours(1);
  auto later = a_subscription(*topic, "later");
  later.expiration = kNow + base::hours(2);
  put(mortal);
  put(later);
  put(a_subscription(*topic, "eternal"));
  EXPECT_EQ(catalog()->next_expiration(), kNow + base::hours(1));
  EXPECT_EQ(*store.run(store.registry().expire(kNow)), 0u);
  EXPECT_EQ(*store.run(store.registry().expire(kNow + base::hours(1))), 1u);
  EXPECT_EQ(catalog()->topic(topic->id)->find("mortal"), nullptr);
  EXPECT_EQ(catalog()->topic(topic->id)->subscriptions.size(), 2u);
}

TEST_F(RegistryTest, TellsItsListenersOfBothCatalogs) {
  std::vector<std::pair<std::size_t, std::size_t>> heard;
  Store told({}, [&](Registry& registry) {
    registry.on_change([&](const CatalogPtr& before, const CatalogPtr& after) {
      heard.emplace_back(before->topics().size(), after->topics().size());
    });
  });
  ASSERT_TRUE(told.run(told.registry().put_topic(a_topic("one"))));
  ASSERT_TRUE(told.run(told.registry().put_topic(a_topic("two"))));
  EXPECT_THAT(heard, ::testing::ElementsAre(std::pair(0u, 1u), std::pair(1u, 2u)));
}

// Each registry queues its own changes, so that only the guard stands between the two.
TEST_F(RegistryTest, DecidesAnewWhenAnotherNodeWasQuicker) {
  const auto topic = put(a_topic());
  std::vector<std::future<base::Result<std::shared_ptr<const EventSubscription>>>> results;
  for (int i = 0; i < 40; ++i) {
    auto& registry = i % 2 == 0 ? store.registry() : store.second();
    results.push_back(asio::co_spawn(
        store.threads.executor(static_cast<std::size_t>(i % 2)),
        registry.put_subscription(a_subscription(*topic, "sub-" + std::to_string(i))),
        asio::use_future));
  }
  std::set<std::uint32_t> ids;
  for (auto& result : results) {
    const auto stored = result.get();
    ASSERT_TRUE(stored) << stored.error().message;
    ids.insert((*stored)->id.value);
  }
  EXPECT_EQ(ids.size(), 40u) << "no number twice";
  EXPECT_EQ(catalog()->topic(topic->id)->subscriptions.size(), 40u);
  EXPECT_EQ(store.second().catalog()->topic(topic->id)->subscriptions.size(), 40u);
}

TEST(RegistryRestart, FindsWhatWasStoredAndGoesOn) {
  const Folder folder;
  log::Position revision = 0;
  queue::SubscriptionId deleted;
  {
    Store store(folder.path);
    auto topic = a_topic();
    ASSERT_TRUE(store.run(store.registry().put_topic(topic)));
    ASSERT_TRUE(store.run(store.registry().put_subscription(a_subscription(topic, "kept"))));
    const auto gone = store.run(store.registry().put_subscription(a_subscription(topic, "gone")));
    deleted = (*gone)->id;
    ASSERT_TRUE(store.run(store.registry().delete_subscription(deleted)));
    revision = store.registry().catalog()->revision();
  }
  for (int round = 0; round < 3; ++round) {
    Store store(folder.path);
    const auto catalog = store.registry().catalog();
    EXPECT_GE(catalog->revision(), revision);
    ASSERT_NE(catalog->topic_by_name("events"), nullptr);
    EXPECT_NE(catalog->topic_by_name("events")->find("kept"), nullptr);
    EXPECT_EQ(catalog->topic_by_name("events")->find("gone"), nullptr);
    const auto topic = *catalog->topic_by_name("events")->topic;
    const auto fresh = store.run(
        store.registry().put_subscription(a_subscription(topic, "round-" + std::to_string(round))));
    ASSERT_TRUE(fresh) << fresh.error().message;
    EXPECT_GT((*fresh)->id, deleted) << "numbers of the deleted stay theirs";
  }
}

constexpr const char* kSource = "/subscriptions/s/resourceGroups/g/providers/P/things/One";

Topic a_system_topic() {
  Topic topic;
  topic.kind = TopicKind::System;
  topic.subscription_id = "s";
  topic.resource_group = "g";
  topic.name = "One";
  topic.source = kSource;
  topic.topic_type = "P.Things";
  return topic;
}

TEST_F(RegistryTest, FindsASystemTopicByItsSourceAndNotByName) {
  const auto custom = put(a_topic("One"));
  const auto topic = put(a_system_topic());
  EXPECT_EQ(catalog()->topic_by_name("one")->topic->id, custom->id);
  EXPECT_EQ(catalog()->topic_by_arm_id(base::ascii_lower(kSource))->topic->id, topic->id);
  EXPECT_EQ(catalog()->topic_by_arm_id(topic->arm_id())->topic->id, topic->id);
}

TEST_F(RegistryTest, HoldsSubscriptionsOfASourceAndOfItsSystemTopicForOne) {
  const auto topic = put(a_system_topic());
  auto by_source = a_subscription(*topic, "mine");
  by_source.topic_arm_id = kSource;
  auto by_topic = a_subscription(*topic, "MINE");
  by_topic.topic_arm_id = topic->arm_id();
  const auto first = put(by_source);
  const auto second = put(by_topic);
  EXPECT_EQ(first->id, second->id);
  EXPECT_EQ(second->topic_arm_id, kSource);
  EXPECT_EQ(catalog()->topic_by_arm_id(kSource)->subscriptions.size(), 1u);
  EXPECT_EQ(catalog()->topic_by_arm_id(kSource), catalog()->topic_by_arm_id(topic->arm_id()));
}

TEST_F(RegistryTest, HasOneSystemTopicForASource) {
  put(a_system_topic());
  auto second = a_system_topic();
  second.name = "Two";
  const auto refused = store.run(store.registry().put_topic(second));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, base::Errc::Conflict);
  auto moved = a_system_topic();
  moved.source = "/subscriptions/s/resourceGroups/g/providers/P/things/two";
  EXPECT_EQ(store.run(store.registry().put_topic(moved)).error().code, base::Errc::InvalidArgument);
}

TEST_F(RegistryTest, CommitsStateOfOthersWithATopic) {
  const Registry::TopicState state = [](const Topic& topic) {
    view::Batch batch;
    batch.put("other/1", std::to_string(topic.id.value));
    return base::Result<view::Batch>(batch);
  };
  const auto next = store.log().next();
  ASSERT_TRUE(store.run(store.registry().put_topic(a_system_topic(), state)));
  EXPECT_EQ(store.log().next(), next + 1) << "one commit";
  const auto revision = catalog()->revision();
  ASSERT_TRUE(store.run(store.registry().put_topic(a_system_topic(), state)));
  EXPECT_GT(catalog()->revision(), revision) << "the guard and the catalog stay together";
  EXPECT_NE(put(a_topic("after")), nullptr);
  const Registry::TopicState refusing = [](const Topic&) {
    return base::Result<view::Batch>(base::invalid("no", "x"));
  };
  const auto refused = store.run(store.registry().put_topic(a_topic("never"), refusing));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().target, "x");
  EXPECT_EQ(catalog()->topic_by_name("never"), nullptr);
}

TEST(RegistryLoad, RefusesRecordsThatItCannotRead) {
  auto records = *view::open("memory", {});
  view::Batch batch;
  batch.put("grid/topic/0000000001", "{\"id\":1}");
  ASSERT_TRUE(records->write(batch));
  auto log = *log::open("memory", {});
  base::VirtualClock clock(kNow);
  queue::Queue queue(*log, *records, clock, {});
  Registry registry(queue, *records, {});
  const auto loaded = registry.load();
  ASSERT_FALSE(loaded);
  EXPECT_EQ(loaded.error().code, base::Errc::Corrupt);
  EXPECT_EQ(loaded.error().target, "grid/topic/0000000001");
}

}  // namespace
}  // namespace fanfare::grid
