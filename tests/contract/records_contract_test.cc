// What every view engine promises, run over each of them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>

#include <atomic>
#include <filesystem>
#include <string>
#include <thread>
#include <vector>

#include "view/records.h"

namespace fanfare::view {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Pair;

class RecordsContract : public ::testing::TestWithParam<const char*> {
 protected:
  void SetUp() override {
    std::string name = (std::filesystem::temp_directory_path() / "records-XXXXXX").string();
    folder_ = ::mkdtemp(name.data());
    auto opened = open(GetParam(), folder_ / "view");
    ASSERT_TRUE(opened) << opened.error().message;
    records_ = std::move(*opened);
  }
  void TearDown() override {
    records_.reset();
    std::filesystem::remove_all(folder_);
  }

  void put(const std::string& key, const std::string& value) {
    Batch batch;
    batch.put(key, value);
    ASSERT_TRUE(records_->write(batch));
  }

  using Pairs = std::vector<std::pair<std::string, std::string>>;
  Pairs scan(std::string_view prefix, std::string_view from = {}, std::size_t max = 1000) {
    Pairs out;
    EXPECT_TRUE(records_->scan(prefix, from, [&](std::string_view key, std::string_view value) {
      out.emplace_back(key, value);
      return out.size() < max;
    }));
    return out;
  }

  std::filesystem::path folder_;
  std::unique_ptr<Records> records_;
};

TEST_P(RecordsContract, a_written_value_is_read_until_it_is_erased) {
  put("k", "v");
  EXPECT_EQ(records_->get("k")->value(), "v");
  put("k", "w");
  EXPECT_EQ(records_->get("k")->value(), "w");
  Batch batch;
  batch.erase("k");
  batch.erase("never there");
  ASSERT_TRUE(records_->write(batch));
  EXPECT_FALSE(records_->get("k")->has_value());
}

TEST_P(RecordsContract, the_last_change_of_a_key_in_a_batch_counts) {
  Batch batch;
  batch.put("a", "1");
  batch.erase("a");
  batch.erase("b");
  batch.put("b", "2");
  ASSERT_TRUE(records_->write(batch));
  EXPECT_THAT(scan(""), ElementsAre(Pair("b", "2")));
}

TEST_P(RecordsContract, keys_and_values_are_any_bytes) {
  const std::string key("\0k\xfe\n", 4);
  const std::string value("\0\xff", 2);
  put(key, value);
  EXPECT_EQ(records_->get(key)->value(), value);
  EXPECT_THAT(scan(std::string_view("\0", 1)), ElementsAre(Pair(key, value)));
}

TEST_P(RecordsContract, a_scan_visits_its_prefix_in_key_order) {
  for (const char* key : {"b2", "a", "b1", "c", "b", "b\xff"}) put(key, key);
  EXPECT_THAT(scan("b"), ElementsAre(Pair("b", "b"), Pair("b1", "b1"), Pair("b2", "b2"),
                                     Pair("b\xff", "b\xff")));
  EXPECT_THAT(scan("b", "b2"), ElementsAre(Pair("b2", "b2"), Pair("b\xff", "b\xff")));
  EXPECT_THAT(scan("b", "a"), ::testing::SizeIs(4)) << "from before the prefix";
  EXPECT_THAT(scan("b", "c"), IsEmpty()) << "from behind the prefix";
  EXPECT_THAT(scan("b", {}, 2), ElementsAre(Pair("b", "b"), Pair("b1", "b1")));
  EXPECT_THAT(scan(""), ::testing::SizeIs(6));
  EXPECT_THAT(scan("d"), IsEmpty());
}

TEST_P(RecordsContract, a_prefix_of_the_highest_byte_has_an_end) {
  put("\xfe\xff", "1");
  put("\xfe\xff\xff", "2");
  EXPECT_THAT(scan("\xfe\xff"), ::testing::SizeIs(2));
}

TEST_P(RecordsContract, a_range_is_erased_without_its_end) {
  for (const char* key : {"a", "b", "b1", "c"}) put(key, "x");
  ASSERT_TRUE(records_->erase_range("b", "c"));
  EXPECT_THAT(scan(""), ElementsAre(Pair("a", "x"), Pair("c", "x")));
  put("b", "again");
  EXPECT_EQ(records_->get("b")->value(), "again");
}

TEST_P(RecordsContract, the_applied_position_is_what_was_flushed_and_shows_in_no_scan) {
  EXPECT_EQ(records_->applied(), 0u);
  put("a", "1");
  EXPECT_EQ(records_->applied(), 0u);
  ASSERT_TRUE(records_->flush(42));
  EXPECT_EQ(records_->applied(), 42u);
  EXPECT_THAT(scan(""), ElementsAre(Pair("a", "1")));
}

TEST_P(RecordsContract, a_scan_sees_one_state_while_others_write) {
  for (int i = 0; i < 500; ++i) put("k" + std::to_string(1000 + i), "old");
  std::atomic<bool> stop{false};
  std::thread writer([&] {
    for (int round = 0; !stop; ++round) {
      Batch batch;
      for (int i = 0; i < 500; ++i)
        batch.put("k" + std::to_string(1000 + i), std::to_string(round));
      ASSERT_TRUE(records_->write(batch));
    }
  });
  for (int i = 0; i < 50; ++i) {
    const auto all = scan("k");
    ASSERT_EQ(all.size(), 500u);
    for (const auto& [key, value] : all) ASSERT_EQ(value, all[0].second);
  }
  stop = true;
  writer.join();
}

TEST_P(RecordsContract, size_grows_with_what_is_kept) {
  const auto before = records_->size_bytes();
  for (int i = 0; i < 100; ++i) put("k" + std::to_string(i), std::string(10'000, 'x'));
  ASSERT_TRUE(records_->flush(1));
  EXPECT_GT(records_->size_bytes(), before + 500'000);
}

TEST(RecordsEngines, an_unknown_engine_is_named_with_those_there_are) {
  const auto opened = open("sqlite", "/nowhere");
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code, base::Errc::InvalidArgument);
  EXPECT_THAT(opened.error().message, ::testing::HasSubstr("rocks, memory"));
}

INSTANTIATE_TEST_SUITE_P(Engines, RecordsContract, ::testing::Values("memory", "rocks"),
                         [](const auto& param) { return std::string(param.param); });

}  // namespace
}  // namespace fanfare::view
