// What only RocksDB can show: what outlives the object, and what damage looks like.
#include "view/rocks/rocks_records.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>
#include <fstream>

namespace fanfare::view {
namespace {

namespace fs = std::filesystem;
using base::Errc;

class RocksRecordsTest : public ::testing::Test {
 protected:
  RocksRecordsTest() {
    std::string name = (fs::temp_directory_path() / "rocks-XXXXXX").string();
    folder_ = ::mkdtemp(name.data());
  }
  ~RocksRecordsTest() override { fs::remove_all(folder_); }

  std::unique_ptr<Records> open_ok() {
    auto opened = RocksRecords::open(folder_ / "view");
    EXPECT_TRUE(opened) << opened.error().message;
    return std::move(*opened);
  }
  void put(Records& records, const std::string& key, const std::string& value) {
    Batch batch;
    batch.put(key, value);
    ASSERT_TRUE(records.write(batch));
  }
  /// A view with a flushed table file of `n` records.
  void make_view(int n) {
    const auto records = open_ok();
    for (int i = 0; i < n; ++i) put(*records, "k" + std::to_string(i), std::string(100, 'v'));
    ASSERT_TRUE(records->flush(static_cast<std::uint64_t>(n)));
  }
  fs::path file(const std::string& part) const {
    for (const auto& entry : fs::directory_iterator(folder_ / "view")) {
      if (entry.path().filename().string().find(part) != std::string::npos) return entry.path();
    }
    return {};
  }
  static void flip_bit(const fs::path& path, std::uintmax_t at) {
    std::fstream f(path, std::ios::in | std::ios::out | std::ios::binary);
    f.seekg(static_cast<std::streamoff>(at));
    const char byte = static_cast<char>(f.get() ^ 1);
    f.seekp(static_cast<std::streamoff>(at));
    f.put(byte);
  }
  /// Corrupt when opened or when everything is read; never other values than were written.
  void expect_damage_is_found() {
    auto opened = RocksRecords::open(folder_ / "view");
    if (!opened) {
      EXPECT_EQ(opened.error().code, Errc::Corrupt) << opened.error().message;
      return;
    }
    const auto scanned = (*opened)->scan("", {}, [](std::string_view, std::string_view value) {
      EXPECT_EQ(value, std::string(100, 'v'));
      return true;
    });
    ASSERT_FALSE(scanned) << "the damage went unnoticed";
    EXPECT_EQ(scanned.error().code, Errc::Corrupt) << scanned.error().message;
  }

  fs::path folder_;
};

TEST_F(RocksRecordsTest, what_was_flushed_outlives_the_object_and_what_was_not_does_not) {
  {
    const auto records = open_ok();
    put(*records, "flushed", "1");
    ASSERT_TRUE(records->flush(7));
    put(*records, "not flushed", "2");
  }
  const auto records = open_ok();
  EXPECT_EQ(records->applied(), 7u);
  EXPECT_EQ(records->get("flushed")->value(), "1");
  EXPECT_FALSE(records->get("not flushed")->has_value());
}

TEST_F(RocksRecordsTest, the_later_of_two_flushes_counts) {
  {
    const auto records = open_ok();
    put(*records, "a", "1");
    ASSERT_TRUE(records->flush(1));
    ASSERT_TRUE(records->erase_range("a", "b"));
    ASSERT_TRUE(records->flush(2));
    ASSERT_TRUE(records->flush(3));
  }
  const auto records = open_ok();
  EXPECT_EQ(records->applied(), 3u);
  EXPECT_FALSE(records->get("a")->has_value());
}

TEST_F(RocksRecordsTest, a_folder_in_use_is_unavailable) {
  const auto records = open_ok();
  const auto second = RocksRecords::open(folder_ / "view");
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, Errc::Unavailable);
}

TEST_F(RocksRecordsTest, a_folder_that_cannot_be_made_is_unavailable) {
  std::ofstream(folder_ / "file") << "x";
  const auto opened = RocksRecords::open(folder_ / "file" / "view");
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code, Errc::Unavailable);
}

TEST_F(RocksRecordsTest, a_flipped_bit_anywhere_in_a_table_is_found) {
  make_view(200);
  const auto table = file(".sst");
  const auto size = fs::file_size(table);
  for (std::uintmax_t at = 100; at + 1500 < size; at += size / 7) {
    flip_bit(table, at);
    expect_damage_is_found();
    flip_bit(table, at);
  }
}

TEST_F(RocksRecordsTest, a_missing_table_is_found) {
  make_view(200);
  fs::remove(file(".sst"));
  expect_damage_is_found();
}

TEST_F(RocksRecordsTest, a_shortened_table_is_found) {
  make_view(200);
  const auto table = file(".sst");
  fs::resize_file(table, fs::file_size(table) / 2);
  expect_damage_is_found();
}

TEST_F(RocksRecordsTest, a_missing_manifest_is_found) {
  make_view(200);
  fs::remove(file("MANIFEST"));
  expect_damage_is_found();
}

TEST_F(RocksRecordsTest, a_missing_head_is_found_and_nothing_is_swept_away) {
  make_view(200);
  fs::remove(folder_ / "view" / "CURRENT");
  const auto opened = RocksRecords::open(folder_ / "view");
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code, Errc::Corrupt);
  EXPECT_THAT(opened.error().message, ::testing::HasSubstr("CURRENT"));
  EXPECT_FALSE(file(".sst").empty());
}

TEST_F(RocksRecordsTest, no_diary_grows_beside_the_data) {
  make_view(10);
  open_ok();
  for (const auto& entry : fs::directory_iterator(folder_ / "view")) {
    EXPECT_FALSE(entry.path().filename().string().starts_with("LOG"));
  }
}

}  // namespace
}  // namespace fanfare::view
