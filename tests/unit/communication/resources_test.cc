#include "communication/resources.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include "base/bytes.h"
#include "communication/resource_json.h"
#include "grid/registry.h"
#include "log/open.h"
#include "queue/queue.h"

namespace fanfare::communication {
namespace {

constexpr const char* kSubscription = "00000000-0000-0000-0000-000000000000";

/// Registry and resources over one queue, as the server has them.
class Stage {
 public:
  explicit Stage(const std::filesystem::path& folder = {}) {
    log::Options options;
    options.folder = folder / "log";
    options.segment_bytes = 4u << 20;
    const bool memory = folder.empty();
    log_ = *log::open(memory ? "memory" : "local", options);
    records_ = *view::open(memory ? "memory" : "rocks", folder / "view");
    queue_ = std::make_unique<queue::Queue>(*log_, *records_, clock_, queue::QueueOptions{});
    registry_ = std::make_unique<grid::Registry>(*queue_, *records_, grid::MatchOptions{});
    resources_ = std::make_unique<Resources>(*registry_, base::system_random());
    EXPECT_TRUE(registry_->load());
    EXPECT_TRUE(resources_->load(*records_));
    EXPECT_TRUE(queue_->start([this](const view::Batch& state, log::Position position) {
      registry_->apply(state, position);
      resources_->apply(state);
    }));
  }

  ~Stage() {
    threads_.stop();
    queue_->close();
    log_->close();
  }

  template <class T>
  T run(base::Async<T> work) {
    std::optional<T> out;
    base::block_on(threads_.executor(0), [&]() -> base::Async<void> {
      T result = co_await std::move(work);
      out.emplace(std::move(result));
    });
    return *std::move(out);
  }

  base::Result<ResourcePtr> put(ResourceWish wish) { return run(resources().put(std::move(wish))); }

  Resources& resources() { return *resources_; }
  grid::Registry& registry() { return *registry_; }
  log::Log& log() { return *log_; }

 private:
  base::VirtualClock clock_{*base::parse_rfc3339("2026-01-31T12:00:00Z")};
  base::IoThreads threads_{1};
  std::unique_ptr<log::Log> log_;
  std::unique_ptr<view::Records> records_;
  std::unique_ptr<queue::Queue> queue_;
  std::unique_ptr<grid::Registry> registry_;
  std::unique_ptr<Resources> resources_;
};

ResourceWish wish(std::string name, std::string group = "local") {
  ResourceWish out;
  out.subscription_id = kSubscription;
  out.resource_group = std::move(group);
  out.name = std::move(name);
  return out;
}

struct Folder {
  Folder() {
    std::string pattern = std::filesystem::temp_directory_path() / "fanfare-resources-XXXXXX";
    path = mkdtemp(pattern.data());
  }
  ~Folder() { std::filesystem::remove_all(path); }
  std::filesystem::path path;
};

TEST(Resources, AreMadeWithTheirSystemTopicInOneCommit) {
  Stage stage;
  const auto next = stage.log().next();
  const auto made = stage.put(wish("Contoso"));
  ASSERT_TRUE(made) << made.error().message;
  EXPECT_EQ(stage.log().next(), next + 1);
  EXPECT_EQ((*made)->arm_id(),
            "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/local/providers/"
            "Microsoft.Communication/communicationServices/Contoso");
  EXPECT_EQ(base::base64_decode((*made)->key1)->size(), 64u);
  EXPECT_NE((*made)->key1, (*made)->key2);
  EXPECT_EQ((*made)->immutable_id.size(), 36u);
  EXPECT_EQ((*made)->events_revision, EventsRevision::Current);

  const auto topic = stage.registry().catalog()->topic_by_arm_id((*made)->arm_id());
  ASSERT_NE(topic, nullptr);
  EXPECT_EQ(topic->topic->id, (*made)->system_topic);
  EXPECT_EQ(topic->topic->kind, grid::TopicKind::System);
  EXPECT_EQ(topic->topic->topic_type, kTopicType);
  EXPECT_EQ(topic->topic->source_id(), (*made)->arm_id());
}

TEST(Resources, AreFoundByNameAndIdWithoutRegardToCase) {
  Stage stage;
  const auto made = *stage.put(wish("Contoso"));
  const auto all = stage.resources().snapshot();
  EXPECT_EQ(all->by_name("CONTOSO"), all->by_id(made->id));
  EXPECT_EQ(all->by_arm_id(base::ascii_lower(made->arm_id())), all->by_id(made->id));
  EXPECT_EQ(all->by_name("other"), nullptr);
}

TEST(Resources, StayAsTheyAreWhenWishedAgain) {
  Stage stage;
  const auto made = *stage.put(wish("contoso"));
  const auto next = stage.log().next();
  const auto again = *stage.put(wish("CONTOSO", "LOCAL"));
  EXPECT_EQ(write_resource(*again), write_resource(*made));
  EXPECT_EQ(stage.log().next(), next) << "nothing to commit";
}

TEST(Resources, TakeOverWhatIsWishedOfThem) {
  Stage stage;
  const auto made = *stage.put(wish("contoso"));
  auto more = wish("contoso");
  more.key2 = base::base64_encode("another key, chosen by somebody");
  more.events_revision = EventsRevision::Seed2020;
  more.tags.emplace().emplace_back("team", "blue");
  const auto changed = *stage.put(more);
  EXPECT_EQ(changed->key1, made->key1);
  EXPECT_EQ(changed->key2, *more.key2);
  EXPECT_EQ(changed->events_revision, EventsRevision::Seed2020);
  EXPECT_EQ(changed->tags, *more.tags);
  EXPECT_EQ(stage.resources().snapshot()->by_id(made->id)->key2, *more.key2);
}

struct RefusedCase {
  const char* name;
  void (*change)(ResourceWish&);
  base::Errc code;
  const char* target;
};
void PrintTo(const RefusedCase& c, std::ostream* out) { *out << c.name; }

class RefusedWish : public testing::TestWithParam<RefusedCase> {};

TEST_P(RefusedWish, ChangesNothing) {
  Stage stage;
  auto first = wish("contoso");
  first.immutable_id = "11111111-2222-3333-4444-555555555555";
  ASSERT_TRUE(stage.put(first));
  auto refused = wish("other");
  GetParam().change(refused);
  const auto next = stage.log().next();
  const auto outcome = stage.put(refused);
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().code, GetParam().code) << outcome.error().message;
  EXPECT_EQ(outcome.error().target, GetParam().target);
  EXPECT_EQ(stage.log().next(), next);
  EXPECT_EQ(stage.resources().snapshot()->all().size(), 1u);
}

INSTANTIATE_TEST_SUITE_P(
    Resources, RefusedWish,
    testing::Values(
        RefusedCase{"a_name_with_a_dot", [](ResourceWish& w) { w.name = "a.b"; },
                    base::Errc::InvalidArgument, "name"},
        RefusedCase{"a_name_with_a_hyphen_in_front", [](ResourceWish& w) { w.name = "-a"; },
                    base::Errc::InvalidArgument, "name"},
        RefusedCase{"a_name_of_another_group",
                    [](ResourceWish& w) { w = wish("Contoso", "elsewhere"); }, base::Errc::Conflict,
                    "name"},
        RefusedCase{"an_id_that_is_no_guid", [](ResourceWish& w) { w.immutable_id = "1"; },
                    base::Errc::InvalidArgument, "immutable_id"},
        RefusedCase{
            "the_guid_of_another",
            [](ResourceWish& w) { w.immutable_id = "11111111-2222-3333-4444-555555555555"; },
            base::Errc::Conflict, "immutable_id"},
        RefusedCase{"another_guid_than_before",
                    [](ResourceWish& w) {
                      w = wish("contoso");
                      w.immutable_id = "99999999-2222-3333-4444-555555555555";
                    },
                    base::Errc::InvalidArgument, "immutable_id"},
        RefusedCase{"data_elsewhere_than_before",
                    [](ResourceWish& w) {
                      w = wish("contoso");
                      w.data_location = "europe";
                    },
                    base::Errc::InvalidArgument, "properties.dataLocation"},
        RefusedCase{"a_key_that_is_not_base64", [](ResourceWish& w) { w.key1 = "?"; },
                    base::Errc::InvalidArgument, "key1"}),
    [](const auto& info) { return std::string(info.param.name); });

TEST(Resources, GetOneKeyAnewWhileTheOtherStays) {
  Stage stage;
  const auto made = *stage.put(wish("contoso"));
  auto changed = *stage.run(stage.resources().regenerate_key(made->arm_id(), ResourceKey::Primary));
  EXPECT_NE(changed->key1, made->key1);
  EXPECT_EQ(changed->key2, made->key2);
  changed = *stage.run(stage.resources().regenerate_key(made->arm_id(), ResourceKey::Secondary));
  EXPECT_NE(changed->key2, made->key2);
  const auto absent = stage.run(stage.resources().regenerate_key("/no", ResourceKey::Primary));
  EXPECT_EQ(absent.error().code, base::Errc::NotFound);
}

TEST(Resources, SurviveARestartWithTheirIdsAndKeys) {
  Folder folder;
  std::string before;
  {
    Stage stage(folder.path);
    ASSERT_TRUE(stage.put(wish("first")));
    before = write_resource(**stage.put(wish("contoso")));
  }
  Stage stage(folder.path);
  const auto after = stage.resources().snapshot()->by_name("contoso");
  ASSERT_NE(after, nullptr);
  EXPECT_EQ(write_resource(*after), before);
  const auto next = *stage.put(wish("third"));
  EXPECT_EQ(next->id.value, 3u) << "numbers are never given out twice";
}

TEST(StoredResource, IsCorruptWhenWhatItNeedsIsMissing) {
  Resource resource;
  resource.id.value = 1;
  resource.system_topic.value = 2;
  ASSERT_TRUE(read_resource(write_resource(resource)));
  for (const std::string name : {"id", "systemTopic", "eventsRevision"}) {
    auto value = *json::parse(write_resource(resource));
    value.erase(name);
    const auto back = read_resource(json::write(value));
    ASSERT_FALSE(back) << name;
    EXPECT_EQ(back.error().code, base::Errc::Corrupt);
  }
  EXPECT_FALSE(read_resource("{"));
}

}  // namespace
}  // namespace fanfare::communication
