#include "delivery/dead_letter.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <fstream>

#include "base/random.h"
#include "samples.h"

namespace fanfare::delivery {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;
using queue::DeadLetterReason;
using testing::ElementsAre;
using testing::IsEmpty;

grid::EventSubscription with_destination() {
  auto subscription = sample_subscription();
  subscription.dead_letter =
      grid::DeadLetterDestination{.resource_id = "/x", .blob_container_name = "dead"};
  return subscription;
}

queue::Task tried_task(event::Event event = sample_event()) {
  auto task = sample_task(event);
  task.state.attempts = 2;
  task.state.first_attempt = kNoon;
  task.state.last_attempt = kNoon + 10s;
  task.state.last_outcome = queue::OutcomeKind::NotFound;
  return task;
}

DeadLetter rendered(const grid::EventSubscription& subscription, const queue::Task& task) {
  return render_dead_letter(subscription, task, DeadLetterReason::MaxDeliveryAttemptsExceeded,
                            kNoon + 1h, "store");
}

TEST(DeadLetter, event_grid_events_get_five_members) {
  EXPECT_EQ(rendered(with_destination(), tried_task()).content,
            R"([{"id":"id-1","topic":"/topics/t","subject":"orders/1",)"
            R"("data":{"count":12345678901234567890,"system":"north","deep":{"flag":true}},)"
            R"("eventType":"Order.Placed","eventTime":"2026-01-31T11:59:58Z",)"
            R"("dataVersion":"1.0","metadataVersion":"1",)"
            R"("deadLetterReason":"MaxDeliveryAttemptsExceeded","deliveryAttempts":2,)"
            R"("lastDeliveryOutcome":"NotFound","publishTime":"2026-01-31T12:00:00.0000000Z",)"
            R"("lastDeliveryAttemptTime":"2026-01-31T12:00:10.0000000Z"}])");
}

TEST(DeadLetter, cloud_events_get_lower_case_extensions) {
  auto subscription = with_destination();
  subscription.delivery_schema = grid::DeliverySchema::CloudEventSchemaV1_0;
  const auto content = rendered(subscription, tried_task(sample_cloud_event())).content;
  EXPECT_TRUE(content.ends_with(
      R"(,"deadletterreason":"MaxDeliveryAttemptsExceeded","deliveryattempts":2,)"
      R"("lastdeliveryoutcome":"NotFound","publishtime":"2026-01-31T12:00:00.0000000Z"}])"))
      << content;
  EXPECT_TRUE(content.starts_with("[{")) << content;
}

TEST(DeadLetter, a_cloud_event_that_was_dead_lettered_before_has_each_member_once) {
  auto subscription = with_destination();
  subscription.delivery_schema = grid::DeliverySchema::CloudEventSchemaV1_0;
  auto event = sample_cloud_event();
  event.extensions = R"(,"deadletterreason":"old","deliveryattempts":9)";
  const auto content = rendered(subscription, tried_task(event)).content;
  EXPECT_EQ(content.find("old"), std::string::npos) << content;
  EXPECT_EQ(content.find("deliveryattempts"), content.rfind("deliveryattempts")) << content;
}

TEST(DeadLetter, custom_events_take_the_event_grid_form) {
  auto subscription = with_destination();
  subscription.delivery_schema = grid::DeliverySchema::CustomInputSchema;
  const auto content = rendered(subscription, tried_task(sample_custom_event())).content;
  EXPECT_NE(content.find(R"("data":{"myKey":"k","anything":[1,2]})"), std::string::npos);
  EXPECT_NE(content.find(R"("eventType":"Order.Placed")"), std::string::npos);
  EXPECT_NE(content.find(R"("deadLetterReason")"), std::string::npos);
}

TEST(DeadLetter, an_event_that_was_never_tried_has_no_last_attempt) {
  auto task = sample_task();
  task.state.last_outcome = queue::OutcomeKind::Probation;
  const auto content = rendered(with_destination(), task).content;
  EXPECT_NE(content.find(R"("deliveryAttempts":0,"lastDeliveryOutcome":"Probation")"),
            std::string::npos);
  EXPECT_EQ(content.find("lastDeliveryAttemptTime"), std::string::npos);
}

TEST(DeadLetter, its_name_has_the_documented_layout) {
  const auto letter = rendered(with_destination(), tried_task());
  EXPECT_EQ(letter.container, "dead");
  EXPECT_EQ(letter.name(),
            "ORDERS-HOOK/2026/1/31/13/" + queue::output_event_id("store", 42, 0) + ".json");
}

TEST(DeadLetter, a_hostile_name_leads_nowhere_else) {
  const std::vector<std::string> bad_names = {
      "../../etc", "..", ".", "", "a/b", std::string("a\0b", 3), "\n"};
  for (const auto& bad : bad_names) {
    DeadLetter letter;
    letter.subscription = bad;
    letter.id = bad;
    letter.at = kNoon;
    const auto name = letter.name();
    EXPECT_EQ(std::count(name.begin(), name.end(), '/'), 5) << name;
    EXPECT_EQ(name.find(".."), std::string::npos) << name;
    EXPECT_FALSE(name.starts_with("/")) << name;
  }
}

class FolderStoreTest : public testing::Test {
 protected:
  FolderStoreTest()
      : folder_(fs::temp_directory_path() / ("fanfare-" + base::uuid4(base::system_random()))) {
    store_ = open_folder_store(folder_, threads_.executor(1));
  }
  ~FolderStoreTest() override {
    threads_.stop();
    fs::remove_all(folder_);
  }

  base::Result<void> write(DeadLetter letter) { return write(std::vector{std::move(letter)}); }
  base::Result<void> write(std::vector<DeadLetter> letters) {
    letters_ = std::move(letters);
    base::block_on(threads_.executor(0), [this] { return write_them(); });
    return *result_;
  }

  std::vector<std::string> files() const {
    std::vector<std::string> found;
    if (!fs::exists(folder_)) return found;
    for (const auto& entry : fs::recursive_directory_iterator(folder_)) {
      if (!entry.is_directory()) found.push_back(entry.path().lexically_relative(folder_).string());
    }
    std::sort(found.begin(), found.end());
    return found;
  }

  static DeadLetter letter(std::string id, base::TimePoint at = kNoon,
                           std::string subscription = "SUB", std::string container = "dead") {
    return {.container = std::move(container),
            .subscription = std::move(subscription),
            .at = at,
            .published = at,
            .id = id,
            .content = "[{\"id\":\"" + id + "\"}]"};
  }

  std::vector<std::string> ids(const DeadLetterQuery& query) const {
    const auto list = list_dead_letters(folder_, query);
    std::vector<std::string> found;
    if (!list) return {list.error().message};
    for (const auto& entry : *list) found.push_back(fs::path(entry.name).stem().string());
    return found;
  }

  base::IoThreads threads_{2};
  fs::path folder_;
  std::unique_ptr<DeadLetterStore> store_;

 private:
  base::Async<void> write_them() {
    auto writing = store_->write(std::move(letters_));
    result_ = co_await std::move(writing);
  }

  std::vector<DeadLetter> letters_;
  std::optional<base::Result<void>> result_;
};

TEST_F(FolderStoreTest, writes_one_file_and_nothing_else) {
  ASSERT_TRUE(write(letter("a")));
  EXPECT_THAT(files(), ElementsAre("dead/SUB/2026/1/31/12/a.json"));
  EXPECT_EQ(*read_dead_letter(folder_, "dead/SUB/2026/1/31/12/a.json"), R"([{"id":"a"}])");
}

TEST_F(FolderStoreTest, is_for_the_owner_alone) {
  ASSERT_TRUE(write(letter("a")));
  EXPECT_EQ(fs::status(folder_ / "dead/SUB/2026/1/31/12/a.json").permissions(),
            fs::perms::owner_read | fs::perms::owner_write);
  EXPECT_EQ(fs::status(folder_ / "dead").permissions(), fs::perms::owner_all);
}

TEST_F(FolderStoreTest, writing_again_replaces) {
  ASSERT_TRUE(write(letter("a")));
  auto again = letter("a");
  again.content = "[{}]";
  ASSERT_TRUE(write(again));
  EXPECT_THAT(files(), ElementsAre("dead/SUB/2026/1/31/12/a.json"));
  EXPECT_EQ(*read_dead_letter(folder_, "dead/SUB/2026/1/31/12/a.json"), "[{}]");
}

TEST_F(FolderStoreTest, writing_again_in_a_later_hour_replaces_too) {
  ASSERT_TRUE(write(letter("a")));
  auto again = letter("a", kNoon + 3h);
  again.published = kNoon - 20h;
  ASSERT_TRUE(write(again));
  EXPECT_THAT(files(), ElementsAre("dead/SUB/2026/1/31/12/a.json"));
}

TEST_F(FolderStoreTest, refuses_a_container_that_is_no_name) {
  for (const char* bad : {"..", "a/b", "", "a b", "/etc"}) {
    EXPECT_FALSE(write(letter("a", kNoon, "SUB", bad))) << bad;
  }
  EXPECT_THAT(files(), IsEmpty());
}

TEST_F(FolderStoreTest, tells_when_it_cannot_write) {
  std::ofstream(folder_) << "a file where the folder should be";
  const auto result = write(letter("a"));
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, base::Errc::Unavailable);
}

TEST_F(FolderStoreTest, lists_the_newest_first) {
  ASSERT_TRUE(write(letter("a", kNoon)));
  ASSERT_TRUE(write(letter("b", kNoon + 10h)));
  ASSERT_TRUE(write(letter("c", kNoon + 24h * 30)));
  ASSERT_TRUE(write(letter("d", kNoon + 9h, "OTHER")));
  EXPECT_THAT(ids({}), ElementsAre("c", "b", "d", "a"));
  EXPECT_THAT(ids({.subscription = "sub"}), ElementsAre("c", "b", "a"));
  EXPECT_THAT(ids({.container = "none"}), IsEmpty());
  EXPECT_THAT(ids({.limit = 2}), ElementsAre("c", "b"));
}

TEST_F(FolderStoreTest, lists_within_an_hour_by_the_time_of_giving_up) {
  ASSERT_TRUE(write(letter("x", kNoon)));
  ASSERT_TRUE(write(letter("q", kNoon + 2s)));
  ASSERT_TRUE(write(letter("m", kNoon + 1s)));
  EXPECT_THAT(ids({}), ElementsAre("q", "m", "x"));
}

TEST_F(FolderStoreTest, dates_a_letter_by_the_clock_that_gave_it_up) {
  const auto at = *base::parse_rfc3339("2031-05-06T07:08:09.123456789Z");
  ASSERT_TRUE(write(letter("a", at)));
  EXPECT_EQ(list_dead_letters(folder_, {})->front().written, at);
}

TEST_F(FolderStoreTest, writes_many_as_one_group) {
  std::vector<DeadLetter> many;
  for (int i = 0; i < 100; ++i) many.push_back(letter(std::to_string(i), kNoon + i * 1min));
  ASSERT_TRUE(write(std::move(many)));
  EXPECT_THAT(files(), testing::SizeIs(100));
  EXPECT_THAT(files(), testing::Each(testing::EndsWith(".json")));
}

TEST_F(FolderStoreTest, a_group_that_cannot_be_written_leaves_nothing_half) {
  ASSERT_TRUE(write(letter("a")));
  fs::create_directories(folder_ / "dead/SUB/2026/1/31/12/c.json/taken");
  EXPECT_FALSE(write(std::vector{letter("b"), letter("c"), letter("d")}));
  for (const auto& file : files()) EXPECT_EQ(file.find(".tmp"), file.npos) << file;
}

TEST_F(FolderStoreTest, a_list_goes_on_where_it_ended) {
  for (int i = 0; i < 25; ++i)
    ASSERT_TRUE(write(letter("l" + std::to_string(i), kNoon + i * 20min)));
  std::vector<std::string> all;
  std::string after;
  for (;;) {
    const auto page = list_dead_letters(folder_, {.after = after, .limit = 4});
    ASSERT_TRUE(page);
    if (page->empty()) break;
    for (const auto& entry : *page) all.push_back(fs::path(entry.name).stem().string());
    after = page->back().name;
  }
  EXPECT_EQ(all, ids({.limit = 1000}));
  EXPECT_EQ(all.size(), 25u);
  EXPECT_FALSE(list_dead_letters(folder_, {.after = "dead/SUB/2026/1/31/12/gone.json"}));
}

TEST_F(FolderStoreTest, overlooks_what_is_no_dead_letter) {
  ASSERT_TRUE(write(letter("a")));
  const auto hour = folder_ / "dead/SUB/2026/1/31/12";
  std::ofstream(hour / "half.json.tmp") << "[";
  std::ofstream(hour / "notes.txt") << "x";
  fs::create_symlink("/etc/hostname", hour / "link.json");
  fs::create_directories(folder_ / "dead/SUB/2026/01/31/12");
  fs::create_directories(folder_ / "dead/SUB/2026/13/31/12");
  std::ofstream(folder_ / "dead/SUB/2026/13/31/12/b.json") << "[]";
  EXPECT_THAT(ids({}), ElementsAre("a"));
  EXPECT_FALSE(read_dead_letter(folder_, "dead/SUB/2026/1/31/12/link.json"));
}

TEST_F(FolderStoreTest, an_absent_folder_lists_nothing) { EXPECT_THAT(ids({}), IsEmpty()); }

TEST_F(FolderStoreTest, reads_nothing_outside_of_the_folder) {
  ASSERT_TRUE(write(letter("a")));
  for (const char* bad :
       {"../../etc/passwd", "dead/../dead/2026/1/31/12/a.json", "/etc/passwd", "",
        "dead/SUB/2026/1/31/12/../../../../../../x.json", "dead/SUB/2026/1/31/12/", "a.json",
        "dead/SUB/2026/1/31/99/a.json", "dead//2026/1/31/12/a.json"}) {
    const auto content = read_dead_letter(folder_, bad);
    ASSERT_FALSE(content) << bad;
    EXPECT_EQ(content.error().code, base::Errc::InvalidArgument) << bad;
  }
  EXPECT_EQ(read_dead_letter(folder_, "dead/SUB/2026/1/31/12/b.json").error().code,
            base::Errc::NotFound);
}

}  // namespace
}  // namespace fanfare::delivery
